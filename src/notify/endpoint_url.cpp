#include "notify/endpoint_url.hpp"

#include <algorithm>
#include <charconv>

namespace vedette::notify {
namespace {

std::unexpected<Error> wrong(std::string_view why) {
    return fail(ErrorKind::InvalidSettings, std::string(why));
}

Result<void> read_authority(std::string_view text, EndpointUrl& url) {
    if (text.find('@') != std::string_view::npos)
        return wrong("no user or password may stand in it");
    std::string_view port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) return wrong("']' is missing");
        url.host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!port.empty() && port.front() != ':') return wrong("only a port may follow ']'");
    } else {
        const std::size_t colon = text.find(':');
        url.host = text.substr(0, colon);
        if (colon != std::string_view::npos) port = text.substr(colon);
    }
    if (url.host.empty()) return wrong("it names no host");
    if (port.empty()) return {};
    port.remove_prefix(1);
    const char* const end = port.data() + port.size();
    const auto [stop, error] = std::from_chars(port.data(), end, url.port);
    if (error != std::errc{} || stop != end || url.port == 0)
        return wrong("its port is no number from 1 to 65535");
    return {};
}

}  // namespace

Result<EndpointUrl> parse_endpoint_url(std::string_view text) {
    const auto blank = [](char c) { return c <= ' ' || c > '~'; };
    if (std::ranges::any_of(text, blank)) return wrong("it holds a blank or another odd character");
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos || colon == 0) return wrong("it is no URL");
    EndpointUrl url;
    for (const char c : text.substr(0, colon))
        url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const std::string_view rest = text.substr(colon + 3);
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos) url.path = rest.substr(slash);
    if (url.scheme == "unix") {
        if (slash != 0 || url.path.size() < 2) return wrong("unix:// takes an absolute path");
        return url;
    }
    VEDETTE_TRY(read_authority(rest.substr(0, slash), url));
    return url;
}

}  // namespace vedette::notify
