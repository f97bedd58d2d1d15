#include "service/dnsd/answer/zone_transfer.hpp"

#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

// Compression pointers reach 16 KiB, so larger messages are not smaller (RFC 5936 3.4).
constexpr std::size_t kMessageBytes = 16'000;
constexpr std::size_t kLargestMessage = 65'535;

/// Serial arithmetic (RFC 1982 3.2); half the circle apart counts as newer, so that it is sent.
bool is_newer(std::uint32_t ours, std::uint32_t theirs) noexcept {
    const std::uint32_t ahead = ours - theirs;
    return ahead != 0 && ahead <= 0x8000'0000U;
}

}  // namespace

ZoneTransfer::ZoneTransfer(ZonePointer zone, const Query& query, std::optional<TsigSession> tsig)
    : zone_(std::move(zone)), tsig_(std::move(tsig)), question_(query.name) {
    head_.assign(query.packet.begin(), query.packet.begin() + query.question_end);
    head_[2] = 0x84;  // QR, AA
    head_[3] = 0;
    for (std::size_t i = 4; i < kHeaderBytes; ++i)
        head_[i] = 0;
    head_[5] = 1;
    if (query.type == rr::kIxfr && query.known_serial)
        soa_only_ = !is_newer(zone_->serial(), *query.known_serial);
    node_ = zone_->next_block({});
    rrset_ = node_.first();
}

bool ZoneTransfer::put(MessageWriter& writer, NodeView node, RrsetView rrset,
                       std::uint16_t& count) {
    LookupName name;
    name.assign(node.name());
    OwnerName owner{0, &name, node.name()};
    const RrsetHeader& header = rrset.header();
    unsigned records = header.record_count + header.signature_count;
    bool done = false;
    if (rrset.type() != rr::kSoa) {
        done = writer.put_rrset(rrset, owner, {Signatures::Include, UINT32_MAX});
    } else if (stage_ == Stage::Records) {  // the record itself opens and closes the series
        records = header.signature_count;
        done = records == 0 || writer.put_signatures(rrset, owner);
    } else {
        records = header.record_count;
        done = writer.put_rrset(rrset, owner, {});
    }
    if (done) count = static_cast<std::uint16_t>(count + records);
    return done;
}

void ZoneTransfer::advance() noexcept {
    ++rrset_index_;
    if (rrset_index_ < node_.rrset_count()) {
        rrset_ = RrsetView(rrset_.next());
        return;
    }
    rrset_index_ = 0;
    do {
        node_ = zone_->next_block(node_);
    } while (node_ && node_.rrset_count() == 0);
    if (node_)
        rrset_ = node_.first();
    else
        stage_ = Stage::LastSoa;
}

// False when the record does not fit.
bool ZoneTransfer::put_next(MessageWriter& writer, std::uint16_t& count) {
    if (stage_ != Stage::Records) {
        if (!put(writer, zone_->apex(), zone_->soa(), count)) return false;
        stage_ = stage_ == Stage::FirstSoa && !soa_only_ ? Stage::Records : Stage::Done;
        return true;
    }
    if (!put(writer, node_, rrset_, count)) return false;
    advance();
    return true;
}

bool ZoneTransfer::next(std::vector<std::uint8_t>& message, std::uint64_t now) {
    if (stage_ == Stage::Done) return false;
    const std::size_t reserved = tsig_ ? tsig_->reserve() : 0;
    message.resize(kLargestMessage);
    std::uint16_t count = 0;
    // A message of the usual size; when not even one RRset fits, one of the largest.
    for (const std::size_t limit : {kMessageBytes, kLargestMessage}) {
        MessageWriter writer(message, limit - reserved);
        writer.keep_case();
        (void)writer.put(head_);
        writer.index_question(question_);
        while (stage_ != Stage::Done && put_next(writer, count)) {
        }
        if (count == 0) continue;
        message.resize(writer.size());
        message[6] = static_cast<std::uint8_t>(count >> 8U);
        message[7] = static_cast<std::uint8_t>(count);
        if (tsig_) tsig_->sign(message, now);
        ++messages_;
        return true;
    }
    stage_ = Stage::Done;  // an RRset over 64 KiB: the stream ends without its last SOA
    return false;
}

}  // namespace vedette::dnsd
