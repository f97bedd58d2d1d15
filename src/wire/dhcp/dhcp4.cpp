#include "wire/dhcp/dhcp4.hpp"

#include <algorithm>

#include "wire/dhcp/domain.hpp"
#include "wire/dhcp/option_values.hpp"
#include "wire/dhcp/options.hpp"

namespace vedette::wire::dhcp {
namespace {

constexpr std::uint8_t kPad = 0;
constexpr std::uint8_t kEnd = 255;
constexpr std::size_t kFixedBytes = 236;
// RFC 951: the vendor area of plain BOOTP, which needs no cookie.
constexpr std::size_t kBootpVendorBytes = 64;
constexpr std::size_t kMaxBytes = 65'535;
constexpr std::uint8_t kLastType = 18;  // RFC 7724

enum Code : std::uint8_t {
    kRoutes = 121,
    kMicrosoftRoutes = 249,
    kDomainSearch = 119,
    kClientFqdn = 81,
    kAgentInformation = 82,
    kOverloadOption = 52,
    kMessageType = 53,
};

}  // namespace

/// Fills a view; one call per part of the message.
class Inspector4 {
  public:
    Inspector4(MessageView4& view, ByteView message, std::uint32_t missing) noexcept
        : view_(view),
          message_(message.first(std::min(message.size(), kMaxBytes))),
          missing_(missing) {
        view_.bytes_ = message_;
    }

    void run() noexcept {
        Reader in{message_};
        read_header(in);
        if (!in.ok()) return report_cut(AnomalyId::DhcpTruncated, in.failure_offset());
        const std::size_t vendor_bytes = in.remaining();
        const std::uint32_t cookie = in.u32();
        if (!in.ok()) return report_cut(AnomalyId::DhcpTruncated, in.failure_offset());
        if (cookie != kMagicCookie) {
            if (vendor_bytes < kBootpVendorBytes) {
                report_cut(AnomalyId::DhcpBadCookie, kFixedBytes);
            }
            return;
        }
        view_.has_options_ = true;
        view_.areas_[0] = message_.subspan(in.offset());
        read_area(view_.areas_[0]);
        read_overload();
        check_values();
    }

  private:
    void report(AnomalyId id, std::size_t offset) noexcept {
        (info(id).severity == Severity::Info ? view_.oddity_ : view_.damage_).report(id, offset);
    }
    void report_cut(AnomalyId id, std::size_t offset) noexcept {
        report(missing_ != 0 ? AnomalyId::DhcpCaptureCut : id, offset);
    }
    [[nodiscard]] std::size_t offset_of(ByteView part) const noexcept {
        return static_cast<std::size_t>(part.data() - message_.data());
    }

    // RFC 2131 section 2, figure 1.
    void read_header(Reader& in) noexcept {
        Header4& header = view_.header_;
        header.op = in.u8();
        header.htype = in.u8();
        header.hlen = in.u8();
        header.hops = in.u8();
        header.xid = in.u32();
        header.secs = in.u16();
        header.flags = in.u16();
        header.ciaddr = in.u32();
        header.yiaddr = in.u32();
        header.siaddr = in.u32();
        header.giaddr = in.u32();
        header.chaddr = in.bytes(16);
        header.sname = in.bytes(64);
        header.file = in.bytes(128);
        if (message_.empty()) return;
        if (header.op != 1 && header.op != 2) report(AnomalyId::DhcpBadOp, 0);
        if (header.hlen > 16) report(AnomalyId::DhcpBadHardwareLength, 2);
    }

    // Pad, End, and code-length-value in between (RFC 2132 section 2).
    void read_area(ByteView area) noexcept {
        const bool last_of_message = area.data() + area.size() == message_.data() + message_.size();
        Reader in{area};
        while (!in.at_end()) {
            const std::size_t at = offset_of(area) + in.offset();
            const std::uint8_t code = in.u8();
            if (code == kPad) continue;
            if (code == kEnd) return check_after_end(area, in.rest());
            const std::uint8_t length = in.u8();
            const ByteView data = in.bytes(length);
            if (!in.ok()) {
                report(last_of_message && missing_ != 0 ? AnomalyId::DhcpCaptureCut
                                                        : AnomalyId::DhcpOptionCut,
                       at);
                return;
            }
            note(code, data);
        }
        if (missing_ == 0 || !last_of_message) {
            report(AnomalyId::DhcpNoEnd, offset_of(area) + area.size());
        } else {
            report(AnomalyId::DhcpCaptureCut, message_.size());
        }
    }

    void check_after_end(ByteView area, ByteView rest) noexcept {
        const auto odd = std::ranges::find_if(
            rest, [](std::uint8_t byte) { return byte != kPad && byte != kEnd; });
        if (odd == rest.end()) return;
        const std::size_t end = area.size() - rest.size();
        report(AnomalyId::DhcpAfterEnd,
               offset_of(area) + end + static_cast<std::size_t>(odd - rest.begin()));
    }

