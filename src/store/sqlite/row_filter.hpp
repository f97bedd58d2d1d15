// A filter compiled for rows of table dns. Each term is cut into parts that look at one dictionary
// entry (a host, a form, a name, ...) and are decided once per entry by the reference matcher of
// model/filter_match; a row then costs a few look-ups. Not thread safe; lives for one query.
#pragma once

#include <cstdint>
#include <vector>

#include "model/filter.hpp"
#include "model/log_query.hpp"
#include "store/sqlite/catalog.hpp"
#include "store/sqlite/connection.hpp"

namespace vedette::store {

/// A row of table dns without its TTLs.
struct RawRow {
    std::int64_t id = 0;
    std::int64_t time = 0;
    std::int64_t latency = 0;
    bool has_latency = false;
    std::uint32_t client = 0;
    std::uint32_t server = 0;
    std::uint32_t name = 0;
    std::uint32_t form = 0;
    std::uint32_t answers = 0;
    std::uint16_t client_port = 0;
    std::uint16_t message_id = 0;
    std::uint16_t type = 0;
};
inline constexpr const char* kRawColumns =
    "id, time, client, server, ports, name, type, form, latency, answers";
[[nodiscard]] RawRow read_raw(const Statement& row) noexcept;

/// What one part of a term looks at.
enum class FilterPart : std::uint8_t { Host, Server, Form, Name, Answers, Row };

/// The values of a term that look at the same thing; never negated.
struct FilterPiece {
    FilterPart part = FilterPart::Row;
    FilterTerm term;
};

/// A term in pieces: it holds when any piece does, or when none does if negated.
struct SplitTerm {
    bool negated = false;
    std::vector<FilterPiece> pieces;
};
[[nodiscard]] SplitTerm split_term(const FilterTerm& term);

class RowFilter {
  public:
    RowFilter(const Filter& filter, Catalog& catalog);

    [[nodiscard]] bool accepts(const RawRow& row);

    /// Decides one piece for one dictionary entry; used to resolve filters to ids.
    [[nodiscard]] bool piece_accepts(const FilterPiece& piece, const HostInfo& host);
    [[nodiscard]] bool piece_accepts(const FilterPiece& piece, const ServerEntry& server);
    [[nodiscard]] bool piece_accepts(const FilterPiece& piece, const FormEntry& form);

  private:
    enum class Known : std::uint8_t { Not, No, Yes };
    struct Piece {
        FilterPiece piece;
        std::vector<Known> decided;  // by id
    };
    struct Term {
        bool negated = false;
        std::vector<Piece> pieces;
    };

    [[nodiscard]] bool decide(Piece& piece, const RawRow& row);
    [[nodiscard]] bool evaluate(const FilterPiece& piece, std::uint32_t id);
    [[nodiscard]] bool evaluate_row(const FilterPiece& piece, const RawRow& row);

    Catalog& catalog_;
    std::vector<Term> terms_;
    LogRow scratch_;
};

/// Copies what a dictionary entry says into a row.
void fill(LogRow& row, const HostInfo& host);
void fill(LogRow& row, const FormEntry& form);

}  // namespace vedette::store
