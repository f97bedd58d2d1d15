#include "sys/file/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sys/file/append_file.hpp"
#include "sys/os/descriptor.hpp"

namespace vedette::sys {
namespace {

constexpr std::size_t kMaxSecret = 64U << 10U;

std::unexpected<Error> no_secret(const std::string& path, std::string_view why) {
    return fail(ErrorKind::InvalidInput, fmt::format("secret file {}: {}", path, why));
}

Result<void> check_owner(const Descriptor& file, const std::string& path) {
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return std::unexpected(system_error("secret file", path, errno));
    if (!S_ISREG(status.st_mode)) return no_secret(path, "it is not a plain file");
    if ((status.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0) {
        return fail(
            ErrorKind::Permission,
            fmt::format("secret file {}: others may read or change it; chmod 600 {}", path, path));
    }
    return {};
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
    other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
    }
    return *this;
}

void Secret::wipe() noexcept {
    ::explicit_bzero(text_.data(), text_.capacity());
    text_.clear();
}

Result<std::string> secret_path(const std::string& name, std::string_view credentials) {
    if (name.find('/') != std::string::npos) return name;
    if (name == "." || name == "..") return no_secret(name, "it is not a plain file");
    if (credentials.empty()) {
        return fail(ErrorKind::NotFound,
                    fmt::format("secret '{}' is a credential of the service manager, but "
                                "CREDENTIALS_DIRECTORY is not set; give the path of a file, or "
                                "LoadCredential={} in the service",
                                name, name));
    }
    return fmt::format("{}/{}", credentials, name);
}

Result<Secret> read_secret(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.open()) return std::unexpected(system_error("secret file", path, errno));
    VEDETTE_TRY(check_owner(file, path));
    std::string buffer(kMaxSecret + 1, '\0');
    const ssize_t length = ::read(file.get(), buffer.data(), buffer.size());
    if (length < 0) return std::unexpected(system_error("secret file", path, errno));
    const Secret content(std::move(buffer));  // wiped when this function is left
    if (static_cast<std::size_t>(length) > kMaxSecret)
        return no_secret(path, "it is longer than 64 KiB");
    auto line = std::string_view(content.text()).substr(0, static_cast<std::size_t>(length));
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) return no_secret(path, "it is empty");
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::ranges::any_of(line, control))
        return no_secret(path, "it holds more than one line, or control characters");
    return Secret(std::string(line));
}

}  // namespace vedette::sys
