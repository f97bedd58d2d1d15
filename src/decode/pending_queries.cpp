#include "decode/pending_queries.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "wire/dns/message.hpp"

namespace vedette::decode {
namespace {

constexpr std::size_t kFirstIndexSize = 1024;

std::uint64_t load64(const std::uint8_t* bytes) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

}  // namespace

PendingQueries::PendingQueries(std::uint32_t max_queries, std::uint32_t max_bytes,
                               std::uint64_t seed)
    : max_queries_(std::max(max_queries, 1U)),
      index_(kFirstIndexSize),
      mask_(kFirstIndexSize - 1),
      block_count_(std::max(max_bytes / static_cast<std::uint32_t>(sizeof(Block)), 1U)) {
    entries_.reserve(max_queries_);
    blocks_ = std::make_unique_for_overwrite<Block[]>(block_count_);
    if (seed == 0 && ::getentropy(&seed, sizeof seed) != 0) {
        seed = 0x2545f4914f6cdd1dULL;  // a kernel without randomness has worse problems than this
    }
    for (std::uint64_t& secret : secrets_) {
        seed += 0x9e3779b97f4a7c15ULL;
        secret = mix64(seed) | 1U;
    }
}

// Multilinear: independent products, so that the processor computes them side by side.
std::uint32_t PendingQueries::hash(const ExchangeKey& key) const noexcept {
    const std::uint64_t ports =
        std::uint64_t{key.client_port} << 48U | std::uint64_t{key.server_port} << 32U |
        std::uint64_t{key.id} << 16U | static_cast<std::uint64_t>(key.transport);
    const std::uint64_t sum = (load64(key.client.octets.data()) ^ secrets_[5]) * secrets_[0] +
                              (load64(key.client.octets.data() + 8) ^ secrets_[4]) * secrets_[1] +
                              (load64(key.server.octets.data()) ^ secrets_[3]) * secrets_[2] +
                              (load64(key.server.octets.data() + 8) ^ secrets_[2]) * secrets_[3] +
                              (ports ^ secrets_[1]) * secrets_[4];
    return static_cast<std::uint32_t>(mix64(sum) >> 32U);
}

std::uint32_t PendingQueries::must_leave(std::uint32_t hash, std::size_t bytes) const noexcept {
    if (size_ >= max_queries_) return oldest_;
    if (blocks_for(bytes) > block_count_ - blocks_used_ + blocks_free_) return oldest_;
    const std::uint32_t first = index_[cell_of(hash)].slot;
    unsigned alike = 0;
    for (std::uint32_t slot = first; slot != kNone; slot = entries_[slot].alike_)
        ++alike;
    return alike >= kMaxAlike ? first : kNone;
}

/// The cell of this hash, or the empty one where it would stand.
std::size_t PendingQueries::cell_of(std::uint32_t hash) const noexcept {
    std::size_t at = hash & mask_;
    while (index_[at].slot != kNone && index_[at].hash != hash)
        at = (at + 1) & mask_;
    return at;
}

std::uint32_t PendingQueries::take_slot() {
    if (free_slot_ == kNone) {
        entries_.emplace_back();
        return static_cast<std::uint32_t>(entries_.size() - 1);
    }
    const std::uint32_t slot = free_slot_;
    free_slot_ = entries_[slot].newer_;
    return slot;
}

std::uint32_t PendingQueries::insert(const PendingQuery& query, std::uint32_t hash,
                                     ByteView message) {
    if (2 * (std::size_t{cells_} + 1) > index_.size()) grow_index();
    const std::uint32_t slot = take_slot();
    PendingQuery& entry = entries_[slot];
    entry = query;
    entry.hash_ = hash;
    entry.message_bytes_ = static_cast<std::uint32_t>(message.size());
    entry.message_block_ = store(message);
    link_newest(slot);
    ++size_;
    add_to_index(hash, slot);
    return slot;
}

void PendingQueries::erase(std::uint32_t slot) noexcept {
    PendingQuery& entry = entries_[slot];
    remove_from_index(entry.hash_, slot);
    release_blocks(entry.message_block_, entry.message_bytes_);
    unlink(slot);
    entry.newer_ = free_slot_;
    free_slot_ = slot;
    --size_;
}

void PendingQueries::renew(std::uint32_t slot, Timestamp time) noexcept {
    unlink(slot);
    link_newest(slot);
    entries_[slot].alive = time;
}

void PendingQueries::link_newest(std::uint32_t slot) noexcept {
    entries_[slot].older_ = newest_;
    entries_[slot].newer_ = kNone;
    (newest_ == kNone ? oldest_ : entries_[newest_].newer_) = slot;
    newest_ = slot;
}

void PendingQueries::unlink(std::uint32_t slot) noexcept {
    const PendingQuery& entry = entries_[slot];
    (entry.older_ == kNone ? oldest_ : entries_[entry.older_].newer_) = entry.newer_;
    (entry.newer_ == kNone ? newest_ : entries_[entry.newer_].older_) = entry.older_;
}

std::uint32_t PendingQueries::store(ByteView message) noexcept {
    std::uint32_t first = kNone;
    std::uint32_t* link = &first;
    while (!message.empty()) {
        std::uint32_t block = free_block_;
        if (block != kNone) {
            free_block_ = blocks_[block].next;
            --blocks_free_;
        } else {
            VEDETTE_ASSERT(blocks_used_ < block_count_);
            block = blocks_used_++;
        }
        Block& target = blocks_[block];
        const std::size_t part = std::min(message.size(), target.bytes.size());
        std::memcpy(target.bytes.data(), message.data(), part);
        message = message.subspan(part);
        target.next = kNone;
        *link = block;
        link = &target.next;
    }
    return first;
}

void PendingQueries::release_blocks(std::uint32_t first, std::uint32_t bytes) noexcept {
    for (std::uint32_t count = blocks_for(bytes); count != 0; --count) {
        const std::uint32_t next = blocks_[first].next;
        blocks_[first].next = free_block_;
        free_block_ = first;
        ++blocks_free_;
        first = next;
    }
}

// Queries that are sent again and again make chains, not long runs of cells that every other query
// would have to step over.
void PendingQueries::add_to_index(std::uint32_t hash, std::uint32_t slot) noexcept {
    IndexCell& cell = index_[cell_of(hash)];
    entries_[slot].alike_ = kNone;
    if (cell.slot == kNone) {
        cell = {hash, slot};
        ++cells_;
        return;
    }
    std::uint32_t last = cell.slot;
    while (entries_[last].alike_ != kNone)
        last = entries_[last].alike_;
    entries_[last].alike_ = slot;
}

// Deletion moves later cells of the run back, so that no tombstones slow down a long-lived table.
void PendingQueries::remove_from_index(std::uint32_t hash, std::uint32_t slot) noexcept {
    std::size_t hole = cell_of(hash);
    std::uint32_t* link = &index_[hole].slot;
    while (*link != slot)
        link = &entries_[*link].alike_;
    *link = entries_[slot].alike_;
    if (index_[hole].slot != kNone) return;
    --cells_;
    for (std::size_t at = (hole + 1) & mask_; index_[at].slot != kNone; at = (at + 1) & mask_) {
        const std::size_t home = index_[at].hash & mask_;
        if (((at - home) & mask_) < ((at - hole) & mask_))
            continue;  // its home lies after the hole
        index_[hole] = index_[at];
        hole = at;
    }
    index_[hole].slot = kNone;
}

void PendingQueries::grow_index() {
    const std::vector<IndexCell> before = std::exchange(index_, {});
    index_.resize(before.size() * 2);
    mask_ = index_.size() - 1;
    for (const IndexCell& cell : before) {
        if (cell.slot != kNone) index_[cell_of(cell.hash)] = cell;
    }
}

ByteView PendingQueries::question_name(std::uint32_t slot,
                                       wire::dns::NameBuffer& buffer) const noexcept {
    const PendingQuery& entry = entries_[slot];
    if (entry.qname_length == 0) return {};
    const Block* block = &blocks_[entry.message_block_];
    std::size_t from = wire::dns::kHeaderBytes;
    if (from + entry.qname_length <= block->bytes.size()) {
        return ByteView(block->bytes).subspan(from, entry.qname_length);
    }
    for (buffer.length = 0; buffer.length < entry.qname_length; from = 0) {
        const std::size_t part =
            std::min<std::size_t>(entry.qname_length - buffer.length, block->bytes.size() - from);
        std::memcpy(buffer.bytes.data() + buffer.length, block->bytes.data() + from, part);
        buffer.length = static_cast<std::uint8_t>(buffer.length + part);
        if (buffer.length < entry.qname_length) block = &blocks_[block->next];
    }
    return buffer.view();
}

ByteSlice PendingQueries::copy_message(std::uint32_t slot, ByteArena& arena) const {
    const PendingQuery& entry = entries_[slot];
    ByteSlice slice{static_cast<std::uint32_t>(arena.size()), entry.message_bytes_};
    std::uint32_t block = entry.message_block_;
    for (std::uint32_t left = entry.message_bytes_; left != 0; block = blocks_[block].next) {
        const auto part = std::min<std::uint32_t>(left, sizeof(Block::bytes));
        arena.append(ByteView(blocks_[block].bytes).first(part));
        left -= part;
    }
    return slice;
}

}  // namespace vedette::decode
