#include "service/dnsd/zone/master_file.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "render/dns_words.hpp"
#include "service/dnsd/zone/master_lexer.hpp"
#include "service/dnsd/zone/rdata_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"
#include "service/dnsd/zone/zone_builder.hpp"

namespace vedette::dnsd {
namespace {

constexpr unsigned kMaxIncludeDepth = 8;
constexpr std::uint32_t kMaxTtl = 0x7fffffff;

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// Whether the token is the quoted value of key="value" (RFC 9460 2.1), which the lexer parts.
bool continues(std::string_view before, std::string_view token) noexcept {
    return token.front() == '"' && before.back() == '=' &&
           before.data() + before.size() == token.data();
}

class MasterReader {
  public:
    MasterReader(MasterLexer lexer, std::string name, const MasterOptions& options,
                 const RecordVisitor& visit, unsigned depth)
        : lexer_(std::move(lexer)),
          name_(std::move(name)),
          options_(options),
          visit_(visit),
          origin_(options.origin),
          owner_(options.origin),
          depth_(depth) {}

    Result<void> run() {
        while (true) {
            const Result<bool> more = lexer_.next(entry_);
            if (!more) return located(more.error());
            if (!*more) return {};
            const bool directive = !entry_.starts_blank && entry_.tokens[0].front() == '$';
            if (auto done = directive ? read_directive() : read_record(); !done)
                return located(std::move(done.error()));
        }
    }

  private:
    [[nodiscard]] std::unexpected<Error> located(Error error) const {
        if (error_is_placed_) return std::unexpected(std::move(error));
        return fail(std::move(error), fmt::format("{}:{}", name_, lexer_.line()));
    }
    static std::unexpected<Error> wrong(std::string text) {
        return fail(ErrorKind::InvalidInput, std::move(text));
    }

    Result<void> read_directive();
    Result<void> include();
    Result<void> read_record();
    Result<void> read_rdata(std::uint16_t type, std::size_t first);
    Result<bool> read_common(std::uint16_t type, std::size_t first);

    Result<void> put_name(std::string_view text) {
        OwnedName name;
        if (const char* why = parse_relative_name(text, origin_.view(), name))
            return wrong(fmt::format("'{}': {}", text, why));
        rdata_.insert(rdata_.end(), name.bytes.begin(), name.bytes.begin() + name.length);
        return {};
    }

