// Events -> rows: assigns dictionary ids, packs columns, remembers what each client did. The
// identity of things lives in bounded memory (at most about 60 MB) under fingerprints; what the
// memory has forgotten gets a second dictionary row when it comes back, which readers allow for.
// Not thread safe.
#pragma once

#include <cstdint>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "model/event_batch.hpp"
#include "model/vendor/vendor.hpp"
#include "store/sqlite/answer_encoder.hpp"
#include "store/sqlite/dictionary_sweep.hpp"
#include "store/sqlite/intern_table.hpp"
#include "store/sqlite/name_dictionary.hpp"
#include "store/sqlite/write_job.hpp"

namespace vedette::store {

/// Ids that come next; they go on where the file ends.
struct NextIds {
    std::int64_t row = 1;
    std::uint32_t vendor = 1;
    std::uint32_t host = 1;
    std::uint32_t server = 1;
    std::uint32_t form = 1;
    std::uint32_t name = 1;
    AnswerIds answers;
};

class EventEncoder {
  public:
    EventEncoder(std::uint64_t seed, NextIds next);

    /// Appends every event of the batch to the job.
    void encode(const EventBatch& batch, WriteJob& job);

    [[nodiscard]] const Fingerprinter& fingerprinter() const noexcept { return print_; }
    [[nodiscard]] NameDictionary& names() noexcept { return names_; }
    [[nodiscard]] AnswerEncoder& answers() noexcept { return answers_; }
    /// Entries that the file already has.
    void seed_vendor(std::string_view name, std::uint32_t id);
    void seed_host(const HostEntry& host, std::string_view name, std::string_view sensor);
    void seed_server(const ServerEntry& server);
    void seed_form(const FormEntry& form);
    /// Forgets entries that are about to be deleted from the file.
    void forget_garbage(const DictionarySweep& sweep);
    [[nodiscard]] std::int64_t next_row() const noexcept { return next_.row; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

  private:
    struct HostRef {
        std::uint32_t id = 0;
        std::uint32_t key = 0;  // client_key()
        std::uint16_t vendor = 0;
        std::uint16_t told = 0;    // client_addresses was told, in units of kTraitEvery
        std::uint32_t job = 0;     // number of the job that `change` belongs to
        std::uint32_t change = 0;  // index in WriteJob::clients
    };

    /// An event on its way: read once, and what it will look up is being fetched.
    struct Staged {
        FoldedName name;
        Fingerprint name_print;
        AnswerEncoder::Shape shape;
    };

    void stage(const DnsTransaction& event, const EventBatch& batch, Staged& staged);
    void encode_dns(const DnsTransaction& event, const EventBatch& batch, const Staged& staged,
                    WriteJob& job);
    [[nodiscard]] bool gather_extra(const DnsTransaction& event, const EventBatch& batch,
                                    const Staged& staged, ExtraEntry& extra, WriteJob& job);
    [[nodiscard]] HostRef& intern_host(const DnsTransaction& event, const EventBatch& batch,
                                       WriteJob& job);
    [[nodiscard]] std::uint32_t intern_server(const DnsTransaction& event, WriteJob& job);
    [[nodiscard]] std::uint32_t intern_form(const DnsTransaction& event, bool extra, WriteJob& job);
    [[nodiscard]] std::uint32_t intern_vendor(const MacAddress& mac, WriteJob& job);
    void note_traits(HostRef& host, const DnsTransaction& event, std::string_view name,
                     WriteJob& job);
    void note_client(HostRef& host, const DnsTransaction& event, WriteJob& job);
    void encode_slow(const EventBatch& batch, WriteJob& job);
    [[nodiscard]] ClientChange& change_of(const MacAddress& mac, std::int64_t time, WriteJob& job);
    [[nodiscard]] Fingerprint print_host(const HostEntry& host, std::string_view name,
                                         std::string_view sensor);

    Fingerprinter print_;
    NextIds next_;
    NameDictionary names_;
    AnswerEncoder answers_;
    std::vector<Staged> staged_;
    std::uint32_t job_number_ = 0;
    InternTable<HostRef> hosts_;
    InternTable<std::uint32_t> servers_;
    InternTable<std::uint32_t> forms_;
    boost::unordered_flat_map<VendorId, std::uint32_t> vendors_;
    boost::unordered_flat_map<std::uint64_t, std::uint32_t> changes_;  // MAC -> index in job
};

}  // namespace vedette::store
