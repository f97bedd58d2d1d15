#include "sys/handover/successor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "sys/os/error.hpp"
#include "sys/os/privileges.hpp"

namespace vedette::sys {
namespace {

constexpr int kChannel = 3;
constexpr auto kVariable = "VEDETTE_PREDECESSOR";  // value: the channel's descriptor

/// posix_spawn's form of a list of texts, which it borrows.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
    std::vector<std::string> all;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string_view name = text.substr(0, text.find('='));
        const bool replaced = std::ranges::any_of(
            variables, [&](const auto& variable) { return variable.first == name; });
        if (!replaced) all.emplace_back(text);
    }
    for (const auto& [name, value] : variables)
        all.push_back(fmt::format("{}={}", name, value));
    return all;
}

}  // namespace

Result<Invocation> Invocation::of_this_process() {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.empty()) return fail(ErrorKind::Failed, "cannot read /proc/self/cmdline");
    Invocation invocation{executable_path(), {}};
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        invocation.arguments.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return invocation;
}

Result<Successor> start_successor(
    const Invocation& invocation,
    const std::vector<std::pair<std::string, std::string>>& variables) {
    auto channels = Channel::make_pair();
    if (!channels) return std::unexpected(std::move(channels.error()));
    auto all = variables;
    all.emplace_back(kVariable, std::to_string(kChannel));
    std::vector<std::string> environment = environment_with(all);
    std::vector<std::string> arguments = invocation.arguments;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    // Everything else of this process closes itself.
    ::posix_spawn_file_actions_adddup2(&actions, channels->second.socket().get(), kChannel);
    Successor successor;
    const int code =
        ::posix_spawn(&successor.process, invocation.program.c_str(), &actions, nullptr,
                      pointers_to(arguments).data(), pointers_to(environment).data());
    ::posix_spawn_file_actions_destroy(&actions);
    if (code != 0)
        return std::unexpected(os_error(code, fmt::format("cannot start {}", invocation.program)));
    successor.channel = std::move(channels->first);
    return successor;
}

std::optional<std::string> Successor::ended() {
    int status = 0;
    if (::waitpid(process, &status, WNOHANG) != process) return std::nullopt;
    if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
    return fmt::format("exit code {}", WEXITSTATUS(status));
}

Channel take_predecessor() {
    const char* const value = std::getenv(kVariable);
    const bool told = value != nullptr && value == std::to_string(kChannel);
    ::unsetenv(kVariable);
    int type = 0;
    socklen_t length = sizeof(type);
    if (!told || ::getsockopt(kChannel, SOL_SOCKET, SO_TYPE, &type, &length) != 0 ||
        type != SOCK_SEQPACKET || ::fcntl(kChannel, F_SETFD, FD_CLOEXEC) != 0)
        return {};
    return Channel(Descriptor(kChannel));
}

}  // namespace vedette::sys
