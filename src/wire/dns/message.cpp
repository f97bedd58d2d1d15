#include "wire/dns/message.hpp"

#include <algorithm>

#include "wire/dns/name_walk.hpp"
#include "wire/dns/rdata_walk.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::dns {
namespace {

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kTypeOpt = 41;
constexpr std::uint16_t kTypeIxfr = 251;
constexpr std::size_t kFixedRecordBytes = 10;  // type, class, TTL, RDLENGTH
constexpr std::uint8_t kOpcodeQuery = 0;
constexpr std::uint8_t kOpcodeInverse = 1;
constexpr std::uint8_t kOpcodeUpdate = 5;
constexpr std::uint16_t kAssignedOpcodes = 0b0000'0000'0111'0101;  // IANA, without IQUERY

// RFC 6891 6.1.2 and the registry of options.
constexpr std::uint16_t kOptionClientSubnet = 8;
constexpr std::uint16_t kOptionCookie = 10;
constexpr std::uint16_t kOptionClientMac = 65001;

/// Moves past a name that inspect() found sound.
void skip_sound_name(Reader& in) noexcept {
    std::uint8_t head = in.peek();
    while (head != 0 && head <= kMaxLabelBytes) {
        in.skip(std::size_t{1} + head);
        head = in.peek();
    }
    in.skip(head == 0 ? 1 : 2);
}

}  // namespace

/// What earlier names of the message tell about where a pointer leads: in most messages every owner
/// points at the question or at its parent domain, so those need no second walk.
class KnownNames {
  public:
    /// The first question's name, which stands at offset 12 and holds no pointer.
    void set_question(ByteView name) noexcept { question_ = name; }
    void remember(std::size_t target, std::size_t length) noexcept {
        walked_[slot_of(target)] = {static_cast<std::uint16_t>(target),
                                    static_cast<std::uint16_t>(length)};
    }
    /// The uncompressed length of the name at `target`; 0 when it has to be walked.
    [[nodiscard]] std::size_t length_at(std::size_t target) noexcept {
        const std::size_t at = target - kHeaderBytes;  // wraps for targets in the header
        if (at < question_.size()) {
            if (at == 0) return question_.size();
            if (labels_[0] == 0) mark_labels();
            const bool is_label = (labels_[at / 64] >> at % 64 & 1U) != 0;
            return is_label ? question_.size() - at : 0;
        }
        const Walked& walked = walked_[slot_of(target)];
        return walked.target == target ? walked.length : 0;
    }

  private:
    struct Walked {
        std::uint16_t target = 0;
        std::uint16_t length = 0;
    };
    static constexpr std::size_t kSlots = 16;

    void mark_labels() noexcept {
        for (std::size_t at = 0; at < question_.size(); at += std::size_t{1} + question_[at])
            labels_[at / 64] |= std::uint64_t{1} << at % 64;
    }
    static std::size_t slot_of(std::size_t target) noexcept {
        return (target ^ target >> 4U) % kSlots;
    }

    ByteView question_;
    std::array<std::uint64_t, 4> labels_{};  // where its labels start, once it matters
    std::array<Walked, kSlots> walked_{};
};

/// One walk over a message. Structural damage is kept apart from oddities, so that a set reserved
/// bit does not hide a pointer loop.
class Inspector {
  public:
    Inspector(MessageView& view, Dialect dialect) noexcept
        : view_(view),
          dialect_(dialect),
          in_(view.bytes_),
          steps_left_(view.bytes_.size() / 2 + kMaxNameBytes) {}

    void run() noexcept {
        if (read_header() && read_questions() && read_sections() && !in_.at_end()) {
            oddity_.report(AnomalyId::DnsTrailingBytes, in_.offset());
        }
        if (!view_.damage_) view_.damage_ = oddity_;
    }

  private:
    bool read_header() noexcept;
    void check_header() noexcept;
    bool read_questions() noexcept;
    void check_authority_count() noexcept;
    bool read_sections() noexcept;
    bool read_record(Section section) noexcept;
    [[nodiscard]] std::size_t plain_name() const noexcept;
    bool read_name() noexcept;
    NameExtent measure(std::size_t offset) noexcept;
    void check_record(const RecordView& record) noexcept;
    void read_opt(const RecordView& record) noexcept;
    void read_options(ByteView options, std::size_t offset) noexcept;

