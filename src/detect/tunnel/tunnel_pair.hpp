// What is remembered of one client and registered domain: counts and two bitmaps, constant size.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/address.hpp"

namespace vedette::detect {

/// Tells first sights of hashed values: one bit per value, so that repeats never count twice and
/// memory never grows. Undercounts gently when full, far beyond every threshold.
class SeenBits {
  public:
    /// Whether `hash` was not seen before; remembers it.
    bool is_new(std::uint64_t hash) noexcept {
        std::uint64_t& word = words_[hash >> 6U & (words_.size() - 1)];
        const std::uint64_t bit = 1ULL << (hash & 63U);
        const bool fresh = (word & bit) == 0;
        word |= bit;
        return fresh;
    }

  private:
    std::array<std::uint64_t, 32> words_{};
};

/// How the names were written, for naming the tool.
struct Alphabet {
    std::uint32_t letters = 0;
    std::uint32_t digits = 0;
    std::uint32_t high = 0;        ///< bytes above 127
    std::uint32_t signs = 0;       ///< base64's + / = _
    std::uint32_t beyond_hex = 0;  ///< letters g to z

    [[nodiscard]] std::uint32_t total() const noexcept { return letters + digits + high + signs; }
};

struct TunnelKey {
    IpAddress client;
    std::uint64_t domain_hash = 0;
    friend bool operator==(const TunnelKey&, const TunnelKey&) = default;
};

struct TunnelPair {
    TunnelKey key;
    Timestamp first;  ///< kNever when the place is free
    Timestamp last;
    Timestamp spoken;
    MacAddress mac;
    IpAddress server;
    std::uint32_t queries = 0;
    std::uint32_t names = 0;         ///< unique
    std::uint64_t name_bytes = 0;    ///< in unique names
    std::uint32_t short_labels = 0;  ///< one-character labels in unique names
    std::uint32_t host_names = 0;    ///< unique names that spell an IPv4 address, and little else
    std::uint32_t labels = 0;
    std::uint32_t answers = 0;  ///< unique, with data
    std::uint64_t answer_bytes = 0;
    std::uint32_t edns_large = 0;  ///< queries with EDNS and DO set
    std::uint32_t unspoken = 0;
    Alphabet alphabet;
    std::array<std::uint16_t, 4> types{};  ///< first four query types seen
    std::array<std::uint64_t, 4> packets{};
    SeenBits seen_names;
    SeenBits seen_answers;
    std::array<std::uint8_t, 96> domain{};  ///< wire form; longer domains are cut for display
    std::uint8_t domain_length = 0;

    [[nodiscard]] bool used() const noexcept { return first.known(); }
    /// What carried least gives way, so that a storm of random domains cannot wash a slow tunnel
    /// out.
    [[nodiscard]] std::uint64_t weight() const noexcept {
        return used() ? std::uint64_t{1} + names + answers : 0;
    }
    [[nodiscard]] std::uint32_t mean_name() const noexcept {
        return names == 0 ? 0 : static_cast<std::uint32_t>(name_bytes / names);
    }
    void note_type(std::uint16_t type) noexcept;
    void note_packet(std::uint64_t packet) noexcept;
    /// Counts a name not seen before; `prefix` is what stands in front of the domain, wire form.
    void note_name(ByteView prefix) noexcept;
    [[nodiscard]] bool has_type(std::uint16_t type) const noexcept;
};

/// The tool that such traffic resembles: "iodine", "dns2tcp", "dnscat2", or "no known tool".
[[nodiscard]] std::string_view resembled_tool(const TunnelPair& pair) noexcept;

}  // namespace vedette::detect
