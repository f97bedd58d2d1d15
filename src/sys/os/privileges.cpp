#include "sys/os/privileges.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

using CapabilitySets = std::array<__user_cap_data_struct, 2>;  // 64 bits in two halves

__user_cap_header_struct header() noexcept {
    return {_LINUX_CAPABILITY_VERSION_3, 0};
}

struct Account {
    uid_t user = 0;
    gid_t group = 0;
};

Result<Account> find_account(const std::string& name) {
    std::vector<char> buffer(16'384);
    passwd entry{};
    passwd* found = nullptr;
    const int code = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr) {
        if (code != 0)
            return std::unexpected(os_error(code, fmt::format("cannot look up user {}", name)));
        return fail(ErrorKind::NotFound, fmt::format("there is no user {}", name));
    }
    return Account{entry.pw_uid, entry.pw_gid};
}

Result<void> become(const std::string& name) {
    const Result<Account> account = find_account(name);
    if (!account) return std::unexpected(account.error());
    // A process that takes the place of another starts as who that one had become.
    if (::getuid() == account->user && ::geteuid() == account->user &&
        ::getegid() == account->group)
        return {};
    // Groups first: afterwards there is no right to change them.
    if (::initgroups(name.c_str(), account->group) != 0 ||
        ::setresgid(account->group, account->group, account->group) != 0 ||
        ::setresuid(account->user, account->user, account->user) != 0) {
        return fail_errno(fmt::format("cannot become user {}", name));
    }
    return {};
}

/// Of what this process has now, what `keep` leaves.
CapabilitySets left_by(Keep keep) noexcept {
    if (keep == Keep::Nothing) return {};
    constexpr std::uint32_t kFileAccess =
        1U << CAP_CHOWN | 1U << CAP_DAC_OVERRIDE | 1U << CAP_FOWNER;
    __user_cap_header_struct head = header();
    CapabilitySets sets{};
    if (::syscall(SYS_capget, &head, sets.data()) != 0) return {};
    const std::uint32_t left = sets[0].permitted & kFileAccess;
    return {{{left, left, 0}, {0, 0, 0}}};
}

}  // namespace

bool has_capability(Capability capability) noexcept {
    __user_cap_header_struct head = header();
    CapabilitySets sets{};
    if (::syscall(SYS_capget, &head, sets.data()) != 0) return false;
    return (sets[0].effective >> static_cast<unsigned>(capability) & 1U) != 0;
}

bool is_root() noexcept {
    return ::geteuid() == 0;
}

std::string executable_path() {
    std::string path(4'096, '\0');
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    if (length > 0) {
        path.resize(static_cast<std::size_t>(length));
        return path;
    }
    // Without /proc (a bare chroot): the name that was given to execve(), which the kernel hands
    // to every program.
    const auto* const named = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    std::error_code error;
    const auto found = std::filesystem::canonical(named != nullptr ? named : "", error);
    return error ? "vedette" : found.string();
}

std::string how_to_grant(std::string_view capabilities) {
    return fmt::format("grant it once with `sudo setcap {}=ep {}`, or run as root", capabilities,
                       executable_path());
}

Result<void> drop_privileges(const std::string& user, Keep keep) {
    if (!user.empty()) VEDETTE_TRY(become(user));
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL) {
        return fail_errno("cannot give up ambient capabilities");
    }
    __user_cap_header_struct head = header();
    const CapabilitySets left = left_by(keep);
    if (::syscall(SYS_capset, &head, left.data()) != 0) {
        return fail_errno("cannot give up capabilities");
    }
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return fail_errno("cannot forbid new privileges");
    }
    return {};
}

}  // namespace vedette::sys