    bool damaged(AnomalyId id, std::size_t offset) noexcept {
        view_.damage_.report(id, offset);
        return false;
    }

    MessageView& view_;
    Dialect dialect_;
    Reader in_;
    Damage oddity_;
    KnownNames known_;
    // Long chains of pointers, met again and again, would cost a hundred times what an honest
    // message does. Names that are remembered cost no steps, so honest messages stay far below.
    std::size_t steps_left_;
};

bool Inspector::read_header() noexcept {
    Header& header = view_.header_;
    if (view_.bytes_.size() < kHeaderBytes) {
        return damaged(AnomalyId::DnsHeaderTruncated, view_.bytes_.size());
    }
    Reader in{in_.bytes(kHeaderBytes)};
    header.id = in.u16();
    header.flags = in.u16();
    for (std::uint16_t& count : header.counts)
        count = in.u16();
    view_.records_offset_ = kHeaderBytes;
    check_header();
    return true;
}

// RFC 1035 4.1.1, RFC 2535 6.1, RFC 9619 4; multicast (RFC 6762 18) and NetBIOS (RFC 1002 4.2.1)
// give these fields other meanings.
void Inspector::check_header() noexcept {
    const Header& header = view_.header_;
    if (dialect_ != Dialect::Unicast) return;
    if ((kAssignedOpcodes >> header.opcode() & 1U) == 0) {
        oddity_.report(AnomalyId::DnsOpcode, 2);
    }
    if ((header.flags & kFlagZ) != 0) oddity_.report(AnomalyId::DnsReservedBit, 3);
    if (header.is_response() || header.opcode() != kOpcodeQuery) return;
    if ((header.flags & (kFlagAa | kFlagTc | kFlagRa | 0xfU)) != 0) {
        oddity_.report(AnomalyId::DnsQueryFlags, 2);
    }
    if (header.counts[0] != 1) {
        oddity_.report(
            header.counts[0] == 0 ? AnomalyId::DnsNoQuestion : AnomalyId::DnsManyQuestions, 4);
    }
    if (header.counts[1] != 0) oddity_.report(AnomalyId::DnsQueryRecords, 6);
}

NameExtent Inspector::measure(std::size_t offset) noexcept {
    std::size_t target = 0;
    std::size_t before = 0;
    const auto follow = [&](std::size_t to, std::size_t length) noexcept {
        const std::size_t known = known_.length_at(to);
        if (known == 0 && target == 0) {
            target = to;
            before = length;
        }
        return known;
    };
    constexpr auto kIgnore = [](std::size_t, std::size_t) noexcept {};
    NameExtent name;
    if (steps_left_ == 0) {
        name.damage.report(AnomalyId::DnsPointerExcess, offset);
        return name;
    }
    name = walk_name(view_.bytes_, offset, kIgnore, follow);
    steps_left_ -= std::min<std::size_t>(steps_left_, name.steps);
    if (target != 0 && !name.damage) known_.remember(target, name.length - before);
    return name;
}

/// The length of the name at the cursor when it is sound and without a pointer, like the root and
/// nearly every question; else 0. The whole walk says the same at three times the cost.
std::size_t Inspector::plain_name() const noexcept {
    std::size_t length = 0;
    std::uint8_t head = in_.peek();
    while (head != 0 && head <= kMaxLabelBytes && length < kMaxNameBytes) {
        length += std::size_t{1} + head;
        head = in_.peek(length);
    }
    const bool sound = head == 0 && length < in_.remaining() && length < kMaxNameBytes;
    return sound ? length + 1 : 0;
}

bool Inspector::read_name() noexcept {
    const std::size_t start = in_.offset();
    const std::uint16_t head = Reader{in_}.u16();
    // The usual names: one pointer to a name already walked, and labels without a pointer.
    if (head >= 0xc000 && (head & 0x3fffU) < start && known_.length_at(head & 0x3fffU) != 0) {
        in_.skip(2);
        return true;
    }
    if (const std::size_t plain = plain_name(); plain != 0) {
        in_.skip(plain);
        return true;
    }
    const NameExtent name = measure(start);
    if (name.damage) return damaged(name.damage.id, name.damage.offset);
    in_.skip(name.end - start);
    return true;
}

