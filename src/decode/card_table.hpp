// What is known of each network card: whether it forwards for others, and the host name its owner
// gave by DHCP. A card that sends or receives for several addresses which nothing ties to it is a
// gateway; who advertises routes or is named as router is one by word. Part of Identity; single
// thread, bounded.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "decode/bounded_map.hpp"
#include "model/address.hpp"

namespace vedette::decode {

/// Whether an IPv4 TTL or IPv6 hop limit was counted down on the way: below, but within 31 hops of,
/// one of the start values in use (64, 128, 255). 0 is "not known". 60 is left out: some systems
/// start there.
[[nodiscard]] constexpr bool was_forwarded(std::uint8_t hop_limit) noexcept {
    return (hop_limit > 32 && hop_limit < 64 && hop_limit != 60) ||
           (hop_limit > 96 && hop_limit < 128) || (hop_limit > 223 && hop_limit < 255);
}

class CardTable {
  public:
    /// `gateway_addresses` unexplained addresses within kEvidenceWindow make a gateway.
    CardTable(std::uint32_t capacity, std::uint32_t gateway_addresses)
        : cards_(capacity), gateway_addresses_(gateway_addresses) {}

    static constexpr std::uint32_t kNoSlot = UINT32_MAX;
    static constexpr std::size_t kMaxEvidence = 8;
    static constexpr Duration kEvidenceWindow = Duration::seconds(3600);

    /// Each of these returns whether the card's standing as a gateway changed.
    bool add_evidence(Timestamp time, const MacAddress& mac, std::uint32_t address_hash);
    bool remove_evidence(const MacAddress& mac, std::uint32_t address_hash);
    bool mark_router(const MacAddress& mac);

    [[nodiscard]] bool is_gateway(const MacAddress& mac) const noexcept;

    /// Whether that was news.
    bool set_name(Timestamp time, const MacAddress& mac, std::string_view name);
    /// The slot of a card that had a name at `time`, else kNoSlot.
    [[nodiscard]] std::uint32_t find_named(Timestamp time, const MacAddress& mac) const noexcept;
    /// The name in a slot that find_named gave for `mac`; empty when the card was forgotten since.
    [[nodiscard]] std::string_view name_at(std::uint32_t slot,
                                           const MacAddress& mac) const noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return cards_.size(); }

  private:
    struct Evidence {
        Timestamp seen;
        std::uint32_t address_hash = 0;
    };
    struct Card {
        std::array<Evidence, kMaxEvidence> evidence{};
        std::uint8_t evidence_count = 0;
        bool named_router = false;
        bool gateway = false;
        Timestamp name_time;
        std::string name;

        [[nodiscard]] bool forwards() const noexcept { return named_router || gateway; }
        /// Losing a gateway would turn its clients' traffic into its own.
        [[nodiscard]] std::uint8_t worth() const noexcept {
            if (forwards()) return 2;
            return name.empty() ? 0 : 1;
        }
    };

    [[nodiscard]] Card& obtain(const MacAddress& mac);
    bool judge(Card& card) noexcept;

    BoundedMap<MacAddress, Card, MacHash> cards_;
    std::uint32_t gateway_addresses_;
};

}  // namespace vedette::decode
