#include "sys/handover/service_manager.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>

namespace vedette::sys {
namespace {

constexpr int kFirstGiven = 3;  // SD_LISTEN_FDS_START
constexpr int kMostGiven = 1'024;
constexpr timeval kPatience{2, 0};  // with a service manager that is behind

std::string_view variable(const char* name) noexcept {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view(value);
}

std::optional<long> number(std::string_view text) noexcept {
    long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string take_name(std::string_view& names) {
    const std::size_t colon = names.find(':');
    std::string name(names.substr(0, colon));
    names = colon == std::string_view::npos ? std::string_view{} : names.substr(colon + 1);
    return name;
}

}  // namespace

Result<std::vector<GivenSocket>> take_given_sockets() {
    const auto count = number(variable("LISTEN_FDS"));
    const bool ours = number(variable("LISTEN_PID")) == ::getpid();
    const std::string names(variable("LISTEN_FDNAMES"));
    for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(name);
    std::vector<GivenSocket> given;
    if (!ours) return given;
    if (!count || *count < 0 || *count > kMostGiven)
        return fail(ErrorKind::InvalidInput, "LISTEN_FDS is no number of sockets");
    std::string_view rest = names;
    for (int fd = kFirstGiven; fd < kFirstGiven + *count; ++fd) {
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
            return fail(ErrorKind::InvalidInput,
                        fmt::format("LISTEN_FDS={}, but descriptor {} is not open", *count, fd));
        given.push_back({Descriptor(fd), take_name(rest)});
    }
    return given;
}

bool tell_service_manager(std::string_view lines) noexcept {
    const std::string_view place = variable("NOTIFY_SOCKET");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (place.size() < 2 || place.size() >= sizeof(address.sun_path)) return false;
    std::memcpy(address.sun_path, place.data(), place.size());
    if (place.front() == '@') address.sun_path[0] = '\0';  // the abstract namespace
    const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.open()) return false;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + place.size());
    // Its queue may be full for a moment (net.unix.max_dgram_qlen is 10), and a READY=1 that is
    // lost ends in its timeout.
    (void)::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
    return ::sendto(socket.get(), lines.data(), lines.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), length) >= 0;
}

void tell_reloading() noexcept {
    timespec now{};
    (void)::clock_gettime(CLOCK_MONOTONIC, &now);
    char digits[32];
    const auto end =
        std::to_chars(digits, digits + sizeof(digits), now.tv_sec * 1'000'000 + now.tv_nsec / 1'000)
            .ptr;
    std::string lines("RELOADING=1\nMONOTONIC_USEC=");
    lines.append(digits, end);
    (void)tell_service_manager(lines);
}

}  // namespace vedette::sys