    MasterLexer lexer_;
    std::string name_;
    const MasterOptions& options_;
    const RecordVisitor& visit_;
    MasterEntry entry_;
    OwnedName origin_;
    OwnedName owner_;
    bool has_owner_ = false;
    std::optional<std::uint32_t> default_ttl_;
    std::optional<std::uint32_t> last_ttl_;
    std::vector<std::uint8_t> rdata_;
    std::string joined_;
    unsigned depth_;
    bool error_is_placed_ = false;
};

Result<void> MasterReader::read_directive() {
    const std::string_view word = entry_.tokens[0];
    if (equals_ignoring_case(word, "$INCLUDE")) return include();
    if (entry_.tokens.size() != 2) return wrong(fmt::format("{} takes one value", word));
    if (equals_ignoring_case(word, "$TTL")) {
        default_ttl_ = ttl_from_text(entry_.tokens[1]);
        if (!default_ttl_) return wrong(fmt::format("'{}' is no TTL", entry_.tokens[1]));
        return {};
    }
    if (equals_ignoring_case(word, "$ORIGIN")) {
        OwnedName origin;
        if (const char* why = parse_relative_name(entry_.tokens[1], origin_.view(), origin))
            return wrong(fmt::format("'{}': {}", entry_.tokens[1], why));
        origin_ = origin;
        return {};
    }
    return wrong(fmt::format("unknown directive {}", word));
}

Result<void> MasterReader::include() {
    if (entry_.tokens.size() < 2 || entry_.tokens.size() > 3)
        return wrong("$INCLUDE takes a file and perhaps an origin");
    if (depth_ + 1 >= kMaxIncludeDepth) return wrong("$INCLUDE is nested too deep");
    std::string_view file = entry_.tokens[1];
    if (file.size() >= 2 && file.front() == '"') file = file.substr(1, file.size() - 2);
    MasterOptions options = options_;
    options.origin = origin_;
    if (entry_.tokens.size() == 3) {
        if (const char* why = parse_relative_name(entry_.tokens[2], origin_.view(), options.origin))
            return wrong(fmt::format("'{}': {}", entry_.tokens[2], why));
    }
    const std::string path = (std::filesystem::path(name_).parent_path() / file).string();
    Result<MasterLexer> lexer = MasterLexer::open(path);
    if (!lexer) return std::unexpected(std::move(lexer.error()));
    MasterReader reader(std::move(*lexer), path, options, visit_, depth_ + 1);
    reader.default_ttl_ = default_ttl_;
    auto done = reader.run();
    error_is_placed_ = !done;
    return done;
}

Result<void> MasterReader::read_record() {
    const auto& tokens = entry_.tokens;
    std::size_t i = 0;
    if (!entry_.starts_blank) {
        if (const char* why = parse_relative_name(tokens[0], origin_.view(), owner_))
            return wrong(fmt::format("'{}': {}", tokens[0], why));
        has_owner_ = true;
        i = 1;
    } else if (!has_owner_) {
        return wrong("the first record has no owner");
    }
    // [TTL] [class] type or [class] [TTL] type (RFC 1035 5.1).
    std::optional<std::uint32_t> ttl;
    bool has_class = false;
    std::optional<std::uint16_t> type;
    for (; i < tokens.size(); ++i) {
        const bool digit = tokens[i].front() >= '0' && tokens[i].front() <= '9';
        if (digit && !ttl) {
            ttl = ttl_from_text(tokens[i]);
            if (!ttl) return wrong(fmt::format("'{}' is no TTL", tokens[i]));
        } else if (!has_class && equals_ignoring_case(tokens[i], "IN")) {
            has_class = true;
        } else if (!has_class && (equals_ignoring_case(tokens[i], "CH") ||
                                  equals_ignoring_case(tokens[i], "HS"))) {
            return wrong("only class IN is served");
        } else {
            type = render::parse_type(tokens[i]);
            if (digit || !type || !is_data_type(*type))
                return wrong(fmt::format("unknown record type '{}'", tokens[i]));
            break;
        }
    }
    if (!type) return wrong("the record has no type");
    VEDETTE_TRY(read_rdata(*type, i + 1));
    if (ttl) last_ttl_ = ttl;
    const std::uint32_t chosen = ttl            ? *ttl
                                 : default_ttl_ ? *default_ttl_
                                                : last_ttl_.value_or(options_.default_ttl);
    return visit_({owner_.view(), *type, chosen, rdata_});
}

Result<void> MasterReader::read_rdata(std::uint16_t type, std::size_t first) {
    const Result<bool> done = read_common(type, first);
    if (!done) return std::unexpected(done.error());
    if (*done) return {};
    joined_.clear();
    const bool services = type == rr::kSvcb || type == rr::kHttps;
    for (std::size_t i = first; i < entry_.tokens.size(); ++i) {
        const std::string_view token = entry_.tokens[i];
        if (i != first && !(services && continues(entry_.tokens[i - 1], token))) joined_ += ' ';
        joined_ += token;
    }
    return rdata_from_text(type, joined_, origin_.view(), rdata_);
}

// The types that large zones consist of. False: not one of them, or not in its usual form.
Result<bool> MasterReader::read_common(std::uint16_t type, std::size_t first) {
    const std::size_t count = entry_.tokens.size() - first;
    const auto token = [&](std::size_t i) { return entry_.tokens[first + i]; };
    if (count == 0 || token(0) == "\\#") return false;
    rdata_.clear();
    if ((type == rr::kA || type == rr::kAaaa) && count == 1) {
        const std::string text(token(0));
        rdata_.resize(type == rr::kA ? 4 : 16);
        if (inet_pton(type == rr::kA ? AF_INET : AF_INET6, text.c_str(), rdata_.data()) != 1)
            return wrong(fmt::format("'{}' is no IPv{} address", text, type == rr::kA ? 4 : 6));
        return true;
    }
    if ((type == rr::kNs || type == rr::kCname || type == rr::kPtr || type == rr::kDname) &&
        count == 1) {
        VEDETTE_TRY(put_name(token(0)));
        return true;
    }
    if (type == rr::kMx && count == 2) {
        std::uint16_t preference = 0;
        const std::string_view text = token(0);
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), preference);
        if (error != std::errc() || end != text.data() + text.size())
            return wrong(fmt::format("'{}' is no MX preference", text));
        rdata_ = {static_cast<std::uint8_t>(preference >> 8U),
                  static_cast<std::uint8_t>(preference)};
        VEDETTE_TRY(put_name(token(1)));
        return true;
    }
    return false;
}