bool Inspector::read_questions() noexcept {
    for (unsigned i = 0; i < view_.header_.counts[0]; ++i) {
        const std::size_t start = in_.offset();
        if (in_.at_end()) return damaged(AnomalyId::DnsCountBeyond, start);
        if (!read_name()) return false;
        const std::size_t name_end = in_.offset();
        const std::uint16_t type = in_.u16();
        const std::uint16_t qclass = in_.u16();
        if (!in_.ok()) return damaged(AnomalyId::DnsQuestionTruncated, name_end);
        if (i == 0) {
            view_.question_name_ = view_.bytes_.subspan(start, name_end - start);
            view_.question_type_ = type;
            view_.question_class_ = qclass;
            known_.set_question(view_.question_name_);
        }
        ++view_.questions_read_;
        view_.records_offset_ = static_cast<std::uint32_t>(in_.offset());
    }
    return true;
}

// Only an incremental transfer asks with an authority record, the client's SOA (RFC 1995 3).
void Inspector::check_authority_count() noexcept {
    const Header& header = view_.header_;
    if (dialect_ != Dialect::Unicast || header.is_response()) return;
    if (header.opcode() == kOpcodeQuery && header.counts[2] != 0 &&
        view_.question_type_ != kTypeIxfr) {
        oddity_.report(AnomalyId::DnsQueryRecords, 8);
    }
}

bool Inspector::read_sections() noexcept {
    if (view_.header_.counts[2] != 0) check_authority_count();
    static constexpr std::array kSections{Section::Answer, Section::Authority, Section::Additional};
    for (std::size_t i = 0; i < kSections.size(); ++i) {
        const std::uint16_t count = view_.header_.counts[i + 1];
        for (unsigned n = 0; n < count; ++n) {
            if (!read_record(kSections[i])) return false;
            ++view_.records_read_[i];
        }
    }
    return true;
}

// RFC 1035 4.1.3: owner, type, class, TTL (32 bits), RDLENGTH (16 bits), RDATA.
bool Inspector::read_record(Section section) noexcept {
    RecordView record;
    record.section = section;
    record.owner_offset = static_cast<std::uint32_t>(in_.offset());
    if (in_.at_end()) return damaged(AnomalyId::DnsCountBeyond, in_.offset());
    if (!read_name()) return false;
    const std::size_t fixed_offset = in_.offset();
    const ByteView fixed = in_.bytes(kFixedRecordBytes);
    if (fixed.size() != kFixedRecordBytes) {
        return damaged(AnomalyId::DnsRecordTruncated, fixed_offset);
    }
    Reader in{fixed};
    record.type = in.u16();
    record.rclass = in.u16();
    record.ttl = in.u32();
    const std::uint16_t length = in.u16();
    record.rdata_offset = static_cast<std::uint32_t>(in_.offset());
    record.rdata = in_.bytes(length);
    if (!in_.ok()) return damaged(AnomalyId::DnsRdataOverrun, fixed_offset + 8);
    check_record(record);
    return true;
}

void Inspector::check_record(const RecordView& record) noexcept {
    if (record.type == kTypeA && record.rdata.size() == 4) return;
    if (record.type == kTypeAaaa && record.rdata.size() == 16) return;
    if (dialect_ == Dialect::NetBios) return;
    if (record.type == kTypeOpt) {
        read_opt(record);
        return;
    }
    // A dynamic update names a whole RRset by empty RDATA (RFC 2136 2.4, 2.5), and an inverse query
    // may leave out what it asks for (RFC 1035 6.4.1).
    const std::uint8_t opcode = view_.header_.opcode();
    if (record.rdata.empty() && (opcode == kOpcodeUpdate || opcode == kOpcodeInverse)) return;
    const Damage damage = check_fields(
        view_.bytes_, record.type, record.rdata_offset, record.rdata_offset + record.rdata.size(),
        [this](std::size_t offset) noexcept { return measure(offset); });
    if (damage) damaged(damage.id, damage.offset);
}

