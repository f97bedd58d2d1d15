// What one append() leaves for the storage thread: rows with dictionary ids already assigned, and
// the dictionary entries that are new. Everything of variable length lies in one arena, so a job
// is a handful of allocations and is reused. Owned by one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "model/address.hpp"
#include "model/dhcp_message.hpp"
#include "model/event_batch.hpp"
#include "store/sqlite/dictionary_entries.hpp"

namespace vedette::store {

/// Keys under which a row can be found; see index_keys.hpp.
struct RowKeys {
    std::uint32_t client = 0;
    std::uint32_t name = 0;
    std::uint32_t domain = 0;
    std::uint32_t server = 0;
    std::uint32_t form = 0;
    std::uint16_t vendor = 0;  ///< 0 is none
    std::uint16_t type = 0;
    bool named = false;  ///< there is a question: name, domain and type count
};

/// A row of table dns. Zero ids and kNoLatency are NULL.
struct DnsRow {
    static constexpr std::int64_t kNoLatency = -1;

    std::int64_t time = 0;              ///< ns since the epoch
    std::int64_t latency = kNoLatency;  ///< us
    std::int64_t sizes = 0;             ///< response bytes << 16 | query bytes
    std::uint32_t client = 0;
    std::uint32_t server = 0;
    std::int32_t ports = 0;  ///< client port << 16 | message id
    std::uint32_t name = 0;
    std::uint32_t form = 0;
    std::uint32_t answers = 0;
    std::uint32_t ttl = 0;  ///< seconds, when every record has the same
    ByteSlice ttls;         ///< else the text of column ttl
    std::uint16_t type = 0;
};

struct ExtraEntry {
    std::int64_t row = 0;
    ByteSlice name_case;
    std::uint32_t damage_offset = 0;
    std::uint32_t answer_messages = 0;
    bool damaged = false;
    ByteSlice query;
    ByteSlice response;
};

/// What a client did since the last commit.
struct ClientChange {
    MacAddress mac;
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::uint64_t queries = 0;
    std::uint64_t answers = 0;
    std::uint64_t dhcp_messages = 0;
};

/// A host name or address seen with a client.
struct ClientTrait {
    MacAddress mac;
    std::int64_t time = 0;
    ByteSlice text;
};

struct WriteJob {
    std::int64_t first_row = 0;  ///< of rows; they are numbered without gaps
    std::vector<DnsRow> rows;
    std::vector<RowKeys> keys;  ///< one per row
    std::vector<TextEntry> vendors;
    std::vector<HostEntry> hosts;
    std::vector<ServerEntry> servers;
    std::vector<FormEntry> forms;
    std::vector<TextEntry> names;
    std::vector<TextEntry> rdata;
    std::vector<RecordEntry> records;
    std::vector<AnswerEntry> answers;
    std::vector<ExtraEntry> extras;
    std::vector<ClientChange> clients;
    std::vector<ClientTrait> client_hosts;
    std::vector<ClientTrait> client_addresses;
    EventBatch slow;  ///< DHCP messages, leases, neighbours, anomalies; own arena and origin
    ByteArena bytes;

    /// Events whose loss would be counted.
    [[nodiscard]] std::size_t events() const noexcept { return rows.size() + slow.size(); }
    void clear() noexcept {
        rows.clear();
        keys.clear();
        vendors.clear();
        hosts.clear();
        servers.clear();
        forms.clear();
        names.clear();
        rdata.clear();
        records.clear();
        answers.clear();
        extras.clear();
        clients.clear();
        client_hosts.clear();
        client_addresses.clear();
        slow.clear();
        bytes.clear();
    }
};

}  // namespace vedette::store
