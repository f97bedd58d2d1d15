#include "sys/xdp/xdp_interface.hpp"

#include <fmt/format.h>
#include <linux/if_link.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "sys/interfaces/interface_list.hpp"
#include "sys/os/error.hpp"
#include "sys/os/privileges.hpp"
#include "sys/xdp/bpf_call.hpp"

namespace vedette::sys {
namespace {

constexpr std::uint32_t kMostPlaces = 4'096;
constexpr std::uint32_t kMostQueues = 256;
// What fits a frame of ours, with room for what the kernel puts in front.
constexpr std::uint32_t kMostMtu = 1'500;

std::uint32_t receive_queues(const std::string& interface) {
    std::uint32_t count = 0;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::directory_iterator("/sys/class/net/" + interface + "/queues", error))
        count += entry.path().filename().string().starts_with("rx-") ? 1 : 0;
    return std::clamp(count, 1U, kMostQueues);
}

/// "f4:6b:ef:6a:ad:c4".
bool read_station(std::string_view text, std::array<std::uint8_t, 6>& station) noexcept {
    if (text.size() != 17) return false;
    for (std::size_t i = 0; i < station.size(); ++i) {
        const char* const digits = text.data() + 3 * i;
        if (std::from_chars(digits, digits + 2, station[i], 16).ptr != digits + 2) return false;
    }
    return true;
}

Error with_advice(Error error) {
    if (error.kind == ErrorKind::Permission)
        error.text += "; " + how_to_grant("cap_net_raw,cap_net_admin,cap_bpf");
    return error;
}

Result<InterfaceStatus> find_interface(const std::string& name) {
    auto all = list_interfaces();
    if (!all) return std::unexpected(std::move(all.error()));
    const auto found = std::ranges::find(*all, name, &InterfaceStatus::name);
    if (found == all->end()) return fail(ErrorKind::NotFound, "there is no such interface");
    return std::move(*found);
}

}  // namespace

Result<XdpInterface> XdpInterface::open(const std::string& name) {
    auto status = find_interface(name);
    if (!status) return std::unexpected(std::move(status.error()));
    std::array<std::uint8_t, 6> station{};
    if (!read_station(status->mac, station) || status->kind == InterfaceKind::Loopback)
        return fail(ErrorKind::InvalidInput, "it is no Ethernet interface");
    if (status->mtu > kMostMtu)
        return fail(ErrorKind::InvalidInput,
                    fmt::format("its MTU is {}, more than {}", status->mtu, kMostMtu));
    XdpInterface made;
    made.name_ = name;
    made.index_ = status->index;
    made.mtu_ = status->mtu;
    if (auto loaded = made.load(station); !loaded)
        return std::unexpected(with_advice(std::move(loaded.error())));
    return made;
}

Result<XdpInterface> XdpInterface::adopt(XdpInheritance inheritance) {
    XdpTitle& title = inheritance.title;
    const auto status = find_interface(title.interface);
    if (!status) return std::unexpected(status.error());
    XdpInterface made;
    made.index_ = status->index;
    made.mtu_ = status->mtu;
    made.queues_ = inheritance.queues.size();
    made.in_driver_ = title.in_driver;
    made.holder_ = title.holder;
    made.name_ = std::move(title.interface);
    for (XdpInheritance::Queue& queue : inheritance.queues) {
        auto socket =
            XdpSocket::adopt(std::move(queue.socket), std::move(queue.memory), made.holder_);
        if (!socket) return std::unexpected(std::move(socket.error()));
        made.zero_copy_ = socket->zero_copy();
        made.sockets_.push_back(std::move(*socket));
    }
    made.places_ = std::move(inheritance.places);
    made.link_ = std::move(inheritance.link);
    VEDETTE_TRY(made.learn_places());
    return made;
}

// Linux before 5.19 lets a process without privileges not even read
// (kernel.unprivileged_bpf_disabled).
Result<void> XdpInterface::learn_places() {
    XdpPlace place;
    const XdpPlace* before = nullptr;
    for (std::uint32_t i = 0; i < kMostPlaces; ++i) {
        XdpPlace next;
        const auto more = next_bpf_key(places_, before, &next);
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        known_.push_back(next);
        place = next;
        before = &place;
    }
    return {};
}

