#include "app/notify/notify_paths.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>

namespace vedette::app {

std::string outbox_path(const Context& context) {
    return (std::filesystem::path(context.store_path()).parent_path() / "outbox.db").string();
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

Result<std::vector<service::Target>> notify_targets(const Context& context) {
    return service::make_targets(context.settings().notify,
                                 context.environment("CREDENTIALS_DIRECTORY").value_or(""));
}

}  // namespace vedette::app
