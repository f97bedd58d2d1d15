#include "app/serve/endpoint_list.hpp"

#include <fmt/format.h>

namespace vedette::app {

Result<std::vector<Endpoint>> parse_endpoints(std::string_view setting,
                                              const std::vector<std::string>& texts,
                                              std::uint16_t port) {
    std::vector<Endpoint> all;
    for (const std::string& text : texts) {
        const auto endpoint = Endpoint::parse(text, port);
        if (!endpoint)
            return fail(ErrorKind::InvalidSettings,
                        fmt::format("{}: '{}' is no address, address:port or [address]:port",
                                    setting, text));
        all.push_back(*endpoint);
    }
    return all;
}

}  // namespace vedette::app
