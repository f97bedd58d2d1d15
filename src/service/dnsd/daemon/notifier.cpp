#include "service/dnsd/daemon/notifier.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>

#include "service/dnsd/zone/rr_type.hpp"
#include "wire/dns/name.hpp"

namespace vedette::dnsd {
namespace {

constexpr unsigned kTries = 5;               // RFC 1996 3.6; secondaries poll anyway
constexpr std::uint8_t kNotifyFlags = 0x24;  // opcode 4, AA

std::vector<std::uint8_t> notify_message(std::uint16_t id, ByteView apex) {
    std::vector<std::uint8_t> message{static_cast<std::uint8_t>(id >> 8U),
                                      static_cast<std::uint8_t>(id),
                                      kNotifyFlags,
                                      0,
                                      0,
                                      1,
                                      0,
                                      0,
                                      0,
                                      0,
                                      0,
                                      0};
    message.insert(message.end(), apex.begin(), apex.end());
    message.insert(message.end(), {0, rr::kSoa, 0, kClassIn});
    return message;
}

}  // namespace

Notifier::Notifier(std::vector<Endpoint> secondaries, std::vector<TsigKey> keys)
    : secondaries_(std::move(secondaries)), keys_(std::move(keys)) {}

void Notifier::zone_changed(ByteView apex, Timestamp now) {
    for (const Endpoint& secondary : secondaries_) {
        std::erase_if(waiting_, [&](const Waiting& old) {
            return old.secondary == secondary && wire::dns::equal_names(old.apex.view(), apex);
        });
        Waiting notice;
        notice.secondary = secondary;
        assign_name(notice.apex, apex);
        notice.due = now;
        if (getrandom(&notice.id, sizeof(notice.id), 0) == sizeof(notice.id))
            waiting_.push_back(notice);
    }
}

void Notifier::tick(Timestamp now) {
    if (v4_.open()) receive(v4_);
    if (v6_.open()) receive(v6_);
    std::erase_if(waiting_, [](const Waiting& notice) { return notice.tries >= kTries; });
    for (Waiting& notice : waiting_) {
        if (notice.due <= now) send(notice, now);
    }
}

const sys::Descriptor& Notifier::socket_for(const Endpoint& secondary) {
    const bool v4 = secondary.address.is_v4();
    sys::Descriptor& socket = v4 ? v4_ : v6_;
    if (!socket.open())
        socket = sys::Descriptor(
            ::socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return socket;
}

void Notifier::send(Waiting& notice, Timestamp now) {
    auto message = notify_message(notice.id, notice.apex.view());
    if (!keys_.empty())
        TsigSession::sign_request(message, keys_.front(),
                                  static_cast<std::uint64_t>(now.whole_seconds()));
    sockaddr_storage address;
    const socklen_t length = to_socket_address(notice.secondary, address);
    (void)sendto(socket_for(notice.secondary).get(), message.data(), message.size(), 0,
                 generic_address(address), length);
    notice.due = now + Duration::seconds(std::int64_t{1} << notice.tries);
    ++notice.tries;
}

void Notifier::receive(const sys::Descriptor& socket) {
    std::array<std::uint8_t, 512> buffer;
    while (true) {
        sockaddr_storage address{};
        socklen_t length = sizeof(address);
        const ssize_t got = recvfrom(socket.get(), buffer.data(), buffer.size(), 0,
                                     generic_address(address), &length);
        if (got < 0) return;
        if (got < 12 || (buffer[2] & 0xf8U) != 0xa0U) continue;  // an answer to a NOTIFY
        const Endpoint from = from_socket_address(address);
        const auto id = static_cast<std::uint16_t>(buffer[0] << 8U | buffer[1]);
        std::erase_if(waiting_, [&](const Waiting& notice) {
            return notice.id == id && notice.secondary == from;
        });
    }
}

}  // namespace vedette::dnsd
