#include "service/certs/authority.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include <fmt/format.h>

#include "service/certs/x509.hpp"
#include "sys/os/error.hpp"

namespace vedette::certs {
namespace {

constexpr std::string_view kAuthorityFile = "ca";
constexpr std::size_t kMaxName = 64;  // RFC 5280 appendix A: ub-common-name

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

/// A name becomes a file's name, so nothing in it may lead elsewhere.
Result<void> check_name(const std::string& name) {
    const bool good = !name.empty() && name.size() <= kMaxName && name.front() != '.' &&
                      name.front() != '-' && std::ranges::all_of(name, is_name_character);
    if (good && name != kAuthorityFile) return {};
    return fail(ErrorKind::Usage,
                fmt::format("'{}' cannot name a certificate: letters, digits, '.', '-' and '_', at "
                            "most {}, and not 'ca'",
                            name, kMaxName));
}

bool exists(const std::string& path) noexcept {
    return access(path.c_str(), F_OK) == 0;
}

}  // namespace

std::string_view to_text(Role role) noexcept {
    switch (role) {
        case Role::Authority:
            return "authority";
        case Role::Server:
            return "server";
        case Role::Client:
            return "client";
        case Role::SelfSigned:
            return "self-signed";
    }
    return "unknown";
}

std::string Authority::certificate_path(const std::string& name) const {
    return folder_ + "/" + name + ".pem";
}

std::string Authority::key_path(const std::string& name) const {
    return folder_ + "/" + name + ".key";
}

Result<Certificate> Authority::init(const std::string& name, std::int64_t days) {
    if (exists(authority_path()))
        return fail(ErrorKind::Busy, authority_path() +
                                         " exists; certificates that it signed would be worth "
                                         "nothing with another one");
    if (mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST)
        return sys::fail_errno("cannot make the folder " + folder_);
    Pair pair{.request = {.name = name, .role = Role::Authority, .days = days}};
    VEDETTE_TRY(make_pair(pair, nullptr));
    VEDETTE_TRY(write_pair(pair, authority_path(), key_path(std::string(kAuthorityFile))));
    return read_certificate(authority_path());
}

Result<Certificate> Authority::make(const Request& request) const {
    Pair pair{.request = request};
    if (request.role == Role::SelfSigned) {
        if (mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST)
            return sys::fail_errno("cannot make the folder " + folder_);
        VEDETTE_TRY(make_pair(pair, nullptr));
    } else {
        if (!exists(authority_path()))
            return fail(ErrorKind::NotFound, fmt::format("there is no authority in {}; make one "
                                                         "with: vedette certs init",
                                                         folder_));
        auto signer = load_pair(authority_path(), key_path(std::string(kAuthorityFile)));
        if (!signer) return std::unexpected(std::move(signer).error());
        VEDETTE_TRY(make_pair(pair, &*signer));
    }
    VEDETTE_TRY(write_pair(pair, certificate_path(request.name), key_path(request.name)));
    return read_certificate(certificate_path(request.name));
}

Result<Certificate> Authority::issue(const Request& request) {
    VEDETTE_TRY(check_name(request.name));
    if (exists(certificate_path(request.name)))
        return fail(ErrorKind::Busy, fmt::format("{} exists; a new one in its place: vedette certs "
                                                 "renew {}",
                                                 certificate_path(request.name), request.name));
    return make(request);
}

Result<Certificate> Authority::renew(const std::string& name, std::int64_t days) {
    VEDETTE_TRY(check_name(name));
    auto old = read_certificate(certificate_path(name));
    if (!old) return std::unexpected(std::move(old).error());
    return make({.name = name, .role = old->role, .hosts = std::move(old->hosts), .days = days});
}

Result<std::vector<Certificate>> Authority::list() const {
    const std::unique_ptr<DIR, decltype([](DIR* d) { closedir(d); })> folder(
        opendir(folder_.c_str()));
    if (!folder) return sys::fail_errno("cannot read " + folder_);
    std::vector<Certificate> all;
    while (const dirent* const entry = readdir(folder.get())) {
        const std::string_view file = entry->d_name;
        if (!file.ends_with(".pem")) continue;
        auto certificate = read_certificate(folder_ + "/" + std::string(file));
        if (certificate) all.push_back(std::move(*certificate));
    }
    std::ranges::sort(all, [](const Certificate& a, const Certificate& b) {
        const bool first = a.role == Role::Authority;
        const bool second = b.role == Role::Authority;
        return first != second ? first : a.name < b.name;
    });
    return all;
}

}  // namespace vedette::certs
