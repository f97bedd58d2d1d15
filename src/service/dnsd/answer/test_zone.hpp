// A zone and the questions to it, for the tests, the fuzz targets and the benchmark of the answer
// engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "service/dnsd/answer/responder.hpp"
#include "service/dnsd/zone/master_file.hpp"
#include "wire/dns/message.hpp"

namespace vedette::dnsd::test {

inline constexpr std::string_view kZoneText = R"($TTL 300
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
@ NS ns2.other.
@ A 11.23.33.21
ns1 A 127.0.0.1
ns1 AAAA ::1
www CNAME @
out CNAME www.other.
loop1 CNAME loop2
loop2 CNAME loop1
txt TXT "hello"
*.wild AAAA 2001:db8::1
mx MX 10 ns1
mxw MX 10 h.wild
a.b.ent A 192.0.2.9
sub NS ns.sub
ns.sub A 192.0.2.1
sub DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000
d DNAME e
x.e A 192.0.2.7
srv SRV 1 2 53 ns1
)";

/// kZoneText with enough records at "big" to need TCP.
inline std::string zone_text() {
    std::string text(kZoneText);
    for (int i = 0; i < 41; ++i)
        text += "big TXT \"" + std::to_string(i) + std::string(90, 'x') + "\"\n";
    return text;
}

inline Snapshot snapshot(std::string_view text, std::string_view apex = "fromage.fr.") {
    auto zone = load_zone_text(text, *render::parse_name(apex));
    VEDETTE_ASSERT(zone.has_value());
    return {ZoneSet::of({*zone}), {}};
}

/// An echoed opcode may be odd; nothing else may be wrong in an answer of ours.
inline bool is_sound(const wire::dns::MessageView& answer) {
    return !answer.damage() || answer.damage().id == wire::AnomalyId::DnsOpcode;
}

struct Ask {
    std::string name;
    std::string type = "A";
    std::uint16_t flags = 0x0100;
    std::uint16_t udp_size = 0;  ///< 0: no EDNS
    bool dnssec_ok = false;
    std::vector<std::uint8_t> options = {};
    std::uint16_t rclass = 1;

    [[nodiscard]] std::vector<std::uint8_t> message() const {
        std::vector<std::uint8_t> out{
            0x12, 0x34, hi(flags), lo(flags), 0, 1,
            0,    0,    0,         0,         0, static_cast<std::uint8_t>(udp_size != 0)};
        const auto wire = render::parse_name(name);
        VEDETTE_ASSERT(wire.has_value());
        out.insert(out.end(), wire->bytes.begin(), wire->bytes.begin() + wire->length);
        const std::uint16_t code = *render::parse_type(type);
        out.insert(out.end(), {hi(code), lo(code), hi(rclass), lo(rclass)});
        if (udp_size != 0) {
            const auto size = static_cast<std::uint16_t>(options.size());
            out.insert(out.end(),
                       {0, 0, 41, hi(udp_size), lo(udp_size), 0, 0,
                        static_cast<std::uint8_t>(dnssec_ok ? 0x80 : 0), 0, hi(size), lo(size)});
            out.insert(out.end(), options.begin(), options.end());
        }
        return out;
    }
    static std::uint8_t hi(std::uint16_t v) { return static_cast<std::uint8_t>(v >> 8U); }
    static std::uint8_t lo(std::uint16_t v) { return static_cast<std::uint8_t>(v); }
};

}  // namespace vedette::dnsd::test