// RFC 6891 6.1.2: owner root, CLASS = payload size, TTL = extended rcode, version, DO and Z.
void Inspector::read_opt(const RecordView& record) noexcept {
    const std::size_t at = record.owner_offset;
    if (record.section != Section::Additional) {
        damaged(AnomalyId::DnsOptMisplaced, at);
        return;
    }
    EdnsView& edns = view_.edns_;
    if (edns.present) {
        damaged(AnomalyId::DnsOptDuplicate, at);
        return;
    }
    if (view_.bytes_[at] != 0) damaged(AnomalyId::DnsOptOwner, at);
    edns.present = true;
    edns.udp_size = record.rclass;
    edns.extended_rcode = static_cast<std::uint8_t>(record.ttl >> 24U);
    edns.version = static_cast<std::uint8_t>(record.ttl >> 16U);
    edns.dnssec_ok = (record.ttl & 0x8000U) != 0;
    edns.options = record.rdata;
    if (edns.version != 0) oddity_.report(AnomalyId::DnsEdnsVersion, record.rdata_offset - 5);
    // 0x4000 is CO, compact denial (RFC 9824 5).
    if ((record.ttl & 0x3fffU) != 0)
        oddity_.report(AnomalyId::DnsEdnsFlags, record.rdata_offset - 4);
    read_options(record.rdata, record.rdata_offset);
}

void Inspector::read_options(ByteView options, std::size_t offset) noexcept {
    EdnsView& edns = view_.edns_;
    Reader in{options};
    while (!in.at_end()) {
        const std::size_t at = offset + in.offset();
        const std::uint16_t code = in.u16();
        const ByteView value = in.bytes(in.u16());
        if (!in.ok()) {
            damaged(AnomalyId::DnsOptOverrun, at);
            return;
        }
        if (code == kOptionClientSubnet) {
            edns.has_client_subnet = true;
        } else if (code == kOptionCookie) {
            edns.has_cookie = true;
            // RFC 7873 4: client part alone, or with a server part of 8 to 32 bytes.
            const bool sound = value.size() == 8 || (value.size() >= 16 && value.size() <= 40);
            if (!sound) oddity_.report(AnomalyId::DnsCookieLength, at);
        } else if (code == kOptionClientMac && value.size() == 6) {
            edns.client_mac = value;
        }
    }
}

MessageView MessageView::inspect(ByteView message, Dialect dialect) noexcept {
    MessageView view;
    view.bytes_ = message;
    Inspector(view, dialect).run();
    return view;
}

QuestionCursor::QuestionCursor(const MessageView& message) noexcept
    : message_(message.bytes_), left_(message.questions_read_) {}

bool QuestionCursor::next(QuestionView& question) noexcept {
    if (left_ == 0) return false;
    --left_;
    question.name_offset = offset_;
    Reader in{message_.subspan(offset_)};
    skip_sound_name(in);
    question.type = in.u16();
    question.qclass = in.u16();
    VEDETTE_ASSERT(in.ok());
    offset_ += static_cast<std::uint32_t>(in.offset());
    return true;
}

RecordCursor::RecordCursor(const MessageView& message) noexcept
    : message_(message.bytes_), offset_(message.records_offset_), left_(message.records_read_) {}

bool RecordCursor::next(RecordView& record) noexcept {
    std::size_t section = 0;
    while (section < left_.size() && left_[section] == 0)
        ++section;
    if (section == left_.size()) return false;
    --left_[section];
    record.section = static_cast<Section>(section + 1);
    record.owner_offset = offset_;
    Reader in{message_.subspan(offset_)};
    skip_sound_name(in);
    record.type = in.u16();
    record.rclass = in.u16();
    record.ttl = in.u32();
    const std::uint16_t length = in.u16();
    record.rdata_offset = offset_ + static_cast<std::uint32_t>(in.offset());
    record.rdata = in.bytes(length);
    VEDETTE_ASSERT(in.ok());
    offset_ += static_cast<std::uint32_t>(in.offset());
    return true;
}

}  // namespace vedette::wire::dns
