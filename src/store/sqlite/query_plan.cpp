#include "store/sqlite/query_plan.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "base/glob.hpp"
#include "render/name_text.hpp"
#include "store/sqlite/name_dictionary.hpp"

namespace vedette::store {
namespace {

/// More keys than this are not worth resolving.
constexpr std::size_t kMaxKeys = 50'000;

/// The text that a glob without wildcards means.
std::string unescape(std::string_view pattern) {
    std::string text;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
        text += pattern[i];
    }
    return text;
}

/// What stands behind the last wildcard and the dot after it: "*.example.com." gives
/// "example.com."; empty when nothing certain does.
std::string_view fixed_suffix(std::string_view pattern) {
    const std::size_t wild = pattern.find_last_of("*?");
    if (pattern.find('\\') != std::string_view::npos || wild == std::string_view::npos) return {};
    const std::size_t dot = pattern.find('.', wild);
    return dot == std::string_view::npos ? std::string_view{} : pattern.substr(dot + 1);
}

class Planner {
  public:
    Planner(const Fingerprinter& print, Catalog& catalog, RowFilter& rows, QueryPlan& plan)
        : print_(print), catalog_(catalog), rows_(rows), plan_(plan) {}

    Result<void> add(const FilterTerm& term) {
        if (term.field == FilterField::Time) note_time(term);
        note_family(term);
        if (term.negated) return {};
        IndexTerm index;
        const SplitTerm split = split_term(term);
        for (const FilterPiece& piece : split.pieces) {
            const Result<bool> known = resolve(piece, index);
            if (!known) return std::unexpected(known.error());
            if (!*known) return {};  // one open piece leaves the whole term open
        }
        for (KeySet& set : index) {
            std::ranges::sort(set.keys);
            set.keys.erase(std::ranges::unique(set.keys).begin(), set.keys.end());
        }
        plan_.terms.push_back(std::move(index));
        return {};
    }

  private:
    /// Whether every match of the piece has a key that is now in `index`.
    Result<bool> resolve(const FilterPiece& piece, IndexTerm& index) {
        switch (piece.part) {
            case FilterPart::Host:
                return piece.term.field == FilterField::Vendor ? resolve_vendors(piece, index)
                                                               : resolve_hosts(piece, index);
            case FilterPart::Server:
                return resolve_servers(piece, index);
            case FilterPart::Form:
                return resolve_forms(piece, index);
            case FilterPart::Name:
                return resolve_names(piece, index);
            case FilterPart::Row:
                if (piece.term.field == FilterField::Type) return resolve_types(piece, index);
                break;
            case FilterPart::Answers:
                break;
        }
        return false;
    }

    Result<bool> resolve_hosts(const FilterPiece& piece, IndexTerm& index) {
        KeySet set{Dimension::Client, {}};
        const bool only_macs = std::ranges::all_of(piece.term.any_of, [](const FilterValue& value) {
            return std::holds_alternative<MacAddress>(value);
        });
        if (only_macs) {
            for (const FilterValue& value : piece.term.any_of) {
                set.keys.push_back(client_key(print_, std::get<MacAddress>(value), {}));
            }
        } else {
            // vlan, known, v4 and the like usually hold for most hosts: not worth an index.
            VEDETTE_TRY(catalog_.each_host([&](const HostInfo& host) {
                if (rows_.piece_accepts(piece, host)) {
                    set.keys.push_back(client_key(print_, host.entry.mac, host.entry.ip));
                }
                return set.keys.size() <= kMaxKeys;
            }));
        }
        return keep(std::move(set), index);
    }

    Result<bool> resolve_vendors(const FilterPiece& piece, IndexTerm& index) {
        KeySet set{Dimension::Vendor, {}};
        HostInfo host;
        if (rows_.piece_accepts(piece, host)) return false;  // also hosts without a vendor
        VEDETTE_TRY(catalog_.each_vendor([&](std::uint32_t id, std::string_view name) {
            host.vendor = name;
            if (rows_.piece_accepts(piece, host)) set.keys.push_back(id);
            return true;
        }));
        return keep(std::move(set), index);
    }

    Result<bool> resolve_servers(const FilterPiece& piece, IndexTerm& index) {
        KeySet set{Dimension::Server, {}};
        VEDETTE_TRY(catalog_.each_server([&](const ServerEntry& server) {
            if (rows_.piece_accepts(piece, server)) set.keys.push_back(server.id);
            return set.keys.size() <= kMaxKeys;
        }));
        return keep(std::move(set), index);
    }

    Result<bool> resolve_forms(const FilterPiece& piece, IndexTerm& index) {
        KeySet set{Dimension::Form, {}};
        bool all = true;
        VEDETTE_TRY(catalog_.each_form([&](const FormEntry& form) {
            if (rows_.piece_accepts(piece, form)) {
                set.keys.push_back(form.id);
            } else {
                all = false;
            }
            return set.keys.size() <= kMaxKeys;
        }));
        return !all && keep(std::move(set), index);
    }

