#include "query/filter/parse.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "query/filter/fields.hpp"
#include "query/filter/moment.hpp"
#include "query/filter/values.hpp"
#include "query/filter/words.hpp"

namespace vedette::query {
namespace {

bool is_space(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_field_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// A piece of the filter's text, with its place.
struct Piece {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::string text;
    bool quoted = false;
};

/// One left-to-right pass; the first mistake stops it.
class Parser {
  public:
    Parser(std::string_view text, Timestamp now) : text_(text), now_(now) {}

    std::expected<Filter, FilterError> run() {
        if (text_.size() > kMaxFilterBytes) {
            fail(kMaxFilterBytes, 1, fmt::format("a filter is at most {} bytes", kMaxFilterBytes));
        }
        while (!error_ && skip_spaces()) {
            if (filter_.terms.size() == kMaxFilterTerms) {
                fail(at_, 1, fmt::format("a filter has at most {} terms", kMaxFilterTerms));
                break;
            }
            read_term();
        }
        if (error_) return std::unexpected(std::move(*error_));
        return std::move(filter_);
    }

  private:
    bool skip_spaces() {
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
        return at_ < text_.size();
    }

    void fail(std::size_t offset, std::size_t length, std::string text, std::string hint = {}) {
        if (!error_) {
            error_ = FilterError{offset, std::max<std::size_t>(length, 1), std::move(text),
                                 std::move(hint)};
        }
    }

    void read_term() {
        FilterTerm term;
        const std::size_t start = at_;
        if (text_[at_] == '-') {
            term.negated = true;
            if (++at_ == text_.size() || is_space(text_[at_])) {
                fail(start, 1, "nothing follows '-'", "write -name:*.local to leave out a name");
                return;
            }
        }
        const std::string_view word = raw_word();
        if (read_bare_address(word, term)) return;
        std::size_t letters = 0;
        while (letters < word.size() && is_field_letter(word[letters]))
            ++letters;
        if (letters > 0 && letters < word.size() && word[letters] == ':') {
            read_field(word.substr(0, letters), std::move(term));
        } else {
            read_text(word, std::move(term));
        }
    }

    /// Up to the next space; quotes are not looked at.
    [[nodiscard]] std::string_view raw_word() const {
        std::size_t end = at_;
        while (end < text_.size() && !is_space(text_[end]))
            ++end;
        return text_.substr(at_, end - at_);
    }

    /// A MAC address or an IP needs no field in front.
    bool read_bare_address(std::string_view word, FilterTerm& term) {
        const bool separated = word.find_first_of(":-") != std::string_view::npos;
        if (const auto mac = MacAddress::parse(word); mac && separated) {
            term.field = FilterField::Client;
            term.any_of.emplace_back(*mac);
        } else if (const auto prefix = Prefix::parse(word)) {
            term.field = FilterField::Ip;
            term.any_of.emplace_back(*prefix);
        } else {
            return false;
        }
        filter_.terms.push_back(std::move(term));
        at_ += word.size();
        return true;
    }

    void read_text(std::string_view word, FilterTerm term) {
        if (word == "AND" || word == "OR" || word == "NOT") {
            fail(at_, word.size(), fmt::format("'{}' is not part of the filter language", word),
                 word == "OR"    ? "write alternatives in one term: type:A,AAAA"
                 : word == "NOT" ? "write - in front of a term: -name:*.local"
                                 : "terms are joined by AND already; leave it out");
            return;
        }
        auto piece = read_piece("");
        if (!piece) return;
        if (piece->text.empty()) {
            fail(piece->offset, piece->length, "the phrase is empty");
            return;
        }
        term.any_of.emplace_back(std::move(piece->text));
        filter_.terms.push_back(std::move(term));
    }

    /// A quoted or plain piece that ends at a space or at one of `stops`.
    std::optional<Piece> read_piece(std::string_view stops) {
        Piece piece{at_, 0, {}, text_[at_] == '"'};
        if (piece.quoted) {
            if (!read_quoted(piece)) return std::nullopt;
        } else {
            while (at_ < text_.size() && !is_space(text_[at_]) &&
                   stops.find(text_[at_]) == std::string_view::npos) {
                piece.text += text_[at_++];
            }
        }
        piece.length = at_ - piece.offset;
        return piece;
    }

    bool read_quoted(Piece& piece) {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            const bool escape = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                                (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
            if (escape) ++at_;
            piece.text += text_[at_];
        }
        if (at_ == text_.size()) {
            fail(piece.offset, 1, "the quotation mark is never closed");
            return false;
        }
        if (++at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ',') {
            fail(at_, 1, "a space must follow the closing quotation mark");
            return false;
        }
        return true;
    }

    void read_field(std::string_view name, FilterTerm term) {
        const FieldInfo* const field = find_field(name);
        if (field == nullptr) {
            const std::string_view near = suggest_field(name);
            fail(at_, name.size(), fmt::format("unknown field '{}'", name),
                 near.empty() ? "put text in quotation marks to search for it as it is"
                              : fmt::format("did you mean '{}:'?", near));
            return;
        }
        const std::size_t start = at_;
        at_ += name.size() + 1;
        term.field = field->field;
        const bool is_time = field->field == FilterField::Time;
        if (term.negated && is_time) {
            fail(start - 1, 1, fmt::format("'{}:' cannot be negated", field->name),
                 "use since: and until: to bound the time");
            return;
        }
        if (field->kind == ValueKind::Date) return read_date(*field);
        do {
            read_one_value(*field, term);
        } while (!error_ && at_ < text_.size() && text_[at_] == ',' && ++at_);
        if (error_) return;
        if (term.any_of.size() > 1 && (is_time || field->kind == ValueKind::Latency)) {
            fail(start, name.size(), fmt::format("'{}:' takes one value", field->name));
            return;
        }
        filter_.terms.push_back(std::move(term));
    }

    void read_one_value(const FieldInfo& field, FilterTerm& term) {
        const auto piece = next_value(field);
        if (!piece) return;
        const std::string wrong = read_value(field, {piece->text, piece->quoted}, now_, term);
        values_ += term.any_of.size();
        if (values_ > kMaxFilterValues) {
            fail(piece->offset, piece->length, "the filter has too many values");
        } else if (!wrong.empty()) {
            const std::string near = suggest_value(field.kind, piece->text);
            fail(piece->offset, piece->length, wrong,
                 near.empty() ? fmt::format("for example {}", field.example)
                              : fmt::format("did you mean '{}'?", near));
        }
    }

    /// The text of a value, which must be there.
    std::optional<Piece> next_value(const FieldInfo& field) {
        const bool present = at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ',';
        auto piece = present ? read_piece(",") : Piece{at_, 1, {}, false};
        if (piece && piece->text.empty()) {
            fail(piece->offset, piece->length, fmt::format("'{}:' needs a value", field.name),
                 fmt::format("for example {}", field.example));
            return std::nullopt;
        }
        return piece;
    }

    /// A day is two terms, since and until.
    void read_date(const FieldInfo& field) {
        const auto piece = next_value(field);
        if (!piece) return;
        const auto day = parse_day(piece->text, now_);
        if (!day) {
            fail(piece->offset, piece->length, fmt::format("'date:' takes {}", field.values),
                 "for example date:2026-11-21");
            return;
        }
        filter_.terms.push_back(
            {FilterField::Time, FilterOperator::GreaterEqual, false, {day->begin}});
        filter_.terms.push_back({FilterField::Time, FilterOperator::Less, false, {day->end}});
    }

    std::string_view text_;
    Timestamp now_;
    std::size_t at_ = 0;
    std::size_t values_ = 0;
    Filter filter_;
    std::optional<FilterError> error_;
};

/// Bytes that continue a UTF-8 character take no column.
std::size_t columns(std::string_view text) noexcept {
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
    return count;
}

}  // namespace

std::expected<Filter, FilterError> parse_filter(std::string_view text, Timestamp now) {
    return Parser(text, now).run();
}

std::string explain(std::string_view text, const FilterError& error) {
    std::string shown(text.substr(0, kMaxFilterBytes));
    std::string message = error.text;
    for (std::string* line : {&shown, &message}) {
        for (char& c : *line) {
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
        }
    }
    const std::size_t offset = std::min(error.offset, shown.size());
    const std::string_view wrong = std::string_view(shown).substr(offset, error.length);
    std::string out = fmt::format("filter: {}\n  {}\n  {}^", message, shown,
                                  std::string(columns(shown.substr(0, offset)), ' '));
    if (columns(wrong) > 1) out.append(columns(wrong) - 1, '~');
    if (!error.hint.empty()) out += "\n  " + error.hint;
    return out + '\n';
}

}  // namespace vedette::query
