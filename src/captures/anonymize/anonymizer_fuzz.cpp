// Any bytes as packets of any link type. As many come out, as long; a sound DNS message stays as
// sound, with as many records; no label of four bytes or more is what it was.
#include <cstdlib>
#include <string>

#include "captures/anonymize/anonymizer.hpp"
#include "captures/anonymize/disguise.hpp"
#include "captures/anonymize/dns_scrub.hpp"
#include "wire/dns/message.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

AnonymizeKey key() {
    AnonymizeKey::Bytes bytes{};
    bytes.fill(5);
    return AnonymizeKey(bytes);
}

void require(bool condition) {
    if (!condition) std::abort();
}

struct Counter final : PacketTaker {
    Result<void> on_packet(const sys::PacketRecord& packet) override {
        ++packets;
        bytes += packet.captured;
        return {};
    }
    std::size_t packets = 0;
    std::size_t bytes = 0;
};

/// Labels that may stay at some place of some name, and the protocols' own names.
bool may_stay(const std::string& label) {
    for (const char* word : {"in-addr", "bind", "server", "version", "hostname", "authors",
                             "use-application-dns", "ipv4only", "resolver", "home"}) {
        if (label == word) return true;
    }
    return is_kept_label(label, LabelPlace::Inner) || is_kept_label(label, LabelPlace::Last);
}

/// The labels of a name whose bytes stand in one run, against those at the same place.
void expect_other_labels(ByteView before, ByteView after, std::uint32_t offset) {
    wire::Reader in{before.subspan(offset)};
    while (in.ok() && in.peek() != 0 && in.peek() < 64) {
        const std::size_t length = in.u8();
        const std::size_t at = offset + in.offset();
        const ByteView label = in.bytes(length);
        if (!in.ok() || length < 4) continue;
        std::string text(as_text(label));
        for (char& c : text)
            c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        if (!may_stay(text)) require(as_text(after.subspan(at, length)) != as_text(label));
    }
}

void check_message(ByteView bytes) {
    static Disguise disguise(key());
    static DnsScrub scrub(disguise);
    std::vector<std::uint8_t> out(bytes.size(), 0);
    scrub.scrub({bytes, out}, DnsProtocol::Dns);
    const auto before = wire::dns::MessageView::inspect(bytes);
    const auto after = wire::dns::MessageView::inspect(out);
    if (before.damage()) return;
    require(!after.damage());
    require(after.questions_read() == before.questions_read());
    for (const auto section : {wire::dns::Section::Answer, wire::dns::Section::Authority,
                               wire::dns::Section::Additional}) {
        require(after.records_read(section) == before.records_read(section));
    }
    require(after.full_rcode() == before.full_rcode());
    // Names that run into each other's bytes belong to nobody; only a message's own order is told.
    wire::dns::QuestionView question;
    auto questions = before.questions();
    if (before.questions_read() == 1 && before.header().counts[1] == 0 &&
        before.header().counts[2] == 0 && before.header().counts[3] == 0 &&
        questions.next(question)) {
        expect_other_labels(bytes, out, question.name_offset);
    }
}

void check_packets(ByteView bytes) {
    Counter counter;
    Anonymizer anonymizer(key(), {.max_held_bytes = 4'096}, counter);
    wire::Reader in{bytes};
    std::size_t packets = 0;
    std::size_t total = 0;
    const std::uint16_t link_type = in.u8();
    while (!in.at_end()) {
        const std::size_t length = in.u16() % 2'048U;
        const ByteView packet = in.bytes(std::min(length, in.remaining()));
        sys::PacketRecord record;
        record.time = Timestamp{static_cast<std::int64_t>(packets) * 300'000'000};
        record.data = packet.data();
        record.captured = record.original = static_cast<std::uint32_t>(packet.size());
        record.link_type = link_type;
        require(anonymizer.add(record).has_value());
        ++packets;
        total += packet.size();
    }
    require(anonymizer.finish().has_value());
    require(counter.packets == packets);
    require(counter.bytes == total);
}

}  // namespace
}  // namespace vedette::captures

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const vedette::ByteView bytes(data, size);
    vedette::captures::check_message(bytes);
    vedette::captures::check_packets(bytes);
    return 0;
}