Result<void> read_with(MasterLexer lexer, const std::string& name, const MasterOptions& options,
                       const RecordVisitor& visit) {
    return MasterReader(std::move(lexer), name, options, visit, 0).run();
}

Result<ZonePointer> compile_from(MasterLexer lexer, const std::string& name,
                                 const OwnedName& apex) {
    ZoneBuilder builder(apex.view());
    const MasterOptions options{apex};
    VEDETTE_TRY(read_with(std::move(lexer), name, options, [&](const ParsedRecord& record) {
        return builder.add(record.owner, record.type, record.ttl, record.rdata);
    }));
    auto zone = builder.finish();
    if (!zone) return fail(std::move(zone.error()), name);
    return zone;
}

}  // namespace

bool is_data_type(std::uint16_t type) noexcept {
    return type != 0 && type != rr::kOpt && (type < 128 || type > 255);
}

std::optional<std::uint32_t> ttl_from_text(std::string_view text) noexcept {
    std::uint64_t total = 0;
    std::uint64_t number = 0;
    bool digits = false;
    for (const char c : text) {
        if (c >= '0' && c <= '9') {
            number = number * 10 + static_cast<unsigned>(c - '0');
            digits = true;
            if (number > kMaxTtl) return std::nullopt;
            continue;
        }
        std::uint64_t unit = 0;
        switch (c | 0x20) {
            case 's':
                unit = 1;
                break;
            case 'm':
                unit = 60;
                break;
            case 'h':
                unit = 3'600;
                break;
            case 'd':
                unit = 86'400;
                break;
            case 'w':
                unit = 604'800;
                break;
            default:
                return std::nullopt;
        }
        if (!digits) return std::nullopt;
        total += number * unit;
        number = 0;
        digits = false;
        if (total > kMaxTtl) return std::nullopt;
    }
    total += number;
    if (text.empty() || total > kMaxTtl) return std::nullopt;
    return static_cast<std::uint32_t>(total);
}

Result<void> read_master_file(const std::string& path, const MasterOptions& options,
                              const RecordVisitor& visit) {
    Result<MasterLexer> lexer = MasterLexer::open(path);
    if (!lexer) return std::unexpected(std::move(lexer.error()));
    return read_with(std::move(*lexer), path, options, visit);
}

Result<void> read_master_text(std::string_view text, const std::string& name,
                              const MasterOptions& options, const RecordVisitor& visit) {
    return read_with(MasterLexer::over(text), name, options, visit);
}

Result<ZonePointer> load_zone_file(const std::string& path, const OwnedName& apex) {
    Result<MasterLexer> lexer = MasterLexer::open(path);
    if (!lexer) return std::unexpected(std::move(lexer.error()));
    return compile_from(std::move(*lexer), path, apex);
}

Result<ZonePointer> load_zone_text(std::string_view text, const OwnedName& apex) {
    return compile_from(MasterLexer::over(text), "zone", apex);
}

}  // namespace vedette::dnsd
