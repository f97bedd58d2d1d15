#include "sys/health/system_checks.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "sys/capture/packet_ring.hpp"
#include "sys/interfaces/interface_list.hpp"
#include "sys/os/error.hpp"
#include "sys/os/privileges.hpp"
#include "sys/xdp/xdp_interface.hpp"

namespace vedette::sys {
namespace {

constexpr std::uint64_t kMebibyte = 1U << 20U;
constexpr std::uint64_t kGibibyte = 1U << 30U;
/// A busy home of 50 machines writes about 100 MB a month; a gibibyte is a year.
constexpr std::uint64_t kLittleDisk = kGibibyte;
constexpr std::uint64_t kNoDisk = 64 * kMebibyte;
/// The budget of the whole program is 200 MB.
constexpr std::uint64_t kLittleMemory = 256 * kMebibyte;

Check check_privilege() {
    constexpr auto kName = "capture privilege";
    if (has_capability(Capability::NetRaw)) {
        return {kName, CheckState::Ok, is_root() ? "runs as root" : "has CAP_NET_RAW", ""};
    }
    return {kName, CheckState::Problem,
            "this program may not capture from interfaces (files can be read)",
            how_to_grant("cap_net_raw")};
}

Check check_ring() {
    constexpr auto kName = "capture ring";
    utsname system{};
    ::uname(&system);
    if (!has_capability(Capability::NetRaw)) {
        return {
            kName, CheckState::Warning,
            fmt::format("Linux {}; cannot be tried without the capture privilege", system.release),
            ""};
    }
    const Result<PacketRing> ring = PacketRing::open("any", 0, Promiscuity::Off);
    if (ring) {
        return {kName, CheckState::Ok,
                fmt::format("Linux {} shares packet memory (TPACKET_V3)", system.release), ""};
    }
    return {kName, CheckState::Problem, ring.error().text,
            "needs a kernel with CONFIG_PACKET and CONFIG_PACKET_MMAP (Debian's has both)"};
}

Check check_xdp() {
    constexpr auto kName = "AF_XDP";
    if (const auto tried = try_xdp(); !tried)
        return {kName, CheckState::Warning, "not for `vedette serve --xdp`: " + tried.error().text,
                "without it the name server takes datagrams by socket"};
    return {kName, CheckState::Ok, "the kernel lets this program use it (`serve.xdp`)", ""};
}

Check check_interfaces() {
    constexpr auto kName = "interfaces";
    const Result<std::vector<InterfaceStatus>> interfaces = list_interfaces();
    if (!interfaces) return {kName, CheckState::Problem, interfaces.error().text, ""};
    const InterfaceStatus* best = best_to_watch(*interfaces);
    if (best == nullptr || best->kind == InterfaceKind::Loopback) {
        return {kName, CheckState::Warning, "no interface but loopback is up",
                "`ip link set NAME up`, or give the machine a cable"};
    }
    return {
        kName, CheckState::Ok,
        fmt::format("{} of {} are up; {} sees {}",
                    std::ranges::count(*interfaces, InterfaceState::Up, &InterfaceStatus::state),
                    interfaces->size(), best->name, sight_of(*best)),
        fmt::format("`vedette watch -i {}`", best->name)};
}

Check check_memory() {
    constexpr auto kName = "memory";
    std::ifstream file("/proc/meminfo");
    std::string word;
    std::uint64_t kibibytes = 0;
    while (file >> word && word != "MemAvailable:") {
    }
    file >> kibibytes;
    if (kibibytes == 0) return {kName, CheckState::Warning, "the system does not tell", ""};
    const std::uint64_t bytes = kibibytes * 1'024;
    const std::string found = fmt::format("{} MiB available", bytes / kMebibyte);
    if (bytes >= kLittleMemory) return {kName, CheckState::Ok, found, ""};
    return {kName, CheckState::Warning, found,
            "Vedette uses up to 200 MB under load; lower `capture.buffer`"};
}

Check check_clock() {
    constexpr auto kName = "clock";
    timex state{};
    if (::adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0) {
        return {kName, CheckState::Ok, "synchronised", ""};
    }
    return {kName, CheckState::Warning, "not known to be synchronised; times in the log may be off",
            "`timedatectl set-ntp true`, or install chrony"};
}

/// The folder itself, or the nearest one above it that exists.
std::filesystem::path existing(std::filesystem::path folder) {
    std::error_code ignored;
    while (!std::filesystem::exists(folder, ignored) && folder.has_parent_path() &&
           folder != folder.parent_path()) {
        folder = folder.parent_path();
    }
    return folder;
}

}  // namespace

std::string_view to_text(CheckState state) noexcept {
    constexpr std::array<std::string_view, 3> kTexts{"ok", "warning", "problem"};
    return kTexts[static_cast<std::size_t>(state)];
}

Check check_disk(const std::string& folder) {
    constexpr auto kName = "disk";
    const std::filesystem::path place = existing(folder);
    if (::access(place.c_str(), W_OK) != 0) {
        return {
            kName, CheckState::Problem, os_error(errno, place.string()).text,
            fmt::format("make {} writable for this user, or choose another with --store", folder)};
    }
    struct statvfs room{};
    if (::statvfs(place.c_str(), &room) != 0) {
        return {kName, CheckState::Warning, os_error(errno, place.string()).text, ""};
    }
    const std::uint64_t bytes = std::uint64_t{room.f_bavail} * room.f_frsize;
    const std::string found = fmt::format("{} MiB free for {}", bytes / kMebibyte, folder);
    if (bytes >= kLittleDisk) return {kName, CheckState::Ok, found, ""};
    return {kName, bytes < kNoDisk ? CheckState::Problem : CheckState::Warning, found,
            "free some space, or limit the store with `store.max_size`"};
}

std::vector<Check> check_system(const std::string& data_folder) {
    return {check_privilege(),       check_ring(),   check_interfaces(), check_xdp(),
            check_disk(data_folder), check_memory(), check_clock()};
}

}  // namespace vedette::sys
