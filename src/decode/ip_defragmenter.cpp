#include "decode/ip_defragmenter.hpp"

#include <algorithm>

namespace vedette::decode {
namespace {

using wire::AnomalyId;

/// RFC 8200 4.5; RFC 1122 3.3.2 asks for 60 to 120 s.
constexpr Duration kTimeout = Duration::seconds(60);
constexpr std::uint32_t kMaxDatagram = 65'535;
/// A datagram costs at least this, so that empty ones cannot fill memory with bookkeeping.
constexpr std::size_t kDatagramCost = 256;
/// Ranges of one datagram: more holes than this are no network's doing.
constexpr std::size_t kMaxRanges = 64;

}  // namespace

std::size_t IpDefragmenter::KeyHash::operator()(const Key& key) const noexcept {
    const std::uint64_t rest = std::uint64_t{key.id} << 16U | key.version << 8U | key.protocol;
    return mix64(IpHash{}(key.source) * 31 + IpHash{}(key.destination) + rest);
}

// Copies the parts of `range` that are in no older range; bytes that are there already are
// compared.
AnomalyId IpDefragmenter::copy_new_bytes(Datagram& datagram, Range range, ByteView payload) {
    AnomalyId found = AnomalyId::None;
    std::uint32_t at = range.begin;
    for (const Range& old : datagram.ranges) {
        if (old.end <= at) continue;
        if (old.begin >= range.end) break;
        const std::uint32_t overlap_begin = std::max(old.begin, at);
        const std::uint32_t overlap_end = std::min(old.end, range.end);
        std::copy_n(payload.begin() + (at - range.begin), overlap_begin - at,
                    datagram.bytes.begin() + at);
        const ByteView again =
            payload.subspan(overlap_begin - range.begin, overlap_end - overlap_begin);
        const bool same =
            std::equal(again.begin(), again.end(), datagram.bytes.begin() + overlap_begin);
        // A fragment that is wholly there already, with the same bytes, is a duplicated packet.
        const bool duplicate = same && old.begin <= range.begin && old.end >= range.end;
        if (!duplicate) found = AnomalyId::FragmentOverlap;
        at = overlap_end;
    }
    std::copy_n(payload.begin() + (at - range.begin), range.end - at, datagram.bytes.begin() + at);
    return found;
}

AnomalyId IpDefragmenter::insert(Datagram& datagram, const wire::ip::IpView& fragment) {
    const Range range{
        fragment.fragment_offset,
        fragment.fragment_offset + static_cast<std::uint32_t>(fragment.payload.size())};
    if (range.end > kMaxDatagram) return AnomalyId::FragmentTooLong;
    const std::uint32_t size = static_cast<std::uint32_t>(datagram.bytes.size());
    const bool beyond_end = datagram.total != 0 && range.end > datagram.total;
    const bool second_end =
        !fragment.more_fragments &&
        (range.end < size || (datagram.total != 0 && range.end != datagram.total));
    if (beyond_end || second_end) return AnomalyId::FragmentOverlap;
    if (!fragment.more_fragments) datagram.total = range.end;
    if (fragment.fragment_offset == 0) datagram.protocol = fragment.protocol;
    if (range.begin == range.end) return AnomalyId::None;
    if (datagram.ranges.size() >= kMaxRanges) return AnomalyId::FragmentBudget;
    if (range.end > size) datagram.bytes.resize(range.end);
    const AnomalyId found = copy_new_bytes(datagram, range, fragment.payload);
    Range merged = range;
    std::erase_if(datagram.ranges, [&](const Range& old) {
        if (old.end < merged.begin || old.begin > merged.end) return false;
        merged = {std::min(old.begin, merged.begin), std::max(old.end, merged.end)};
        return true;
    });
    const auto place = std::ranges::lower_bound(datagram.ranges, merged.begin, {}, &Range::begin);
    datagram.ranges.insert(place, merged);
    return found;
}

void IpDefragmenter::drop_oldest() {
    const Order oldest = order_.front();
    order_.pop_front();
    const auto it = datagrams_.find(oldest.key);
    if (it == datagrams_.end() || it->second.generation != oldest.generation) return;
    bytes_ -= it->second.bytes.size() + kDatagramCost;
    datagrams_.erase(it);
}

// Completed datagrams leave stale entries behind; they may not outnumber the live ones.
void IpDefragmenter::compact_order() {
    if (order_.size() <= 2 * datagrams_.size() + 1'024) return;
    std::erase_if(order_, [this](const Order& order) {
        const auto it = datagrams_.find(order.key);
        return it == datagrams_.end() || it->second.generation != order.generation;
    });
}

void IpDefragmenter::expire(Timestamp time, Result& result) {
    while (!order_.empty() && time - order_.front().time > kTimeout) {
        const std::size_t before = datagrams_.size();
        drop_oldest();
        result.timed_out += static_cast<std::uint32_t>(before - datagrams_.size());
    }
}

void IpDefragmenter::make_room(std::size_t bytes, Result& result) {
    while (!order_.empty() && bytes_ + bytes > max_bytes_) {
        const std::size_t before = datagrams_.size();
        drop_oldest();
        result.dropped += static_cast<std::uint32_t>(before - datagrams_.size());
    }
}

IpDefragmenter::Result IpDefragmenter::add(Timestamp time, const wire::ip::IpView& fragment) {
    Result result;
    expire(time, result);
    make_room(fragment.fragment_offset + fragment.payload.size() + kDatagramCost, result);
    Key key{IpAddress::from_bytes(fragment.source), IpAddress::from_bytes(fragment.destination),
            fragment.fragment_id, fragment.version, 0};
    if (fragment.version == 4) key.protocol = fragment.protocol;
    auto [it, fresh] = datagrams_.try_emplace(key);
    Datagram& datagram = it->second;
    if (fresh) {
        datagram.generation = ++generation_;
        bytes_ += kDatagramCost;
        order_.push_back({key, datagram.generation, time});
        compact_order();
    }
    const std::size_t before = datagram.bytes.size();
    result.damage.report(insert(datagram, fragment), 0);
    bytes_ += datagram.bytes.size() - before;
    const bool whole = datagram.total != 0 && datagram.ranges.size() == 1 &&
                       datagram.ranges[0].begin == 0 && datagram.ranges[0].end == datagram.total;
    if (whole) {
        bytes_ -= datagram.bytes.size() + kDatagramCost;
        completed_ = std::move(datagram.bytes);
        result.complete = true;
        result.protocol = datagram.protocol;
        result.payload = ByteView(completed_).first(datagram.total);
        datagrams_.erase(it);
    }
    return result;
}

}  // namespace vedette::decode
