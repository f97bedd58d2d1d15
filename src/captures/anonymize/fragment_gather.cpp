#include "captures/anonymize/fragment_gather.hpp"

#include <algorithm>

#include "model/address.hpp"

namespace vedette::captures {
namespace {

constexpr std::size_t kMaxDatagrams = 1'024;
constexpr std::uint32_t kMaxDatagramBytes = 65'535;
constexpr std::uint32_t kUnit = 8;  // RFC 791 3.1

}  // namespace

std::size_t FragmentGather::KeyHash::operator()(const Key& key) const noexcept {
    IpAddress source;
    IpAddress destination;
    source.octets = key.source;
    destination.octets = key.destination;
    const IpHash hash;
    return mix64(hash(source) * 31 + hash(destination) +
                 (std::uint64_t{key.id} << 8U | key.protocol) * 0x9e3779b97f4a7c15ULL);
}

void FragmentGather::add(const FragmentPiece& fragment, std::uint32_t offset) {
    const auto length = static_cast<std::uint32_t>(fragment.bytes.size());
    if (length == 0 || fragment.offset + length > kMaxDatagramBytes) return;
    if (datagrams_.size() >= kMaxDatagrams) give_up_all();
    // Only the first fragment of an IPv6 datagram says what is inside (RFC 8200 4.5).
    const std::uint32_t kind = fragment.ends.size == 4 ? fragment.protocol : 0;
    const Key key{fragment.ends.source, fragment.ends.destination, fragment.id, kind};
    Datagram& datagram = datagrams_[key];
    if (datagram.pieces.empty() || fragment.offset == 0) datagram.first = fragment;
    datagram.has_first = datagram.has_first || fragment.offset == 0;
    if (fragment.last) datagram.length = fragment.offset + length;
    const std::uint32_t end = fragment.offset + length;
    if (datagram.bytes.size() < end) {
        datagram.bytes.resize(end);
        datagram.filled.resize((end + kUnit - 1) / kUnit);
    }
    for (std::uint32_t at = fragment.offset; at < end; at += kUnit) {
        if (datagram.filled[at / kUnit]) continue;
        datagram.filled[at / kUnit] = true;
        const std::uint32_t count = std::min(kUnit, end - at);
        std::ranges::copy(fragment.bytes.subspan(at - fragment.offset, count),
                          datagram.bytes.begin() + at);
    }
    const Piece piece{packets_.newest(), offset, length, fragment.offset};
    datagram.pieces.push_back(piece);
    packets_.open(piece);
    if (!is_whole(datagram)) return;
    finish(datagram);
    datagrams_.erase(key);
}

bool FragmentGather::is_whole(const Datagram& datagram) noexcept {
    if (datagram.length == 0 || datagram.bytes.size() < datagram.length) return false;
    return std::ranges::all_of(datagram.filled, [](bool filled) { return filled; });
}

// What is there without a gap from the beginning is scrubbed; the rest stays zero.
void FragmentGather::finish(Datagram& datagram) {
    std::vector<std::uint8_t> out(datagram.bytes.size(), 0);
    const auto hole = std::ranges::find(datagram.filled, false);
    const bool whole = hole == datagram.filled.end() && datagram.length != 0;
    std::size_t usable = whole ? std::min<std::size_t>(datagram.length, out.size())
                               : static_cast<std::size_t>(hole - datagram.filled.begin()) * kUnit;
    usable = std::min(usable, out.size());
    if (datagram.has_first && usable != 0) {
        std::vector<ChecksumJob> jobs;
        const std::span<std::uint8_t> written = std::span(out).first(usable);
        const Canvas canvas(ByteView(datagram.bytes).first(usable), written);
        scrub_.datagram(canvas, datagram.first, whole ? 0 : 1, jobs);
        mend(jobs, written);
    }
    for (const Piece& piece : datagram.pieces) {
        packets_.write(piece, out);
        packets_.close(piece);
    }
}

void FragmentGather::give_up(std::uint64_t packet) {
    for (auto at = datagrams_.begin(); at != datagrams_.end();) {
        const auto here = at++;
        const bool has = std::ranges::any_of(
            here->second.pieces, [packet](const Piece& piece) { return piece.packet == packet; });
        if (!has) continue;
        finish(here->second);
        datagrams_.erase(here);
    }
}

void FragmentGather::give_up_all() {
    for (auto& [key, datagram] : datagrams_)
        finish(datagram);
    datagrams_.clear();
}

}  // namespace vedette::captures
