// URLs that name a place to connect to and nothing more: smtp://host:587, tls://[2001:db8::1]:6514,
// unix:///dev/log, https://host/path. A user or password in one is refused: it would be shown in
// settings and messages. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vedette::notify {

struct EndpointUrl {
    std::string scheme;      ///< in lower case
    std::string host;        ///< an address without brackets; empty for unix
    std::uint16_t port = 0;  ///< 0: not given
    std::string path;        ///< with its slash; may be empty

    /// The host as it stands in a URL: IPv6 addresses in brackets.
    [[nodiscard]] std::string authority() const {
        return host.find(':') == std::string::npos ? host : "[" + host + "]";
    }
};

/// The error is a half sentence that does not repeat the URL.
[[nodiscard]] Result<EndpointUrl> parse_endpoint_url(std::string_view text);

}  // namespace vedette::notify