    Result<bool> resolve_names(const FilterPiece& piece, IndexTerm& index) {
        KeySet names{Dimension::Name, {}};
        KeySet domains{Dimension::Domain, {}};
        if (piece.term.field != FilterField::Name) return false;
        for (const FilterValue& value : piece.term.any_of) {
            const auto* pattern = std::get_if<std::string>(&value);
            if (pattern == nullptr) continue;  // never matches
            const bool wild = has_wildcard(*pattern);
            const std::string text =
                wild ? std::string(fixed_suffix(*pattern)) : unescape(*pattern);
            // Without a wildcard the dot has to be written: only then is it the text of a name.
            if (!wild && (text.empty() || text.back() != '.')) continue;
            if (wild && (text.empty() || text.back() != '.')) return false;
            const auto name = render::parse_name(text);
            if (!name) {
                if (wild) return false;
                continue;
            }
            FoldedName folded;
            fold_name(name->view(), folded);
            if (wild && wire::dns::count_labels(folded.view()) < 2) return false;
            if (wild) {
                domains.keys.push_back(domain_key(print_, folded.view()));
            } else {
                names.keys.push_back(name_key(print_, folded.view()));
            }
        }
        if (!domains.keys.empty()) index.push_back(std::move(domains));
        index.push_back(std::move(names));
        return true;
    }

    Result<bool> resolve_types(const FilterPiece& piece, IndexTerm& index) {
        KeySet set{Dimension::Type, {}};
        for (const FilterValue& value : piece.term.any_of) {
            const auto* number = std::get_if<std::uint64_t>(&value);
            if (number != nullptr && *number <= 0xffff) {
                set.keys.push_back(static_cast<std::uint32_t>(*number));
            }
        }
        return keep(std::move(set), index);
    }

    static bool keep(KeySet set, IndexTerm& index) {
        if (set.keys.size() > kMaxKeys) return false;
        index.push_back(std::move(set));
        return true;
    }

    /// Narrows the time range by `since:` and `until:`.
    void note_time(const FilterTerm& term) {
        if (term.negated || term.any_of.size() != 1) return;
        const auto* value = std::get_if<Timestamp>(&term.any_of.front());
        if (value == nullptr) return;
        const std::int64_t time = value->nanos;
        switch (term.op) {
            case FilterOperator::GreaterEqual:
                raise(time);
                break;
            case FilterOperator::Greater:
                raise(time == INT64_MAX ? time : time + 1);
                break;
            case FilterOperator::LessEqual:
                lower(time);
                break;
            case FilterOperator::Less:
                lower(time == INT64_MIN ? time : time - 1);
                break;
            case FilterOperator::Equal:
                raise(time);
                lower(time);
                break;
        }
    }
    void raise(std::int64_t time) { plan_.min_time = std::max(plan_.min_time, time); }
    void lower(std::int64_t time) { plan_.max_time = std::min(plan_.max_time, time); }

    /// Terms that only one of the two families can satisfy.
    void note_family(const FilterTerm& term) {
        if (term.negated) return;
        const auto only = [&](auto predicate) {
            return std::ranges::all_of(term.any_of, predicate);
        };
        switch (term.field) {
            case FilterField::Message:
                plan_.dns = false;
                break;
            case FilterField::Type:
            case FilterField::Rcode:
            case FilterField::Opcode:
            case FilterField::Name:
            case FilterField::Answer:
            case FilterField::Latency:
                plan_.dhcp = false;
                break;
            case FilterField::Protocol:
                if (only([](const FilterValue& value) {
                        const auto* number = std::get_if<std::uint64_t>(&value);
                        return number != nullptr && *number != kFilterDhcp;
                    })) {
                    plan_.dhcp = false;
                }
                break;
            case FilterField::Is:
                if (only([](const FilterValue& value) {
                        const auto* flag = std::get_if<FilterFlag>(&value);
                        return flag != nullptr && is_dns_only(*flag);
                    })) {
                    plan_.dhcp = false;
                }
                break;
            default:
                break;
        }
    }

    static bool is_dns_only(FilterFlag flag) noexcept {
        switch (flag) {
            case FilterFlag::Malformed:
            case FilterFlag::Randomized:
            case FilterFlag::Banned:
            case FilterFlag::Dhcp:
            case FilterFlag::V4:
            case FilterFlag::V6:
                return false;
            default:
                return true;
        }
    }

    const Fingerprinter& print_;
    Catalog& catalog_;
    RowFilter& rows_;
    QueryPlan& plan_;
};

}  // namespace

Result<QueryPlan> make_plan(const Filter& filter, const Fingerprinter& print, Catalog& catalog,
                            RowFilter& rows) {
    QueryPlan plan;
    Planner planner(print, catalog, rows, plan);
    for (const FilterTerm& term : filter.terms)
        VEDETTE_TRY(planner.add(term));
    return plan;
}

}  // namespace vedette::store