void XdpInterface::detach() noexcept {
    // A successor that is starting has the link open too.
    if (link_.open()) unlink_xdp_program(link_);
    link_.close();
}

std::vector<XdpPart> XdpInterface::parts() const {
    const XdpTitle title = next_title();
    return {{part_text(title, "link"), link_.get()}, {part_text(title, "places"), places_.get()}};
}

Result<void> XdpInterface::load(const std::array<std::uint8_t, 6>& station) {
    const std::uint32_t queues = receive_queues(name_);
    queues_ = queues;
    auto places = make_bpf_map({BPF_MAP_TYPE_HASH, sizeof(XdpPlace), 4, kMostPlaces});
    if (!places) return std::unexpected(std::move(places.error()));
    auto map = make_bpf_map({BPF_MAP_TYPE_XSKMAP, 4, 4, queues});
    if (!map) return std::unexpected(std::move(map.error()));
    auto program = load_xdp_program(port_filter(places->get(), map->get(), station));
    if (!program) return std::unexpected(std::move(program.error()));
    places_ = std::move(*places);
    queue_map_ = std::move(*map);
    program_ = std::move(*program);
    for (std::uint32_t queue = 0; queue < queues; ++queue) {
        auto socket = XdpSocket::open(index_, queue);
        if (!socket) return std::unexpected(std::move(socket.error()));
        const int descriptor = socket->descriptor().get();
        VEDETTE_TRY(set_bpf_entry(queue_map_, &queue, &descriptor));
        zero_copy_ = socket->zero_copy();
        sockets_.push_back(std::move(*socket));
    }
    return {};
}

Result<void> XdpInterface::set_places(const std::vector<XdpPlace>& places) {
    const std::uint32_t present = 1;
    for (const XdpPlace& place : places) {
        if (std::ranges::find(known_, place) == known_.end())
            VEDETTE_TRY(set_bpf_entry(places_, &place, &present));
    }
    for (const XdpPlace& place : known_) {
        if (std::ranges::find(places, place) == places.end())
            VEDETTE_TRY(remove_bpf_entry(places_, &place));
    }
    known_ = places;
    return {};
}

Result<void> XdpInterface::attach() {
    auto link = link_xdp_program(program_, index_, XDP_FLAGS_DRV_MODE);
    in_driver_ = link.has_value();
    // A driver without XDP of its own: the kernel runs the program a little later.
    if (!link && link.error().kind != ErrorKind::Busy)
        link = link_xdp_program(program_, index_, XDP_FLAGS_SKB_MODE);
    if (!link && link.error().kind == ErrorKind::Busy)
        link.error().text += " (another XDP program is there)";
    if (!link) return std::unexpected(with_advice(std::move(link.error())));
    link_ = std::move(*link);
    return {};
}

std::string XdpInterface::to_text() const {
    return fmt::format(
        "{}: AF_XDP on {} {}, {}, {}{}", name_, queues_, queues_ == 1 ? "queue" : "queues",
        in_driver_ ? "in the driver" : "behind the driver",
        zero_copy_ ? "without copies" : "copying", holder_ == 1 ? "" : ", taken over");
}

Result<void> try_xdp() {
    const Descriptor socket(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
    if (!socket.open())
        return std::unexpected(with_advice(os_error(errno, "cannot open an AF_XDP socket")));
    const auto places = make_bpf_map({BPF_MAP_TYPE_HASH, sizeof(XdpPlace), 4, 1});
    if (!places) return std::unexpected(with_advice(places.error()));
    const auto map = make_bpf_map({BPF_MAP_TYPE_XSKMAP, 4, 4, 1});
    if (!map) return std::unexpected(with_advice(map.error()));
    const auto program = load_xdp_program(port_filter(places->get(), map->get(), {}));
    if (!program) return std::unexpected(with_advice(program.error()));
    return {};
}

}  // namespace vedette::sys