    void note(std::uint8_t code, ByteView data) noexcept {
        std::uint8_t& number = view_.slots_[code];
        if (number != 0) {
            view_.index_[number - 1U].total_length += static_cast<std::uint32_t>(data.size());
            return;
        }
        view_.index_[view_.slot_count_] = {static_cast<std::uint16_t>(offset_of(data)),
                                           static_cast<std::uint16_t>(data.size()),
                                           static_cast<std::uint32_t>(data.size())};
        number = ++view_.slot_count_;
    }

    // RFC 2131 section 4.1: first `file`, then `sname`. Option 52 inside them would be read by no
    // honest server.
    void read_overload() noexcept {
        if (!view_.has(kOverloadOption)) return;
        const ByteView value = view_.first_piece(kOverloadOption);
        const std::uint8_t overload = value.size() == 1 ? value[0] : std::uint8_t{0};
        if (overload == 0 || overload > 3) {
            return report(AnomalyId::DhcpOverload, view_.slot(kOverloadOption).offset);
        }
        view_.overload_ = overload;
        const std::size_t said = view_.length(kOverloadOption);
        if ((overload & 1U) != 0) read_area(view_.areas_[1] = view_.header_.file);
        if ((overload & 2U) != 0) read_area(view_.areas_[2] = view_.header_.sname);
        if (view_.length(kOverloadOption) != said) {
            report(AnomalyId::DhcpOverload, offset_of(view_.header_.sname));
        }
    }

    void check_values() noexcept {
        if (const ByteView type = view_.first_piece(kMessageType); !type.empty()) {
            view_.type_ = type[0];
            if (type[0] == 0 || type[0] > kLastType) {
                report(AnomalyId::DhcpUnknownType, view_.slot(kMessageType).offset);
            }
        } else {
            report(AnomalyId::DhcpNoType, kFixedBytes);
        }
        for (unsigned code = 1; code < kEnd; ++code) {
            const auto option = static_cast<std::uint8_t>(code);
            if (view_.has(option)) check_value(option);
        }
    }

    void check_value(std::uint8_t code) noexcept {
        const MessageView4::Slot& slot = view_.slot(code);
        if (!option4_info(code).allows(slot.total_length)) {
            return report(AnomalyId::DhcpOptionLength, slot.offset);
        }
        if (slot.total_length != slot.first_length) return;  // in pieces: its user puts it together
        const ByteView value = view_.first_piece(code);
        switch (code) {
            case kAgentInformation:
                if (!is_sound_suboptions(value)) report(AnomalyId::DhcpSubOption, slot.offset);
                break;
            case kRoutes:
            case kMicrosoftRoutes:
                if (!is_sound_routes(value)) report(AnomalyId::DhcpRoute, slot.offset);
                break;
            case kDomainSearch:
                if (!is_sound_domain_list(value, DomainCompression::Allowed)) {
                    report(AnomalyId::DhcpName, slot.offset);
                }
                break;
            case kClientFqdn:
                if (!ClientFqdn::of_option81(value).sound) report(AnomalyId::DhcpName, slot.offset);
                break;
            default:
                break;
        }
    }

    MessageView4& view_;
    ByteView message_;
    std::uint32_t missing_;
};

MessageView4 MessageView4::inspect(ByteView message, std::uint32_t missing) noexcept {
    MessageView4 view;
    Inspector4(view, message, missing).run();
    return view;
}

std::size_t MessageView4::length(std::uint8_t code) const noexcept {
    return has(code) ? slot(code).total_length : 0;
}

ByteView MessageView4::first_piece(std::uint8_t code) const noexcept {
    if (!has(code)) return {};
    return bytes_.subspan(slot(code).offset, slot(code).first_length);
}

ByteView MessageView4::value(std::uint8_t code, std::span<std::uint8_t> scratch) const noexcept {
    const ByteView first = first_piece(code);
    if (first.size() == length(code)) return first;
    std::size_t filled = 0;
    OptionCursor4 cursor = options();
    for (OptionPiece piece; cursor.next(piece);) {
        if (piece.code != code) continue;
        const std::size_t count = std::min(piece.data.size(), scratch.size() - filled);
        std::copy_n(piece.data.begin(), count,
                    scratch.begin() + static_cast<std::ptrdiff_t>(filled));
        filled += count;
    }
    return scratch.first(filled);
}

std::uint32_t MessageView4::number(std::uint8_t code, std::uint32_t absent) const noexcept {
    const ByteView piece = first_piece(code);
    Reader in{piece};
    switch (piece.size()) {
        case 1:
            return in.u8();
        case 2:
            return in.u16();
        case 4:
            return in.u32();
        default:
            return absent;
    }
}

OptionCursor4::OptionCursor4(const MessageView4& message) noexcept
    : areas_(message.areas_), reader_(areas_[0]) {}

bool OptionCursor4::next(OptionPiece& piece) noexcept {
    while (true) {
        while (!reader_.at_end()) {
            piece.code = reader_.u8();
            if (piece.code == kPad) continue;
            if (piece.code == kEnd) break;
            const std::uint8_t length = reader_.u8();
            piece.data = reader_.bytes(length);
            if (!reader_.ok()) break;
            return true;
        }
        if (++area_ >= areas_.size()) {
            area_ = areas_.size();
            reader_ = Reader{ByteView{}};
            return false;
        }
        reader_ = Reader{areas_[area_]};
    }
}

}  // namespace vedette::wire::dhcp
