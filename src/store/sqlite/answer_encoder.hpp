// Answers by reference: a response's records become the id of an answer set, their TTLs stay with
// the row, because TTLs count down in caches while the records repeat. Two steps: the message's
// own bytes (TTLs, EDNS and letter case of the question taken out) are looked up first, and only
// when they are new are the records expanded, interned and printed. Not thread safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "model/dns_transaction.hpp"
#include "render/rdata_text.hpp"
#include "store/sqlite/fingerprint.hpp"
#include "store/sqlite/intern_table.hpp"
#include "store/sqlite/name_dictionary.hpp"
#include "store/sqlite/write_job.hpp"
#include "wire/dns/message.hpp"

namespace vedette::store {

/// Ids that come next; they go on where the file ends.
struct AnswerIds {
    std::uint32_t rdata = 1;
    std::uint32_t record = 1;
    std::uint32_t answer = 1;
};

class AnswerEncoder {
  public:
    AnswerEncoder(const Fingerprinter& print, NameDictionary& names, AnswerIds next);

    /// A response's identity, and its TTLs as far as they are one number.
    struct Shape {
        Fingerprint print;
        std::uint32_t ttl = 0;
        bool has_records = false;
        bool uniform = true;  ///< every TTL is `ttl`
    };
    /// Reads a response as captured. Fetches ahead what encode() will need.
    [[nodiscard]] Shape prepare(ByteView message, DnsProtocol protocol);
    /// Fills answers, ttl and ttls of `row` from a response and its prepare().
    void encode(ByteView message, DnsProtocol protocol, const Shape& shape, DnsRow& row,
                WriteJob& job);

    /// Entries that the file already has.
    void seed_rdata(std::string_view text, std::uint32_t id);
    void seed_record(const RecordEntry& record);
    void seed_answer(const std::array<std::vector<std::uint32_t>, 3>& sections, std::uint32_t id);

    void forget_garbage(const DictionarySweep& sweep);
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

  private:
    /// One record as it stands in the set's order.
    struct Item {
        std::uint32_t record = 0;
        std::uint32_t ttl = 0;
        std::uint16_t place = 0;   // in the message
        std::uint8_t section = 0;  // 0 answer, 1 authority, 2 additional
    };
    /// A message met before: its set, and where in the message the set's records stood.
    struct Known {
        std::uint32_t answer = 0;
        std::uint32_t order_low = 0;  // sixteen places of four bits each
        std::uint32_t order_high = 0;
    };

    void read_ttls(const wire::dns::MessageView& view);
    [[nodiscard]] bool sort_ttls(const Known& known);
    void collect(const wire::dns::MessageView& view, WriteJob& job);
    [[nodiscard]] Known sort_items();
    [[nodiscard]] std::uint32_t intern_owner(ByteView message, std::uint32_t offset, WriteJob& job);
    [[nodiscard]] std::uint32_t intern_record(ByteView message, const wire::dns::RecordView& record,
                                              WriteJob& job);
    [[nodiscard]] std::uint32_t intern_rdata(std::uint16_t type, ByteView rdata, WriteJob& job);
    [[nodiscard]] std::uint32_t intern_set(WriteJob& job);
    [[nodiscard]] Fingerprint print_of_items();
    void write_ttls(DnsRow& row, WriteJob& job);

    const Fingerprinter& print_;
    NameDictionary& names_;
    AnswerIds next_;
    InternTable<Known> messages_;
    InternTable<std::uint32_t> rdata_;
    InternTable<std::uint32_t> records_;
    InternTable<std::uint32_t> answers_;
    FoldedName owner_;  // of the last record, and its id
    std::uint32_t owner_id_ = 0;
    render::RecordPrinter printer_;
    std::vector<std::uint8_t> scratch_;
    std::vector<Item> items_;
    std::vector<std::uint32_t> ttls_;
    std::vector<std::uint32_t> sorted_ttls_;
    std::string text_;
};

}  // namespace vedette::store
