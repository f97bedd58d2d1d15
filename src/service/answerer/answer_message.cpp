#include "service/answerer/answer_message.hpp"

#include <algorithm>
#include <cstring>

#include "wire/dns/message.hpp"

namespace vedette::answerer {
namespace {

using wire::dns::MessageView;

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;
constexpr std::uint16_t kTypeOpt = 41;
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kClassAny = 255;
constexpr std::uint16_t kUnicastReplyBit = 0x8000;  // RFC 6762 5.4
constexpr std::uint16_t kFormErr = 1;
constexpr std::uint16_t kNotImp = 4;
constexpr std::uint16_t kBadVers = 16;
constexpr std::size_t kOptBytes = 11;
constexpr std::size_t kRecordBytes = 10;       // type, class, TTL and length
constexpr std::size_t kPlainDatagram = 512;    // RFC 1035 4.2.1
constexpr std::size_t kLargeDatagram = 1'232;  // fits every path; DNS flag day 2020
constexpr std::uint32_t kPointerReach = 0x4000;

/// Every question as it stands in the query, so that pointers within still lead where they led.
ByteView question_section(const MessageView& view) noexcept {
    std::size_t end = wire::dns::kHeaderBytes;
    auto cursor = view.questions();
    wire::dns::QuestionView question;
    while (cursor.next(question))
        end = wire::dns::measure_name(view.bytes(), question.name_offset).end + 4;
    return view.bytes().subspan(wire::dns::kHeaderBytes, end - wire::dns::kHeaderBytes);
}

bool family_of(const wire::dns::QuestionView& question, DnsProtocol protocol,
               Family& family) noexcept {
    const std::uint16_t qclass =
        protocol == DnsProtocol::Mdns
            ? static_cast<std::uint16_t>(question.qclass & ~kUnicastReplyBit)
            : question.qclass;
    if (qclass != kClassIn && qclass != kClassAny) return false;
    family = question.type == kTypeA ? Family::V4 : Family::V6;
    return question.type == kTypeA || question.type == kTypeAaaa;
}

/// Owner as a pointer to the question where a pointer reaches.
ByteView owner_of(const wire::dns::QuestionView& question, const wire::dns::NameBuffer& name,
                  std::array<std::uint8_t, 2>& pointer) noexcept {
    if (question.name_offset >= kPointerReach) return name.view();
    pointer = {static_cast<std::uint8_t>(0xc0U | question.name_offset >> 8U),
               static_cast<std::uint8_t>(question.name_offset)};
    return pointer;
}

std::uint16_t rcode_of(const MessageView& view) noexcept {
    if (view.header().opcode() != 0) return kNotImp;
    if (view.header().counts[0] == 0 || view.questions_read() < view.header().counts[0])
        return kFormErr;
    if (view.edns().present && view.edns().version != 0) return kBadVers;
    return 0;
}

std::size_t limit_of(const MessageView& view, const AskedWhere& where) noexcept {
    if (!where.datagram) return where.limit;
    if (!view.edns().present) return kPlainDatagram;
    return std::clamp<std::size_t>(view.edns().udp_size, kPlainDatagram, kLargeDatagram);
}

}  // namespace

/// Appends to a buffer with a limit; what does not fit is not written at all.
class MessageAnswerer::Writer {
  public:
    Writer(std::span<std::uint8_t> out, std::size_t limit) noexcept
        : out_(out.first(std::min(limit, out.size()))) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool has_room(std::size_t bytes) const noexcept {
        return bytes <= out_.size() - size_;
    }
    void put(ByteView bytes) noexcept {
        if (bytes.empty()) return;
        VEDETTE_ASSERT(has_room(bytes.size()));
        std::memcpy(out_.data() + size_, bytes.data(), bytes.size());
        size_ += bytes.size();
    }
    void put16(std::uint32_t value) noexcept {
        const std::array<std::uint8_t, 2> octets{static_cast<std::uint8_t>(value >> 8U),
                                                 static_cast<std::uint8_t>(value)};
        put(octets);
    }
    void put32(std::uint32_t value) noexcept {
        put16(value >> 16U);
        put16(value & 0xffffU);
    }
    /// `more` bytes of `out` may be used besides.
    void widen(std::span<std::uint8_t> out, std::size_t more) noexcept {
        out_ = out.first(std::min(out_.size() + more, out.size()));
    }
    void set16(std::size_t at, std::uint32_t value) noexcept {
        out_[at] = static_cast<std::uint8_t>(value >> 8U);
        out_[at + 1] = static_cast<std::uint8_t>(value);
    }

