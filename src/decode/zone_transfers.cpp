#include "decode/zone_transfers.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace vedette::decode {
namespace {

constexpr std::uint16_t kTypeSoa = 6;
constexpr std::uint16_t kTypeAxfr = 252;

struct SoaCount {
    std::uint32_t soas = 0;
    bool last_is_soa = false;
};

SoaCount count_soas(const wire::dns::MessageView& message) noexcept {
    SoaCount found;
    auto records = message.records();
    wire::dns::RecordView record;
    while (records.next(record) && record.section == wire::dns::Section::Answer) {
        found.last_is_soa = record.type == kTypeSoa;
        if (found.last_is_soa) ++found.soas;
    }
    return found;
}

}  // namespace

std::uint32_t ZoneTransfers::begin(const DnsTransaction& answer, ByteView message) {
    auto free = std::ranges::find(transfers_, false, &Transfer::running);
    if (free == transfers_.end()) {
        if (transfers_.size() == kMaxRunning) return kNone;
        free = transfers_.emplace(transfers_.end());
    }
    free->answer = answer;
    free->answer.answer_messages = 0;
    free->answer.response_bytes = 0;
    free->message.assign(message.begin(), message.end());
    free->soas = 0;
    free->running = true;
    return static_cast<std::uint32_t>(free - transfers_.begin());
}

bool ZoneTransfers::add(std::uint32_t slot, std::uint16_t qtype,
                        const wire::dns::MessageView& message, std::uint32_t wire_bytes,
                        wire::Damage damage) noexcept {
    Transfer& transfer = transfers_[slot];
    VEDETTE_ASSERT(transfer.running);
    ++transfer.answer.answer_messages;
    transfer.answer.response_bytes =
        std::max(transfer.answer.response_bytes, transfer.answer.response_bytes + wire_bytes);
    if (!transfer.answer.response_damage) transfer.answer.response_damage = damage;
    const SoaCount found = count_soas(message);
    transfer.soas += found.soas;
    // An incremental transfer has more SOAs inside than message boundaries tell: it ends by
    // silence.
    if (message.header().rcode() != 0 || message.header().counts[1] == 0) return true;
    return qtype == kTypeAxfr && transfer.soas >= 2 && found.last_is_soa;
}

void ZoneTransfers::finish(std::uint32_t slot, DnsTransaction& event, ByteArena& arena) {
    Transfer& transfer = transfers_[slot];
    VEDETTE_ASSERT(transfer.running);
    const DnsTransaction& answer = transfer.answer;
    event.response_time = answer.response_time;
    event.response_packet = answer.response_packet;
    event.response_flags = answer.response_flags;
    event.rcode = answer.rcode;
    event.marks |= answer.marks;
    event.response_bytes = answer.response_bytes;
    event.response_damage = answer.response_damage;
    event.answer_messages = answer.answer_messages;
    event.response_message = arena.append(transfer.message);
    transfer.running = false;
    transfer.message.clear();
}

}  // namespace vedette::decode
