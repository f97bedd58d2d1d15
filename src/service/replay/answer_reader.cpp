#include "service/replay/answer_reader.hpp"

#include "wire/dns/message.hpp"

namespace vedette::replay {
namespace {

constexpr std::uint16_t kTypeA = 1;
constexpr std::uint16_t kTypeAaaa = 28;

bool is_address(const wire::dns::RecordView& record, std::uint16_t asked) noexcept {
    if (record.type != kTypeA && record.type != kTypeAaaa) return false;
    if (asked == kTypeA || asked == kTypeAaaa) {
        if (record.type != asked) return false;
    }
    return record.rdata.size() == (record.type == kTypeA ? 4U : 16U);
}

bool is_owned(ByteView message, const wire::dns::RecordView& record, ByteView owner) noexcept {
    if (owner.empty()) return true;
    wire::dns::NameBuffer name;
    return wire::dns::expand_name(message, record.owner_offset, name) &&
           wire::dns::equal_names(name.view(), owner);
}

}  // namespace

AnswerHead read_head(ByteView message) noexcept {
    return {.cut = (message[2] & 0x02U) != 0};
}

void read_answer(ByteView message, const Sought& sought, Outcome& row) noexcept {
    const auto view = wire::dns::MessageView::inspect(message);
    row.rcode = view.full_rcode();
    row.answers = 0;
    auto cursor = view.records();
    wire::dns::RecordView record;
    while (cursor.next(record) && record.section == wire::dns::Section::Answer) {
        if (!is_owned(message, record, sought.owner)) continue;
        ++row.answers;
        if (row.has_address || !is_address(record, sought.type)) continue;
        row.address = IpAddress::from_bytes(record.rdata);
        row.has_address = true;
    }
}

}  // namespace vedette::replay
