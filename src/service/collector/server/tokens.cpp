#include "service/collector/server/tokens.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "sys/os/error.hpp"

namespace vedette::collector {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kLeastToken = 16;  // shorter ones can be guessed
constexpr std::size_t kMostToken = 512;

Result<std::vector<std::string>> read_lines(const std::string& path) {
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return sys::fail_errno("cannot read " + path);
    if ((status.st_mode & S_IRWXO) != 0)
        return fail(
            ErrorKind::InvalidSettings,
            fmt::format("{} holds secrets and everybody may read it: chmod o= {}", path, path));
    std::ifstream file(path);
    if (!file) return fail(ErrorKind::Permission, "cannot read " + path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(std::move(line));
    return lines;
}

}  // namespace

bool is_sensor_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

Result<Tokens> Tokens::load(const std::string& path) {
    const auto lines = read_lines(path);
    if (!lines) return std::unexpected(lines.error());
    Tokens tokens;
    std::size_t number = 0;
    for (const std::string& line : *lines) {
        ++number;
        if (line.empty() || line.front() == '#') continue;
        const std::size_t blank = line.find_first_of(" \t");
        const std::size_t start = line.find_first_not_of(" \t", blank);
        const std::string name = line.substr(0, blank);
        const std::string token = start == std::string::npos ? "" : line.substr(start);
        if (!is_sensor_name(name) || token.size() < kLeastToken || token.size() > kMostToken)
            return fail(ErrorKind::InvalidSettings,
                        fmt::format("{}:{}: expected NAME TOKEN, with {} to {} characters of token",
                                    path, number, kLeastToken, kMostToken));
        tokens.entries_.push_back({name, token});
    }
    return tokens;
}

std::string Tokens::name_of(std::string_view token) const {
    std::string name;
    for (const Entry& entry : entries_) {
        if (entry.token.size() == token.size() &&
            CRYPTO_memcmp(entry.token.data(), token.data(), token.size()) == 0)
            name = entry.name;
    }
    return name;
}

Result<std::string> read_secret(const std::string& path) {
    const auto lines = read_lines(path);
    if (!lines) return std::unexpected(lines.error());
    if (lines->empty() || lines->front().size() < kLeastToken)
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("{} holds no token of at least {} characters in its first line",
                                path, kLeastToken));
    return lines->front();
}

}  // namespace vedette::collector
