// The names of a message, label by label and where they stand, so that lengths, compression
// pointers and every offset stay valid. What a label becomes depends on the labels behind it (the
// last one may be a top-level domain, reverse names hold addresses), which are the same for every
// name that ends with it: names that share bytes agree. One thread.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "captures/anonymize/canvas.hpp"
#include "captures/anonymize/disguise.hpp"

namespace vedette::captures {

/// The labels of one name in order, without the root; views into a message.
class LabelList {
  public:
    static constexpr std::size_t kMaxLabels = 128;

    void clear() noexcept { count_ = 0; }
    void add(ByteView label) noexcept {
        if (count_ < kMaxLabels) labels_[count_++] = label;
    }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    /// From the end: 0 is the top-level domain.
    [[nodiscard]] ByteView from_end(std::size_t index) const noexcept {
        return labels_[count_ - 1 - index];
    }

  private:
    std::array<ByteView, kMaxLabels> labels_;
    std::size_t count_ = 0;
};

/// How a list of labels ended.
enum class NameEnd : std::uint8_t {
    Root,     ///< the whole name is known
    Unknown,  ///< cut, damaged, or a host name without a domain: no label is a top-level domain
};

/// Whether a whole name stays: those that protocols use, such as version.bind and ipv4only.arpa.
[[nodiscard]] bool is_kept_name(const LabelList& labels) noexcept;

/// Writes the disguised content of the first `written` labels of the list.
void write_labels(const Canvas& canvas, const LabelList& labels, NameEnd end, std::size_t written,
                  Disguise& disguise);

/// A run of names outside DNS messages, as DHCP, DHCPv6 and neighbour discovery carry them
/// (RFC 3397, RFC 8415 10, RFC 8106 5.2): labels are disguised, lengths and pointers kept.
void scrub_name_list(const Canvas& canvas, ByteView list, Disguise& disguise);

/// The 16 bytes of a NetBIOS name (RFC 1001 14.1): 15 of the name, padded, and a kind.
void scrub_netbios_name(ByteView from, std::span<std::uint8_t> to, Disguise& disguise);

}  // namespace vedette::captures
