// The algorithm of RFC 1034 4.3.2 with what was added to it: negative answers (RFC 2308), wildcards
// (RFC 4592), DNAME (RFC 6672), minimal ANY (RFC 8482), DNSSEC proofs (RFC 4035 3.1, RFC 5155 7.2).
// Writes the records of one answer; header, question and OPT are the responder's.
#pragma once

#include <cstdint>
#include <optional>

#include "service/dnsd/answer/message_writer.hpp"
#include "service/dnsd/answer/query.hpp"
#include "service/dnsd/answer/short_list.hpp"
#include "service/dnsd/zone/zone.hpp"

namespace vedette::dnsd {

class AnswerTail;
struct ServedZone;
struct SignedTails;
class ZoneSet;

class Lookup {
  public:
    Lookup(const Zone& zone, const Query& query, MessageWriter& writer) noexcept
        : zone_(zone),
          query_(query),
          writer_(writer),
          signatures_(query.edns.dnssec_ok ? Signatures::Include : Signatures::Leave),
          name_(&query.name),
          owner_{kQuestionPointer, &query.name, query.written_name()} {}

    /// The same answer, written on in the zone that an alias led to: before.next_zone(). `before`
    /// is only read here.
    Lookup(const Lookup& before, const ServedZone& zone) noexcept;
    Lookup(const Lookup&) = delete;
    Lookup& operator=(const Lookup&) = delete;

    /// Lets aliases lead into other zones of the set. Before run().
    void may_leave_to(const ZoneSet& zones) noexcept { zones_ = &zones; }
    /// Not null after run() or go_on() when the answer goes on in another zone. It is then not yet
    /// complete: its proofs are written at its end.
    [[nodiscard]] const ServedZone* next_zone() const noexcept { return next_; }

    /// The question's name is at or below the zone's apex. `served` is the zone's, or null to
    /// compose everything anew.
    [[nodiscard]] AnswerHeader run(const ServedZone* served) noexcept;
    /// Instead of run() for a lookup that goes on.
    [[nodiscard]] AnswerHeader go_on() noexcept;

    /// What AnswerTail keeps: composed behind a question for the apex.
    [[nodiscard]] AnswerHeader compose_positive_tail() noexcept;
    [[nodiscard]] AnswerHeader compose_negative_tail() noexcept;
    [[nodiscard]] AnswerHeader compose_no_name_tail(ShortList<NodeView, 2>& proofs) noexcept;

  private:
    enum class Step : std::uint8_t { Done, Follow };
    [[nodiscard]] Step answer_name() noexcept;
    [[nodiscard]] Step at_or_below_boundary() noexcept;
    [[nodiscard]] Step exact(NodeView node) noexcept;
    [[nodiscard]] Step follow_cname(RrsetView cname) noexcept;
    [[nodiscard]] Step synthesize(NodeView node, unsigned skip) noexcept;
    [[nodiscard]] Step wildcard(NodeView encloser, unsigned skip) noexcept;
    Step referral(NodeView cut, unsigned skip) noexcept;
    Step no_data(NodeView node) noexcept;
    Step no_such_name(NodeView encloser, unsigned skip) noexcept;
    [[nodiscard]] Step any(NodeView node) noexcept;
    [[nodiscard]] Step all_signatures(NodeView node) noexcept;

    [[nodiscard]] static RrsetView find_records(NodeView node, std::uint16_t type) noexcept;

    // From the zone's tails, where they hold all that the answer needs.
    [[nodiscard]] bool put_positive(NodeView node, RrsetView rrset) noexcept;
    [[nodiscard]] bool put_negative() noexcept;
    [[nodiscard]] bool put_tail(const AnswerTail& tail) noexcept;
    [[nodiscard]] const SignedTails* signed_tails() const noexcept;
    [[nodiscard]] bool put_no_name_below_apex(NodeView encloser, unsigned skip) noexcept;
    [[nodiscard]] std::size_t apex_in_question() const noexcept;

    /// Answer section; a record that does not fit truncates the message.
    bool put_answer(RrsetView rrset) noexcept;
    bool put_answer(RrsetView rrset, OwnerName& owner) noexcept;
    void truncate() noexcept { header_.truncated = true; }
    void count(std::uint16_t& section, RrsetView rrset) const noexcept;
    [[nodiscard]] Step follow(const LookupName& target, ByteView written) noexcept;
    void put_authority(RrsetView rrset, OwnerName owner, std::uint32_t ttl_limit) noexcept;
    void put_soa() noexcept;
    void put_apex_ns() noexcept;
    void index_question() noexcept;
    /// Whether the RRset stands in the answer already, under this owner (a wildcard's has many);
    /// notes it when not.
    [[nodiscard]] bool already_written(RrsetView rrset, const LookupName& owner) noexcept;

    // The additional section (additional.cpp).
    void put_additional() noexcept;
    void put_targets(RrsetView rrset, NodeView cut) noexcept;
    void put_addresses(const LookupName& target, ByteView written, std::uint16_t of,
                       NodeView cut) noexcept;

    // Denial of existence (denial.cpp).
    void prove_no_name(NodeView encloser, unsigned skip) noexcept;
    void prove_apex_without_wildcard() noexcept;
    void prove_next_closer(unsigned skip) noexcept;
    void prove_no_data(NodeView node) noexcept;
    void note_expansion() noexcept;
    void prove_expansions() noexcept;
    void prove_unsigned_cut(NodeView cut, unsigned skip) noexcept;
    void prove_closest_encloser(unsigned skip, bool with_wildcard) noexcept;
    void put_denial(NodeView node, std::uint16_t type) noexcept;

    const Zone& zone_;
    const Query& query_;
    const ServedZone* served_ = nullptr;
    const ZoneSet* zones_ = nullptr;
    const ServedZone* next_ = nullptr;
    unsigned steps_ = 0;
    MessageWriter& writer_;
    const Signatures signatures_;
    AnswerHeader header_;
    bool indexed_ = false;

    const LookupName* name_;  // what is looked for now: the question, then CNAME targets
    OwnerName owner_;         // the same, as owner of answers
    struct Followed {
        LookupName name;
        OwnedName written;
    };
    std::optional<Followed> followed_;  // the target that is looked for
    bool expanded_ = false;             // the answer comes from the wildcard below ...
    unsigned encloser_skip_ = 0;        // ... this closest encloser

    struct Pending {
        RrsetView rrset;
        NodeView cut;
    };
    static constexpr unsigned kMaxPending = 8;
    struct Written {
        const RrsetHeader* rrset;
        std::uint64_t owner;  // its hash
    };
    ShortList<Written, 32> written_;
    ShortList<Pending, kMaxPending> pending_;
    ShortList<NodeView, 8> denials_;  // NSEC or NSEC3 owners already written
    // Proofs of wildcard expansion, written when the answer section is complete.
    ShortList<NodeView, kMaxPending> expansions_;
};

}  // namespace vedette::dnsd
