#include "app/watch/run_options.hpp"

namespace vedette::app {

// The casts lose nothing: the settings table bounds every number.

std::vector<std::uint16_t> dns_ports(const config::Settings& settings) {
    std::vector<std::uint16_t> ports;
    for (const std::int64_t port : settings.decode_dns_ports) {
        ports.push_back(static_cast<std::uint16_t>(port));
    }
    return ports;
}

decode::DecoderOptions decoder_options(const config::Settings& settings) {
    decode::DecoderOptions options;
    options.dns.timeout = settings.decode_query_timeout;
    options.dns.max_pending = static_cast<std::uint32_t>(settings.decode_max_pending_queries);
    options.max_fragment_bytes = static_cast<std::uint32_t>(settings.decode_fragment_memory.bytes);
    options.max_stream_bytes = static_cast<std::uint32_t>(settings.decode_stream_memory.bytes);
    options.dns_ports = dns_ports(settings);
    options.guess_dns_ports = settings.decode_guess_dns_ports;
    return options;
}

}  // namespace vedette::app
