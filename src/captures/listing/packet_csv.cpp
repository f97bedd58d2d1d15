#include "captures/listing/packet_csv.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "captures/listing/packet_summary.hpp"
#include "captures/listing/text_cursor.hpp"

namespace vedette::captures {
namespace {

using decode::PacketFacts;

constexpr std::string_view kTitles =
    "index,time,src_mac,dst_mac,src_ip,dst_ip,src_port,dst_port,protocol,length,summary";

/// A batch of packets takes more.
constexpr std::size_t kFirstBytes = 256U << 10U;

constexpr bool is_formula(char c) noexcept {
    return c == '=' || c == '+' || c == '-' || c == '@';
}

/// As render/table/delimited.hpp writes cells.
void put_special(TextCursor& out, std::string_view cell) noexcept {
    const bool formula = is_formula(cell[0]);
    const bool quote = cell.contains(',') || cell.contains('"');
    if (quote) out.put('"');
    if (formula) out.put('\'');
    for (const char c : cell) {
        if (c == '"') out.put('"');
        out.put(c);
    }
    if (quote) out.put('"');
}

/// The summary is written in place; the few that need quotation marks are written again.
void put_summary(TextCursor& out, const PacketFacts& facts) noexcept {
    char* const begin = out.at();
    append_summary(out, facts);
    const std::string_view written(begin, static_cast<std::size_t>(out.at() - begin));
    const bool formula = !written.empty() && is_formula(written[0]);
    if (!formula && !out.needs_quotes()) return;
    std::array<char, 256> copy;
    const std::size_t count = std::min(written.size(), copy.size());
    std::memcpy(copy.data(), begin, count);
    out.back_to(begin);
    put_special(out, {copy.data(), count});
}

const Word& protocol_word(decode::ProtocolId id) noexcept {
    static const auto words = [] {
        std::array<Word, decode::kProtocols> table;
        for (std::size_t i = 0; i < table.size(); ++i)
            table[i] = Word(info(static_cast<decode::ProtocolId>(i)).name);
        return table;
    }();
    return words[static_cast<std::size_t>(id)];
}

}  // namespace

void PacketCsv::put_row(TextCursor& out, const PacketFacts& facts) noexcept {
    put_index(out, facts.packet);
    put_time(out, facts.time);
    out.put(',');
    if (facts.has_link) out.mac(facts.link_source);
    out.put(',');
    if (facts.has_link) out.mac(facts.link_destination);
    out.put(',');
    const bool addresses = facts.has_ip || facts.protocol == decode::ProtocolId::Arp;
    if (addresses) out.ip(facts.source);
    out.put(',');
    if (addresses) out.ip(facts.destination);
    out.put(',');
    if (facts.has_ports) out.number(facts.source_port);
    out.put(',');
    if (facts.has_ports) out.number(facts.destination_port);
    out.put(',');
    out.put(protocol_word(facts.protocol));
    out.put(',');
    out.number(facts.original);
    out.put(',');
    put_summary(out, facts);
    out.put('\n');
}

/// Packets come one after the other: nine of ten times only the last digit is another one. It is
/// changed after the text was used, as a copy of bytes just stored would wait for them.
void PacketCsv::put_index(TextCursor& out, std::uint64_t index) noexcept {
    if (index != next_index_) [[unlikely]] {
        TextCursor text(index_text_.text, index_text_.text + Word::kMost);
        text.number(index);
        text.put(',');
        index_text_.length = static_cast<std::uint8_t>(text.text().size());
    }
    out.put(index_text_);
    char& digit = index_text_.text[index_text_.length - 2];
    next_index_ = digit != '9' ? index + 1 : 0;
    digit = static_cast<char>(digit + 1);
}

/// As TextCursor::epoch(), but nearly all packets come within the same second as the one before.
void PacketCsv::put_time(TextCursor& out, Timestamp time) noexcept {
    const std::int64_t nanos = std::max<std::int64_t>(time.nanos, 0);
    if (nanos / kNanosPerSecond != second_) [[unlikely]] {
        second_ = nanos / kNanosPerSecond;
        TextCursor text(second_text_.text, second_text_.text + Word::kMost);
        text.number(static_cast<std::uint64_t>(second_));
        text.put('.');
        second_text_.length = static_cast<std::uint8_t>(text.text().size());
    }
    out.put(second_text_);
    out.nine_digits(static_cast<std::uint32_t>(nanos - second_ * kNanosPerSecond));
}

std::string_view PacketCsv::titles() noexcept {
    return kTitles;
}

void PacketCsv::grow() {
    const std::size_t larger = std::max(kFirstBytes, size_ * 2);
    auto buffer = std::make_unique_for_overwrite<char[]>(larger);
    if (used_ != 0) std::memcpy(buffer.get(), buffer_.get(), used_);
    buffer_ = std::move(buffer);
    size_ = larger;
}

void PacketCsv::add(const PacketFacts& facts) {
    if (size_ - used_ < kMaxRowBytes) grow();
    char* const begin = buffer_.get() + used_;
    TextCursor out(begin, begin + kMaxRowBytes);
    put_row(out, facts);
    used_ += out.text().size();
}

}  // namespace vedette::captures
