#include "service/dnsd/zone/canonical_key.hpp"

namespace vedette::dnsd {
namespace {

constexpr unsigned kKeyOctets = 16;

/// Octets from the left; what comes after the last place is cut off.
class KeyWriter {
  public:
    [[nodiscard]] bool full() const noexcept { return written_ == kKeyOctets; }
    void put(std::uint8_t octet) noexcept {
        if (full()) return;
        std::uint64_t& word = written_ < 8 ? key_.high : key_.low;
        word |= std::uint64_t{octet} << (56U - 8U * (written_ % 8U));
        ++written_;
    }
    [[nodiscard]] const CanonicalKey& key() const noexcept { return key_; }

  private:
    CanonicalKey key_;
    unsigned written_ = 0;
};

}  // namespace

// A zero ends a label, so that a name stands before what is below it, and all of that before the
// next name. A zero within a label must not pass for that end: it becomes 1 1, and a one 1 2.
CanonicalKey canonical_key(const LookupName& name, unsigned apex_labels) noexcept {
    KeyWriter writer;
    const ByteView wire = name.wire();
    const unsigned below = name.labels() > apex_labels ? name.labels() - apex_labels : 0;
    for (unsigned label = below; label-- > 0 && !writer.full();) {
        const unsigned start = name.offset(label);
        for (const std::uint8_t octet : wire.subspan(start + 1, wire[start])) {
            if (octet <= 1) {
                writer.put(1);
                writer.put(static_cast<std::uint8_t>(octet + 1));
            } else {
                writer.put(octet);
            }
        }
        writer.put(0);
    }
    return writer.key();
}

}  // namespace vedette::dnsd
