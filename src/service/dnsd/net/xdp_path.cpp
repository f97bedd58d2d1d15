#include "service/dnsd/net/xdp_path.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

#include "sys/interfaces/interface_list.hpp"

namespace vedette::dnsd {
namespace {

constexpr Duration kRefresh = Duration::seconds(2);
// A predecessor that was told to leave does so at once, unless it was killed in that moment.
constexpr Duration kLeaving = Duration::seconds(5);

sys::XdpPlace to_place(const Endpoint& endpoint) noexcept {
    sys::XdpPlace place;
    place.address = endpoint.address.octets;
    place.port =
        std::endian::native == std::endian::little ? std::byteswap(endpoint.port) : endpoint.port;
    return place;
}

/// "192.0.2.1/24" without its prefix length.
std::optional<IpAddress> address_of(std::string_view text) {
    return IpAddress::parse(text.substr(0, text.find('/')));
}

bool has_wildcard(const std::vector<Endpoint>& places) {
    return std::ranges::any_of(places,
                               [](const Endpoint& e) { return e.address.is_unspecified(); });
}

std::vector<IpAddress> own_addresses() {
    std::vector<IpAddress> own;
    const auto interfaces = sys::list_interfaces();
    if (!interfaces) return own;
    for (const sys::InterfaceStatus& interface : *interfaces) {
        for (const std::string& text : interface.addresses) {
            if (const auto address = address_of(text)) own.push_back(*address);
        }
    }
    return own;
}

/// A place that means every address becomes one for each: what is only passing through this
/// machine must not be diverted.
std::vector<sys::XdpPlace> spelled_out(const std::vector<Endpoint>& places) {
    std::vector<sys::XdpPlace> all;
    const auto add = [&all](const Endpoint& endpoint) {
        const sys::XdpPlace place = to_place(endpoint);
        if (std::ranges::find(all, place) == all.end()) all.push_back(place);
    };
    const std::vector<IpAddress> own =
        has_wildcard(places) ? own_addresses() : std::vector<IpAddress>{};
    for (const Endpoint& place : places) {
        if (!place.address.is_unspecified()) {
            add(place);
            continue;
        }
        for (const IpAddress& address : own) {
            if (address.is_v4() == place.address.is_v4()) add({address, place.port});
        }
    }
    return all;
}

}  // namespace

XdpPath::~XdpPath() {
    begin_stop(Ending::Last);
    join();
}

Result<sys::XdpInterface> XdpPath::take_over(sys::XdpInheritance inheritance) {
    auto adopted = sys::XdpInterface::adopt(std::move(inheritance));
    if (!adopted) return adopted;
    VEDETTE_TRY(adopted->set_places(spelled_out(places_)));
    return adopted;
}

Result<sys::XdpInterface> XdpPath::open_one(const std::string& name, sys::XdpParts& inherited) {
    if (auto one = inherited.take(name)) return take_over(std::move(*one));
    auto opened = sys::XdpInterface::open(name);
    if (!opened) return opened;
    VEDETTE_TRY(opened->set_places(spelled_out(places_)));
    VEDETTE_TRY(opened->attach());
    return opened;
}

void XdpPath::open(const std::vector<std::string>& interfaces, const std::vector<Endpoint>& places,
                   sys::XdpParts& inherited) {
    places_ = places;
    for (const std::string& name : interfaces) {
        auto opened = open_one(name, inherited);
        if (!opened) {
            notes_.push_back(name +
                             ": no AF_XDP, its questions come by socket: " + opened.error().text);
            continue;
        }
        notes_.push_back(opened->to_text());
        interfaces_.push_back(std::move(*opened));
    }
}

Result<void> XdpPath::add_workers(unsigned threads, const RateLimits& limits,
                                  SnapshotCell& snapshots,
                                  const std::function<Result<ExchangeObserver*>()>& next_observer) {
    std::vector<XdpWorker::Source> sources;
    for (std::size_t i = 0; i < interfaces_.size(); ++i) {
        for (sys::XdpSocket& socket : interfaces_[i].take_sockets()) {
            socket.claim();
            sources.push_back({std::move(socket), interfaces_[i].mtu(), i});
        }
    }
    std::vector<std::vector<XdpWorker::Source>> shares(
        std::min<std::size_t>(threads, sources.size()));
    for (std::size_t i = 0; i < sources.size(); ++i)
        shares[i % shares.size()].push_back(std::move(sources[i]));
    for (std::vector<XdpWorker::Source>& share : shares) {
        const auto observer = next_observer();
        if (!observer) return std::unexpected(observer.error());
        workers_.push_back(
            std::make_unique<XdpWorker>(std::move(share), limits, snapshots, *observer));
    }
    return {};
}

void XdpPath::start() {
    for (const auto& worker : workers_)
        worker->start();
}

// The sockets of an interface that nobody serves are in nobody's way after this.
std::vector<std::string> XdpPath::give_up_waiting(Timestamp now) {
    std::vector<std::string> lines;
    if (std::ranges::none_of(workers_, [](const auto& worker) { return worker->waiting(); }))
        return lines;
    if (!waiting_since_.known()) waiting_since_ = now;
    if (now - waiting_since_ < kLeaving) return lines;
    for (sys::XdpInterface& interface : interfaces_) {
        if (!interface.attached()) continue;
        interface.detach();
        lines.push_back(interface.name() +
                        ": no AF_XDP any more, its questions come by socket: the process before "
                        "ended without leaving it");
    }
    return lines;
}

std::vector<sys::XdpPart> XdpPath::parts() const {
    std::vector<sys::XdpPart> all;
    for (std::size_t i = 0; i < interfaces_.size(); ++i) {
        if (!interfaces_[i].attached()) continue;
        std::ranges::move(interfaces_[i].parts(), std::back_inserter(all));
        const sys::XdpTitle title = interfaces_[i].next_title();
        for (const auto& worker : workers_) {
            for (const XdpWorker::Source& source : worker->sources()) {
                if (source.interface != i) continue;
                source.socket.expect_claim();
                all.push_back({part_text(title, "socket"), source.socket.descriptor().get()});
                all.push_back({part_text(title, "memory"), source.socket.memory().get()});
            }
        }
    }
    return all;
}

std::vector<std::string> XdpPath::refresh(Timestamp now) {
    std::vector<std::string> lines = give_up_waiting(now);
    if (interfaces_.empty() || !has_wildcard(places_)) return lines;
    if (refreshed_.known() && now - refreshed_ < kRefresh) return lines;
    refreshed_ = now;
    const std::vector<sys::XdpPlace> places = spelled_out(places_);
    for (sys::XdpInterface& interface : interfaces_)
        (void)interface.set_places(places);  // else the kernel's sockets have the new ones
    return lines;
}

void XdpPath::begin_stop(Ending ending) noexcept {
    for (std::size_t i = 0; i < interfaces_.size(); ++i) {
        const bool claimed = std::ranges::all_of(
            workers_, [i](const auto& worker) { return worker->claimed_by_next(i); });
        if (ending == Ending::HandedOver && claimed)
            interfaces_[i].leave();
        else
            interfaces_[i].detach();
    }
    for (const auto& worker : workers_)
        worker->stop(ending);
}

bool XdpPath::stopped() const noexcept {
    return std::ranges::all_of(workers_, [](const auto& worker) { return worker->stopped(); });
}

void XdpPath::join() {
    for (const auto& worker : workers_)
        worker->join();
}

}  // namespace vedette::dnsd
