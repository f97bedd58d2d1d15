#include "service/notifier/target_check.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/glob.hpp"
#include "base/suggest.hpp"
#include "config/target_table.hpp"
#include "model/address.hpp"
#include "model/finding.hpp"
#include "notify/endpoint_url.hpp"
#include "sys/file/secret_file.hpp"

namespace vedette::service {
namespace {

constexpr std::size_t kMaxTopic = 65'535;

// Schemes whose bytes everybody on the way can read.
constexpr std::array<std::string_view, 4> kOpenSchemes{"http", "mqtt", "tcp", "udp"};

bool is_loopback(const std::string& host) {
    if (host == "localhost") return true;
    const auto address = IpAddress::parse(host);
    if (!address) return false;
    const auto bytes = address->bytes();
    if (address->is_v4()) return bytes[0] == 127;
    return std::ranges::all_of(bytes.first(15), [](std::uint8_t b) { return b == 0; }) &&
           bytes[15] == 1;
}

bool is_plain_text(std::string_view text) {
    return std::ranges::none_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// local@domain in printable ASCII, without what would end it in an SMTP command.
bool is_mail_address(std::string_view text) {
    const std::size_t at = text.find('@');
    if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return false;
    if (text.size() > 254 || text.find('@', at + 1) != std::string_view::npos) return false;
    return std::ranges::all_of(
        text, [](char c) { return c > ' ' && c <= '~' && !std::strchr("<>()[],;:\\\"", c); });
}

std::vector<std::string_view> finding_ids() {
    std::vector<std::string_view> ids;
    for (std::size_t i = 0; i < static_cast<std::size_t>(FindingKind::Count); ++i)
        ids.push_back(info(static_cast<FindingKind>(i)).id);
    return ids;
}

bool has_word(std::string_view words, std::string_view word) {
    return fmt::format(" {} ", words).find(fmt::format(" {} ", word)) != std::string::npos;
}

}  // namespace

void TargetCheck::complain(std::string_view key, std::string_view what) {
    problems_.push_back(
        fmt::format("{}: notify.{}.{}: {}", target_.place, target_.name, key, what));
}

void TargetCheck::run() {
    if (!target_.url.empty()) check_url();
    check_login();
    check_addresses();
    check_kinds();
    check_files();
    check_command();
    check_texts();
}

void TargetCheck::check_url() {
    const config::TargetType* const type = config::find_target_type(target_.type);
    const auto url = notify::parse_endpoint_url(target_.url);
    if (!url) return complain("url", url.error().text);
    if (!has_word(type->schemes, url->scheme)) {
        return complain("url",
                        fmt::format("{} takes one of the schemes: {}", type->name, type->schemes));
    }
    if (!target_.url_file.empty()) complain("url", "url_file is set too; one of them is enough");
    const bool secret = !target_.password_file.empty() || !target_.token_file.empty();
    if (!secret || is_loopback(url->host)) return;
    const bool open = std::ranges::find(kOpenSchemes, url->scheme) != kOpenSchemes.end() ||
                      (url->scheme == "smtp" && target_.starttls == "off");
    if (open) complain("url", "a password or token crosses a network only encrypted");
}

void TargetCheck::check_login() {
    if (!target_.user.empty() && target_.password_file.empty())
        complain("user", "password_file is missing");
    if (target_.user.empty() && !target_.password_file.empty())
        complain("password_file", "user is missing");
    if (!target_.user.empty() && !target_.token_file.empty())
        complain("token_file", "user is set too; one way to log in is enough");
    if (target_.certificate.empty() != target_.key.empty())
        complain(target_.key.empty() ? "certificate" : "key",
                 "certificate and key belong together");
}

void TargetCheck::check_addresses() {
    if (target_.type != "mail") return;
    if (!is_mail_address(target_.from))
        complain("from", fmt::format("'{}' is no mail address", target_.from));
    for (const std::string& to : target_.to) {
        if (!is_mail_address(to)) complain("to", fmt::format("'{}' is no mail address", to));
    }
    if (target_.to.empty()) complain("to", "it names nobody");
}

void TargetCheck::check_kinds() {
    const std::vector<std::string_view> ids = finding_ids();
    for (const std::string& kind : target_.kinds) {
        if (std::ranges::any_of(ids, [&](auto id) { return matches_glob(kind, id); })) continue;
        const std::string_view near = nearest_word(kind, ids);
        complain("kinds", fmt::format("no alert is of kind '{}'{}", kind,
                                      near.empty() ? "; docs/reference/findings.md lists them"
                                                   : fmt::format("; did you mean '{}'?", near)));
    }
}

void TargetCheck::check_files() {
    const std::array<std::pair<std::string_view, const std::string*>, 3> files{
        {{"ca_file", &target_.ca_file},
         {"certificate", &target_.certificate},
         {"key", &target_.key}}};
    for (const auto& [key, path] : files) {
        if (!path->empty() && ::access(path->c_str(), R_OK) != 0)
            complain(key, fmt::format("{}: {}", *path, std::strerror(errno)));
    }
}

void TargetCheck::check_command() {
    if (target_.type != "exec") return;
    if (target_.command.empty()) return complain("command", "it names no program");
    const std::string& program = target_.command.front();
    if (!program.starts_with('/'))
        return complain("command", fmt::format("'{}' is no absolute path", program));
    if (::access(program.c_str(), X_OK) != 0)
        complain("command", fmt::format("{}: {}", program, std::strerror(errno)));
}

void TargetCheck::check_texts() {
    for (const std::string& header : target_.headers) {
        const std::size_t colon = header.find(':');
        if (colon == 0 || colon == std::string::npos || !is_plain_text(header) ||
            header.substr(0, colon).find(' ') != std::string::npos)
            complain("headers", fmt::format("'{}' is no header line 'Name: value'", header));
    }
    if (!is_plain_text(target_.subject)) complain("subject", "it holds control characters");
    if (!is_plain_text(target_.user)) complain("user", "it holds control characters");
    const std::string& topic = target_.topic;
    const bool wild = topic.find_first_of("+#") != std::string::npos;
    if (topic.empty() || topic.size() > kMaxTopic || wild || !is_plain_text(topic))
        complain("topic", "a topic to publish to has no '+', no '#', and is not empty");
}

std::string TargetCheck::secret(std::string_view key, const std::string& value) {
    if (value.empty()) return {};
    auto path = sys::secret_path(value, credentials_);
    if (!path) {
        complain(key, path.error().text);
        return {};
    }
    // Read now, so that a mistake is met at the start and not with the first alert.
    if (const auto found = sys::read_secret(*path); !found) {
        complain(key, found.error().text);
        return {};
    }
    return std::move(*path);
}

}  // namespace vedette::service
