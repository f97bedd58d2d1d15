#include "captures/anonymize/name_scrub.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

constexpr std::size_t kNibbles = 32;

bool equals(ByteView label, std::string_view word) noexcept {
    return std::ranges::equal(label, word, [](std::uint8_t a, char b) {
        return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
    });
}

enum class Tree : std::uint8_t { Names, Reverse4, Reverse6, Arpa };

Tree tree_of(const LabelList& labels) noexcept {
    if (labels.size() < 2 || !equals(labels.from_end(0), "arpa")) return Tree::Names;
    const ByteView second = labels.from_end(1);
    if (equals(second, "in-addr")) return Tree::Reverse4;
    if (equals(second, "ip6")) return Tree::Reverse6;
    const bool known = equals(second, "home") || equals(second, "resolver");
    return known ? Tree::Arpa : Tree::Names;
}

/// The address that the nibbles of a reverse name spell, disguised; nibbles that are not there are
/// zero.
struct Nibbles {
    AddressMap::V6 address{};
    std::size_t count = 0;

    Nibbles(const LabelList& labels, Disguise& disguise) {
        while (count < kNibbles && count + 2 < labels.size()) {
            const ByteView label = labels.from_end(count + 2);
            const int value = label.size() == 1 ? hex_value(label[0]) : -1;
            if (value < 0) break;
            address[count / 2] |= static_cast<std::uint8_t>(count % 2 == 0 ? value << 4U : value);
            ++count;
        }
        address = disguise.addresses().v6(address);
    }
    [[nodiscard]] std::uint8_t letter(std::size_t index) const noexcept {
        const std::uint8_t octet = address[index / 2];
        return static_cast<std::uint8_t>(
            "0123456789abcdef"[index % 2 == 0 ? octet >> 4U : octet & 0xfU]);
    }
    static int hex_value(std::uint8_t c) noexcept {
        if (c >= '0' && c <= '9') return c - '0';
        c |= 0x20U;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }
};

void write_lower(ByteView label, std::span<std::uint8_t> to) noexcept {
    std::ranges::transform(label, to.begin(), [](std::uint8_t c) {
        return static_cast<std::uint8_t>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    });
}

/// Writes the labels of a reverse name; false for those that hold no part of the address.
class ReverseWriter {
  public:
    ReverseWriter(const Canvas& canvas, const LabelList& labels, Tree tree, Disguise& disguise)
        : canvas_(canvas),
          labels_(labels),
          disguise_(disguise),
          nibbles_(tree == Tree::Reverse6 ? labels : LabelList{}, disguise),
          v4_(tree == Tree::Reverse4) {}

    /// `index` from the end; called for rising indexes.
    bool write(std::size_t index) {
        const ByteView label = labels_.from_end(index);
        const std::span<std::uint8_t> to = canvas_.at(label);
        if (!v4_) {
            if (index - 2 >= nibbles_.count) return false;
            to[0] = nibbles_.letter(index - 2);
            return true;
        }
        const auto place = static_cast<unsigned>(index - 2);
        if (!in_octets_ || place > 3) return false;
        in_octets_ = disguise_.reverse_octet(label, before_, place, to);
        if (!in_octets_) return false;
        unsigned value = 0;
        for (const std::uint8_t digit : label)
            value = value * 10 + (digit - '0');
        before_ |= value << (24U - 8U * place);
        return true;
    }

  private:
    const Canvas& canvas_;
    const LabelList& labels_;
    Disguise& disguise_;
    Nibbles nibbles_;
    std::uint32_t before_ = 0;
    bool v4_;
    bool in_octets_ = true;
};

}  // namespace

// Names that belong to protocols as a whole: CHAOS names of servers (RFC 4892), signals to
// resolvers and browsers (RFC 7050, RFC 9462).
bool is_kept_name(const LabelList& labels) noexcept {
    if (labels.size() != 2) return false;
    constexpr std::pair<std::string_view, std::string_view> kNames[] = {
        {"version", "bind"},  {"hostname", "bind"},  {"authors", "bind"},
        {"id", "server"},     {"version", "server"}, {"use-application-dns", "net"},
        {"ipv4only", "arpa"}, {"resolver", "arpa"},  {"home", "arpa"},
        {"in-addr", "arpa"},  {"ip6", "arpa"},
    };
    return std::ranges::any_of(kNames, [&](const auto& name) {
        return equals(labels.from_end(1), name.first) && equals(labels.from_end(0), name.second);
    });
}

void write_labels(const Canvas& canvas, const LabelList& labels, NameEnd end, std::size_t written,
                  Disguise& disguise) {
    const std::size_t count = labels.size();
    if (count == 0 || written == 0) return;
    const bool whole = end == NameEnd::Root;
    if (whole && is_kept_name(labels)) {
        for (std::size_t i = 0; i < count; ++i)
            write_lower(labels.from_end(i), canvas.at(labels.from_end(i)));
        return;
    }
    const Tree tree = whole ? tree_of(labels) : Tree::Names;
    const bool reverse = tree == Tree::Reverse4 || tree == Tree::Reverse6;
    // An address is read from its most significant part on, wherever the labels stand.
    ReverseWriter address(canvas, labels, tree, disguise);
    for (std::size_t index = 0; index < count; ++index) {
        const ByteView label = labels.from_end(index);
        const bool here = index + written >= count;
        if (index == 1 && tree != Tree::Names) {
            if (here) write_lower(label, canvas.at(label));
        } else if (reverse && index >= 2 && (here || index < 6) && address.write(index)) {
            continue;
        } else if (here) {
            const bool last = whole && index == 0;
            disguise.label(label, last ? LabelPlace::Last : LabelPlace::Inner, canvas.at(label));
        }
    }
}

void scrub_name_list(const Canvas& canvas, ByteView list, Disguise& disguise) {
    wire::Reader in{list};
    LabelList labels;
    const auto finish = [&](NameEnd end) {
        write_labels(canvas, labels, end, labels.size(), disguise);
        labels.clear();
    };
    while (!in.at_end()) {
        const ByteView head = in.bytes(1);
        canvas.keep(head);
        if (head[0] == 0) {
            finish(NameEnd::Root);
        } else if (head[0] > 63) {
            // A pointer, or no name at all: nothing is known of what stands behind it.
            canvas.keep(in.bytes(std::min<std::size_t>(1, in.remaining())));
            finish(NameEnd::Unknown);
            if (head[0] < 0xc0) return;
        } else {
            labels.add(in.bytes(std::min<std::size_t>(head[0], in.remaining())));
        }
    }
    finish(NameEnd::Unknown);
}

void scrub_netbios_name(ByteView from, std::span<std::uint8_t> to, Disguise& disguise) {
    constexpr std::size_t kNameBytes = 15;
    std::ranges::copy(from, to.begin());
    std::size_t length = kNameBytes;
    while (length > 0 && (from[length - 1] == ' ' || from[length - 1] == 0))
        --length;
    const std::string_view name = as_text(from.first(length));
    if (name.empty() || name == "*" || name == "\x01\x02__MSBROWSE__\x02") return;
    disguise.label(from.first(length), LabelPlace::Inner, to.first(length));
    for (std::uint8_t& c : to.first(length))
        c = static_cast<std::uint8_t>(c >= 'a' && c <= 'z' ? c - 32 : c);
}

}  // namespace vedette::captures
