#include "net_namespace.hpp"

#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace vedette::live {
namespace {

/// Maps this user to root of a fresh user namespace, where the kernel allows it to everybody.
bool become_namespace_root() {
    const std::string user = "0 " + std::to_string(::getuid()) + " 1";
    const std::string group = "0 " + std::to_string(::getgid()) + " 1";
    if (::unshare(CLONE_NEWUSER) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user;
    std::ofstream("/proc/self/gid_map") << group;
    return true;
}

}  // namespace

std::string enter_net_namespace() {
    if (::unshare(CLONE_NEWNET) != 0 &&
        (!become_namespace_root() || ::unshare(CLONE_NEWNET) != 0)) {
        return std::string("no network namespace: ") + std::strerror(errno);
    }
    if (!ip("link set lo up")) return "no `ip` program (package iproute2)";
    return {};
}

bool ip(const std::string& arguments) {
    return std::system(("ip " + arguments + " >/dev/null 2>&1").c_str()) == 0;
}

bool make_cable(const std::string& one_end, const std::string& other_end) {
    if (!ip("link add " + one_end + " type veth peer name " + other_end)) return false;
    for (const std::string& end : {one_end, other_end}) {
        std::ofstream("/proc/sys/net/ipv6/conf/" + end + "/disable_ipv6") << "1";
        if (!ip("link set " + end + " up")) return false;
    }
    return true;
}

}  // namespace vedette::live
