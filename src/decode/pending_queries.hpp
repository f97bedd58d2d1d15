// The queries that wait for an answer. A hand-made table: open addressing by addresses, ports and
// id, those alike in a chain, entries in a slab, message bytes in 64-byte blocks, an age list
// through the entries. Nothing is allocated per message, memory grows with use up to the limits,
// and a secret seed keeps senders from choosing colliding keys. Single thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/address.hpp"
#include "model/dns_transaction.hpp"
#include "wire/dns/name.hpp"

namespace vedette::decode {

/// What a query and its answer have in common besides the question.
struct ExchangeKey {
    IpAddress client;
    IpAddress server;
    std::uint16_t client_port = 0;
    std::uint16_t server_port = 0;
    std::uint16_t id = 0;
    Transport transport = Transport::Udp;

    friend bool operator==(const ExchangeKey&, const ExchangeKey&) noexcept = default;
};

/// A query as it waits; its message is in the table's blocks.
struct PendingQuery {
    ExchangeKey key;
    DnsProtocol protocol = DnsProtocol::Dns;
    std::uint8_t qname_length = 0;  ///< bytes at offset 12 of the message; 0 without a question
    Timestamp time;
    Timestamp alive;  ///< counts for expiry: the query, then each transfer message
    std::uint64_t packet = 0;
    MacAddress link_source;
    MacAddress link_destination;
    MacAddress edns_mac;
    bool has_link = false;
    std::uint16_t vlan = 0;
    std::uint16_t interface = 0;
    std::uint16_t qtype = 0;
    std::uint16_t qclass = 0;
    std::uint16_t flags = 0;
    std::uint16_t marks = 0;
    std::uint32_t bytes = 0;  ///< of the message on the wire
    wire::Damage damage;
    std::uint32_t transfer = UINT32_MAX;  ///< the slot in Transfers once an AXFR or IXFR runs

  private:
    friend class PendingQueries;
    std::uint32_t hash_ = 0;
    std::uint32_t older_ = 0;
    std::uint32_t newer_ = 0;
    std::uint32_t alike_ = 0;  // the next younger one with this hash
    std::uint32_t message_block_ = 0;
    std::uint32_t message_bytes_ = 0;
};

class PendingQueries {
  public:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    /// Queries with the same key (retransmissions) that may wait at once.
    static constexpr unsigned kMaxAlike = 32;

    /// `seed` 0 draws one from the system.
    PendingQueries(std::uint32_t max_queries, std::uint32_t max_bytes, std::uint64_t seed);

    [[nodiscard]] std::uint32_t hash(const ExchangeKey& key) const noexcept;
    /// Who has to leave before a query of `bytes` with this hash can enter; kNone when nobody.
    [[nodiscard]] std::uint32_t must_leave(std::uint32_t hash, std::size_t bytes) const noexcept;
    /// Whether a message of `bytes` fits an empty table at all.
    [[nodiscard]] bool can_hold(std::size_t bytes) const noexcept {
        return blocks_for(bytes) <= block_count_;
    }
    /// Adds a query as the newest; must_leave() was asked.
    std::uint32_t insert(const PendingQuery& query, std::uint32_t hash, ByteView message);
    void erase(std::uint32_t slot) noexcept;
    /// Makes a query the newest again, alive at `time`.
    void renew(std::uint32_t slot, Timestamp time) noexcept;

    /// The oldest query with this key that `accept` takes, or kNone.
    template <typename Accept>
    [[nodiscard]] std::uint32_t find(const ExchangeKey& key, std::uint32_t hash,
                                     Accept&& accept) const {
        std::uint32_t slot = index_[cell_of(hash)].slot;
        while (slot != kNone && !(entries_[slot].key == key && accept(slot)))
            slot = entries_[slot].alike_;
        return slot;
    }

    [[nodiscard]] PendingQuery& at(std::uint32_t slot) noexcept { return entries_[slot]; }
    [[nodiscard]] const PendingQuery& at(std::uint32_t slot) const noexcept {
        return entries_[slot];
    }
    [[nodiscard]] std::uint32_t oldest() const noexcept { return oldest_; }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

    /// The question's name in wire form; `buffer` is used when the message is in several blocks.
    [[nodiscard]] ByteView question_name(std::uint32_t slot,
                                         wire::dns::NameBuffer& buffer) const noexcept;
    /// Appends the message to an arena.
    ByteSlice copy_message(std::uint32_t slot, ByteArena& arena) const;

  private:
    struct IndexCell {
        std::uint32_t hash = 0;
        std::uint32_t slot = kNone;  // the oldest of those with this hash, which chain the others
    };
    struct Block {
        std::uint32_t next;
        std::array<std::uint8_t, 60> bytes;
    };

    [[nodiscard]] static std::uint32_t blocks_for(std::size_t bytes) noexcept {
        return static_cast<std::uint32_t>((bytes + sizeof(Block::bytes) - 1) /
                                          sizeof(Block::bytes));
    }
    [[nodiscard]] std::size_t cell_of(std::uint32_t hash) const noexcept;
    std::uint32_t take_slot();
    void link_newest(std::uint32_t slot) noexcept;
    void unlink(std::uint32_t slot) noexcept;
    std::uint32_t store(ByteView message) noexcept;
    void release_blocks(std::uint32_t first, std::uint32_t bytes) noexcept;
    void add_to_index(std::uint32_t hash, std::uint32_t slot) noexcept;
    void remove_from_index(std::uint32_t hash, std::uint32_t slot) noexcept;
    void grow_index();

    std::array<std::uint64_t, 6> secrets_{};
    std::uint32_t max_queries_;
    std::uint32_t size_ = 0;
    std::uint32_t oldest_ = kNone;
    std::uint32_t newest_ = kNone;
    std::uint32_t free_slot_ = kNone;  // chained through newer_
    std::vector<PendingQuery> entries_;
    std::vector<IndexCell> index_;
    std::uint32_t cells_ = 0;  // in use
    std::size_t mask_;
    std::unique_ptr<Block[]> blocks_;  // untouched pages cost nothing
    std::uint32_t block_count_;
    std::uint32_t blocks_used_ = 0;  // ever touched
    std::uint32_t blocks_free_ = 0;  // in the free chain
    std::uint32_t free_block_ = kNone;
};

}  // namespace vedette::decode
