#include "captures/listing/packet_csv.hpp"

#include <algorithm>
#include <utility>

#include "captures/listing/packet_summary.hpp"
#include "captures/listing/text_cursor.hpp"

namespace vedette::captures {
namespace {

using decode::PacketFacts;

constexpr std::string_view kTitles =
    "index,time,src_mac,dst_mac,src_ip,dst_ip,src_port,dst_port,protocol,length,summary";

/// Quoted when CSV asks for it, and with an apostrophe in front of what a spreadsheet would execute
/// (render/table/delimited.hpp).
void put_cell(TextCursor& out, std::string_view cell) noexcept {
    const bool formula =
        !cell.empty() && std::string_view("=+-@").find(cell.front()) != std::string_view::npos;
    const bool quote = std::ranges::any_of(cell, [](char c) { return c == ',' || c == '"'; });
    if (quote) out.put('"');
    if (formula) out.put('\'');
    if (!quote) return out.put(cell);
    for (const char c : cell) {
        if (c == '"') out.put('"');
        out.put(c);
    }
    out.put('"');
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
    char summary[256];
    TextCursor words(summary, summary + sizeof summary);
    append_summary(words, facts);
    put_cell(out, words.text());
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