  private:
    std::span<std::uint8_t> out_;
    std::size_t size_ = 0;
};

// RFC 6891 6.1.2: root, OPT, payload size as class, extended rcode and version 0 as TTL.
void MessageAnswerer::put_opt(Writer& writer, std::uint16_t rcode) noexcept {
    const std::array<std::uint8_t, 1> root{0};
    writer.put(root);
    writer.put16(kTypeOpt);
    writer.put16(kLargeDatagram);
    writer.put32(static_cast<std::uint32_t>(rcode >> 4U) << 24U);
    writer.put16(0);
}

bool MessageAnswerer::is_answerable(ByteView query) noexcept {
    return query.size() >= wire::dns::kHeaderBytes && (query[2] & 0x80U) == 0;
}

std::size_t MessageAnswerer::answer(ByteView query, const AskedWhere& where,
                                    std::span<std::uint8_t> out) noexcept {
    if (!is_answerable(query)) {
        ++counts_.silent;
        return 0;
    }
    const MessageView view = MessageView::inspect(query, where.protocol == DnsProtocol::Mdns
                                                             ? wire::dns::Dialect::Multicast
                                                             : wire::dns::Dialect::Unicast);
    const std::uint16_t rcode = rcode_of(view);
    ++counts_.messages;
    counts_.malformed += rcode == kFormErr;
    counts_.refused += rcode == kNotImp || rcode == kBadVers;
    const bool edns = view.edns().present;
    Writer writer(out, limit_of(view, where) - (edns ? kOptBytes : 0));
    const ByteView questions = rcode == kFormErr ? ByteView{} : question_section(view);
    const bool echoes = writer.has_room(wire::dns::kHeaderBytes + questions.size());
    const std::uint16_t kept = view.header().flags & (0x7800U | wire::dns::kFlagRd);
    std::uint16_t flags =
        static_cast<std::uint16_t>(wire::dns::kFlagQr | wire::dns::kFlagAa | kept | (rcode & 0xfU));
    writer.put16(view.header().id);
    writer.put16(0);
    writer.put16(echoes && rcode != kFormErr ? view.questions_read() : 0U);
    writer.put16(0);
    writer.put16(0);
    writer.put16(edns ? 1 : 0);
    Records records{0, !echoes};
    if (echoes) writer.put(questions);
    if (echoes && rcode == 0) records = put_records(view, where, writer);
    if (records.cut) {
        flags |= wire::dns::kFlagTc;
        ++counts_.truncated;
    }
    writer.set16(2, flags);
    writer.set16(6, records.count);
    if (edns) {
        writer.widen(out, kOptBytes);
        put_opt(writer, rcode);
    }
    return writer.size();
}

// A question whose address does not fit cuts the answer; those behind it are not looked at.
MessageAnswerer::Records MessageAnswerer::put_records(const MessageView& view,
                                                      const AskedWhere& where,
                                                      Writer& writer) noexcept {
    Records records;
    auto cursor = view.questions();
    wire::dns::QuestionView question;
    while (cursor.next(question)) {
        ++counts_.questions;
        Family family{};
        wire::dns::NameBuffer name;
        std::optional<IpAddress> address;
        if (family_of(question, where.protocol, family) &&
            wire::dns::expand_name(view.bytes(), question.name_offset, name)) {
            const std::uint32_t id = where.has_id ? where.id : view.header().id;
            address = rule_.choose(family, {name.view(), where.second_of_day, id});
        }
        if (!address) {
            ++counts_.nodata;
            continue;
        }
        std::array<std::uint8_t, 2> pointer;
        const ByteView owner = owner_of(question, name, pointer);
        const ByteView data = address->bytes();
        if (!writer.has_room(owner.size() + kRecordBytes + data.size())) {
            records.cut = true;
            return records;
        }
        writer.put(owner);
        writer.put16(question.type);
        writer.put16(kClassIn);
        writer.put32(ttl_);
        writer.put16(static_cast<std::uint32_t>(data.size()));
        writer.put(data);
        ++records.count;
        ++counts_.addresses;
    }
    return records;
}

}  // namespace vedette::answerer
