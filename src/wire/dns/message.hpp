// A DNS message as a view (RFC 1035 4.1). inspect() walks the bytes once, iteratively, and keeps
// what was readable; after that, accessors cannot fail. The view borrows the message and dies with
// it. Names are compressed only backwards, 255 octets at most (RFC 1035 3.1, 4.1.4).
//
//   0  id | 2 QR opcode AA TC RD RA Z AD CD rcode | 4 QDCOUNT | 6 ANCOUNT | 8 NSCOUNT | 10 ARCOUNT
//  12  questions, answers, authority, additional
#pragma once

#include <array>
#include <cstdint>
#include <ranges>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/dns/name.hpp"
#include "wire/dns/rdata.hpp"

namespace vedette::wire::dns {

/// Bits of Header::flags.
inline constexpr std::uint16_t kFlagQr = 0x8000;
inline constexpr std::uint16_t kFlagAa = 0x0400;
inline constexpr std::uint16_t kFlagTc = 0x0200;
inline constexpr std::uint16_t kFlagRd = 0x0100;
inline constexpr std::uint16_t kFlagRa = 0x0080;
inline constexpr std::uint16_t kFlagZ = 0x0040;
inline constexpr std::uint16_t kFlagAd = 0x0020;
inline constexpr std::uint16_t kFlagCd = 0x0010;

struct Header {
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::array<std::uint16_t, 4> counts{};  ///< QD, AN, NS, AR as the header claims

    [[nodiscard]] bool is_response() const noexcept { return (flags & kFlagQr) != 0; }
    [[nodiscard]] std::uint8_t opcode() const noexcept { return flags >> 11U & 0xfU; }
    [[nodiscard]] std::uint8_t rcode() const noexcept { return flags & 0xfU; }
};

enum class Section : std::uint8_t { Question, Answer, Authority, Additional };

/// Whose rules a message follows. Multicast DNS queries carry known answers (RFC 6762 7.1); NetBIOS
/// uses type 33 for something else than SRV (RFC 1002 4.2.18).
enum class Dialect : std::uint8_t { Unicast, Multicast, NetBios };

/// One question; the name may be compressed from the second on.
struct QuestionView {
    std::uint32_t name_offset = 0;
    std::uint16_t type = 0;
    std::uint16_t qclass = 0;
};

/// One resource record; offsets are from the start of the message.
struct RecordView {
    std::uint32_t owner_offset = 0;
    std::uint32_t rdata_offset = 0;
    std::uint32_t ttl = 0;
    std::uint16_t type = 0;
    std::uint16_t rclass = 0;
    Section section = Section::Answer;
    ByteView rdata;
};

/// What EDNS (RFC 6891) said, gathered by inspect().
struct EdnsView {
    bool present = false;
    bool dnssec_ok = false;
    bool has_client_subnet = false;
    bool has_cookie = false;
    std::uint8_t extended_rcode = 0;
    std::uint8_t version = 0;
    std::uint16_t udp_size = 0;
    ByteView options;     ///< the OPT record's RDATA
    ByteView client_mac;  ///< option 65001 of dnsmasq --add-mac, 6 raw bytes, else empty
};

class MessageView;

/// Walks the questions that inspect() could read, in order.
class QuestionCursor {
  public:
    explicit QuestionCursor(const MessageView& message) noexcept;
    /// False at the end.
    [[nodiscard]] bool next(QuestionView& question) noexcept;

  private:
    ByteView message_;
    std::uint32_t offset_ = static_cast<std::uint32_t>(kHeaderBytes);
    std::uint16_t left_ = 0;
};

/// Walks the records of a message that inspect() accepted, in order, stopping at the damage.
class RecordCursor {
  public:
    explicit RecordCursor(const MessageView& message) noexcept;
    /// False at the end.
    [[nodiscard]] bool next(RecordView& record) noexcept;

  private:
    ByteView message_;
    std::uint32_t offset_ = 0;
    std::array<std::uint16_t, 3> left_{};  // readable records per section
};

class MessageView {
  public:
    /// Reads a message. Never fails: fewer than 12 bytes give an empty header and damage.
    [[nodiscard]] static MessageView inspect(ByteView message,
                                             Dialect dialect = Dialect::Unicast) noexcept;
    /// A temporary container would leave the view dangling.
    template <typename Container>
        requires(!std::ranges::borrowed_range<Container>)
    static MessageView inspect(Container&&, Dialect = Dialect::Unicast) = delete;

    [[nodiscard]] const Header& header() const noexcept { return header_; }
    /// The first damage; without damage the first oddity (Severity::Info); None when the whole
    /// message is sound. Records inside damaged RDATA stay readable.
    [[nodiscard]] const Damage& damage() const noexcept { return damage_; }
    [[nodiscard]] bool has_header() const noexcept { return bytes_.size() >= kHeaderBytes; }
    /// First question: its name in wire form, in place; empty when there is none or it is damaged.
    [[nodiscard]] ByteView question_name() const noexcept { return question_name_; }
    [[nodiscard]] std::uint16_t question_type() const noexcept { return question_type_; }
    [[nodiscard]] std::uint16_t question_class() const noexcept { return question_class_; }
    /// Questions that could be read, of header().counts[0].
    [[nodiscard]] std::uint16_t questions_read() const noexcept { return questions_read_; }
    /// Records that could be read in a section (Answer, Authority, Additional).
    [[nodiscard]] std::uint16_t records_read(Section section) const noexcept {
        return records_read_[static_cast<std::size_t>(section) - 1];
    }
    [[nodiscard]] const EdnsView& edns() const noexcept { return edns_; }
    /// Rcode with EDNS's upper eight bits.
    [[nodiscard]] std::uint16_t full_rcode() const noexcept {
        return static_cast<std::uint16_t>(edns_.extended_rcode << 4U | header_.rcode());
    }
    [[nodiscard]] ByteView bytes() const noexcept { return bytes_; }
    [[nodiscard]] QuestionCursor questions() const noexcept { return QuestionCursor(*this); }
    [[nodiscard]] RecordCursor records() const noexcept { return RecordCursor(*this); }

  private:
    friend class RecordCursor;
    friend class QuestionCursor;
    friend class Inspector;
    MessageView() noexcept = default;

    ByteView bytes_;
    Header header_;
    Damage damage_;
    ByteView question_name_;
    std::uint16_t question_type_ = 0;
    std::uint16_t question_class_ = 0;
    std::uint16_t questions_read_ = 0;
    std::array<std::uint16_t, 3> records_read_{};
    std::uint32_t records_offset_ = 0;
    EdnsView edns_;
};

}  // namespace vedette::wire::dns
