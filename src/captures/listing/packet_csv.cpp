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

constexpr std::string_view kFormula = "=+-@";

/// As render/table/delimited.hpp writes cells.
void put_special(TextCursor& out, std::string_view cell) noexcept {
    const bool formula = kFormula.contains(cell[0]);
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
    const bool formula = !written.empty() && kFormula.contains(written[0]);
    if (!formula && !out.needs_quotes()) return;
    std::array<char, 256> copy;
    const std::size_t count = std::min(written.size(), copy.size());
    std::memcpy(copy.data(), begin, count);
    out.back_to(begin);
    put_special(out, {copy.data(), count});
}

void put_row(TextCursor& out, const PacketFacts& facts) noexcept {
    out.number(facts.packet);
    out.put(',');
    out.epoch(facts.time);
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
    out.put(info(facts.protocol).name);
    out.put(',');
    out.number(facts.original);
    out.put(',');
    put_summary(out, facts);
    out.put('\n');
}

}  // namespace

PacketCsv::PacketCsv(Write write)
    : write_(std::move(write)), buffer_(std::make_unique<char[]>(kBufferBytes)) {
    TextCursor out(buffer_.get(), buffer_.get() + kBufferBytes);
    out.put(kTitles);
    out.put('\n');
    used_ = out.text().size();
}

std::string_view PacketCsv::titles() noexcept {
    return kTitles;
}

Result<void> PacketCsv::add(const PacketFacts& facts) {
    if (kBufferBytes - used_ < kMaxRowBytes) {
        VEDETTE_TRY(finish());
    }
    TextCursor out(buffer_.get() + used_, buffer_.get() + used_ + kMaxRowBytes);
    put_row(out, facts);
    used_ += out.text().size();
    ++rows_;
    return {};
}

Result<void> PacketCsv::finish() {
    const std::string_view text(buffer_.get(), used_);
    used_ = 0;
    return write_(text);
}

}  // namespace vedette::captures
