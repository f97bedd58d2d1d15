// Everything that tells who somebody is -> something else of the same length, the same each time:
// addresses, hardware addresses, labels of names, texts, opaque identifiers. Made from one key. The
// rules stand in docs/anonymize.md. One thread; memory is bounded.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "captures/anonymize/address_map.hpp"
#include "captures/anonymize/key.hpp"

namespace vedette::captures {

/// Where a label stands decides whether it may stay.
enum class LabelPlace : std::uint8_t { Last, Inner };

class Disguise {
  public:
    explicit Disguise(const AnonymizeKey& key);
    Disguise(Disguise&&) noexcept;
    Disguise& operator=(Disguise&&) noexcept;
    ~Disguise();

    [[nodiscard]] AddressMap& addresses() noexcept;

    /// Six bytes. A group address and zero stay; a manufacturer's address keeps its first three
    /// bytes; a randomized one keeps its two flag bits.
    void mac(ByteView from, std::span<std::uint8_t> to);
    /// The content of one label of a name. ASCII case does not matter and is not kept.
    void label(ByteView from, LabelPlace place, std::span<std::uint8_t> to);
    /// Letters and digits of the same length; zero bytes stay, since they end texts.
    void text(ByteView from, std::span<std::uint8_t> to);
    /// A host or domain name as text, "printer.example.org": label by label, dots and zeros stay.
    void dotted(ByteView from, std::span<std::uint8_t> to);
    /// Any bytes.
    void identifier(ByteView from, std::span<std::uint8_t> to);
    /// A decimal octet of a reverse name (RFC 1035 3.5): another one with as many digits, by the
    /// octets before it, `place` of them (0..3) in the high bytes of `before`. False when `from` is
    /// no octet.
    bool reverse_octet(ByteView from, std::uint32_t before, unsigned place,
                       std::span<std::uint8_t> to);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Labels that are no names of anybody: service and protocol labels such as _tcp and _dmarc, and at
/// the end of a name (Last) the delegated and reserved top-level domains. Lower case.
[[nodiscard]] bool is_kept_label(std::string_view label, LabelPlace place);

}  // namespace vedette::captures
