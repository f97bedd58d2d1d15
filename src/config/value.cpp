#include "config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/units.hpp"

namespace vedette::config {
namespace {

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

/// Writes a raw value into the member its row names. One overload per type of member.
template <typename Owner>
struct Assigner {
    Owner& settings;
    const Row<Owner>& setting;
    const RawValue& value;

    [[nodiscard]] std::unexpected<Error> wrong(std::string_view got) const {
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("{} takes {}, not {}", setting.name, accepted_text(setting), got));
    }
    [[nodiscard]] std::string shown() const {
        if (const auto* const text = std::get_if<std::string>(&value)) return quoted(*text);
        if (const auto* const number = std::get_if<std::int64_t>(&value)) {
            return fmt::format("{}", *number);
        }
        if (const auto* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
        return "a list";
    }
    [[nodiscard]] bool in_range(std::int64_t number) const noexcept {
        return number >= setting.least && number <= setting.most;
    }

    Result<void> operator()(bool Owner::* member) const {
        const auto* const flag = std::get_if<bool>(&value);
        if (flag == nullptr) return wrong(shown());
        settings.*member = *flag;
        return {};
    }
    Result<void> operator()(std::int64_t Owner::* member) const {
        const auto* const number = std::get_if<std::int64_t>(&value);
        if (number == nullptr || !in_range(*number)) return wrong(shown());
        settings.*member = *number;
        return {};
    }
    Result<void> operator()(std::string Owner::* member) const {
        const auto* const text = std::get_if<std::string>(&value);
        if (text == nullptr) return wrong(shown());
        if (!setting.choices.empty() &&
            std::ranges::find(setting.choices, *text) == setting.choices.end()) {
            return wrong(shown());
        }
        settings.*member = *text;
        return {};
    }
    Result<void> operator()(Duration Owner::* member) const {
        const auto* const text = std::get_if<std::string>(&value);
        const auto length = text == nullptr ? std::nullopt : parse_duration(*text);
        if (!length || !in_range(length->nanos)) return wrong(shown());
        settings.*member = *length;
        return {};
    }
    Result<void> operator()(ByteCount Owner::* member) const {
        std::optional<std::uint64_t> bytes;
        if (const auto* const text = std::get_if<std::string>(&value)) bytes = parse_bytes(*text);
        if (const auto* const number = std::get_if<std::int64_t>(&value); number && *number >= 0) {
            bytes = static_cast<std::uint64_t>(*number);
        }
        if (!bytes || !in_range(static_cast<std::int64_t>(*bytes))) return wrong(shown());
        settings.*member = ByteCount{*bytes};
        return {};
    }
    Result<void> operator()(TextList Owner::* member) const {
        const auto* const items = std::get_if<std::vector<Scalar>>(&value);
        if (items == nullptr) return wrong(shown());
        TextList list;
        for (const Scalar& item : *items) {
            const auto* const text = std::get_if<std::string>(&item);
            if (text == nullptr || text->empty()) return wrong("this list");
            list.push_back(*text);
        }
        settings.*member = std::move(list);
        return {};
    }
    Result<void> operator()(NumberList Owner::* member) const {
        const auto* const items = std::get_if<std::vector<Scalar>>(&value);
        if (items == nullptr) return wrong(shown());
        NumberList list;
        for (const Scalar& item : *items) {
            const auto* const number = std::get_if<std::int64_t>(&item);
            if (number == nullptr || !in_range(*number)) return wrong("this list");
            list.push_back(*number);
        }
        settings.*member = std::move(list);
        return {};
    }
};

/// How the text of a flag becomes a raw value: by the type that the row asks for.
template <typename Owner>
struct TextReader {
    std::string_view text;

    RawValue operator()(bool Owner::*) const {
        if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
        if (text == "false" || text == "no" || text == "off" || text == "0") return false;
        return std::string(text);
    }
    RawValue operator()(std::int64_t Owner::*) const { return number_or_text(text); }
    RawValue operator()(std::string Owner::*) const { return std::string(text); }
    RawValue operator()(Duration Owner::*) const { return std::string(text); }
    RawValue operator()(ByteCount Owner::*) const { return std::string(text); }
    RawValue operator()(TextList Owner::*) const {
        return split([](std::string_view item) { return Scalar(std::string(item)); });
    }
    RawValue operator()(NumberList Owner::*) const {
        return split([](std::string_view item) {
            const auto number = parse_integer(item);
            return number ? Scalar(*number) : Scalar(std::string(item));
        });
    }

    static RawValue number_or_text(std::string_view text) {
        if (const auto number = parse_integer(text)) return *number;
        return std::string(text);
    }
    template <typename MakeItem>
    RawValue split(MakeItem make_item) const {
        std::vector<Scalar> items;
        std::string_view left = text;
        while (!left.empty()) {
            const std::size_t comma = left.find(',');
            items.push_back(make_item(left.substr(0, comma)));
            left = comma == std::string_view::npos ? "" : left.substr(comma + 1);
        }
        return items;
    }
};

template <typename Owner>
struct TomlPrinter {
    const Owner& settings;

    std::string operator()(bool Owner::* m) const { return settings.*m ? "true" : "false"; }
    std::string operator()(std::int64_t Owner::* m) const { return fmt::format("{}", settings.*m); }
    std::string operator()(std::string Owner::* m) const { return quoted(settings.*m); }
    std::string operator()(Duration Owner::* m) const { return quoted(duration_text(settings.*m)); }
    std::string operator()(ByteCount Owner::* m) const {
        return quoted(bytes_text((settings.*m).bytes));
    }
    std::string operator()(TextList Owner::* m) const {
        std::string out = "[";
        for (const std::string& item : settings.*m) {
            out += (out.size() > 1 ? ", " : "") + quoted(item);
        }
        return out + "]";
    }
    std::string operator()(NumberList Owner::* m) const {
        return fmt::format("[{}]", fmt::join(settings.*m, ", "));
    }
};

template <typename Owner>
struct AcceptedPrinter {
    const Row<Owner>& setting;

    std::string operator()(bool Owner::*) const { return "true or false"; }
    std::string operator()(std::int64_t Owner::*) const {
        return fmt::format("a number from {} to {}", setting.least, setting.most);
    }
    std::string operator()(std::string Owner::*) const {
        return setting.choices.empty()
                   ? "text in quotation marks"
                   : fmt::format("\"{}\"", fmt::join(setting.choices, "\", \""));
    }
    std::string operator()(Duration Owner::*) const {
        return fmt::format("a time from \"{}\" to \"{}\"", duration_text({setting.least}),
                           duration_text({setting.most}));
    }
    std::string operator()(ByteCount Owner::*) const {
        return fmt::format("a size from \"{}\" to \"{}\"",
                           bytes_text(static_cast<std::uint64_t>(setting.least)),
                           bytes_text(static_cast<std::uint64_t>(setting.most)));
    }
    std::string operator()(TextList Owner::*) const { return "a list of texts"; }
    std::string operator()(NumberList Owner::*) const {
        return fmt::format("a list of numbers from {} to {}", setting.least, setting.most);
    }
};

}  // namespace

template <typename Owner>
Result<void> assign(Owner& settings, const Row<Owner>& setting, const RawValue& value) {
    return std::visit(Assigner<Owner>{settings, setting, value}, setting.member);
}

template <typename Owner>
Result<void> assign_text(Owner& settings, const Row<Owner>& setting, std::string_view text) {
    return assign(settings, setting, std::visit(TextReader<Owner>{text}, setting.member));
}

template <typename Owner>
std::string toml_text(const Owner& settings, const Row<Owner>& setting) {
    return std::visit(TomlPrinter<Owner>{settings}, setting.member);
}

template <typename Owner>
std::string accepted_text(const Row<Owner>& setting) {
    return std::visit(AcceptedPrinter<Owner>{setting}, setting.member);
}

#define VEDETTE_INSTANTIATE(Owner)                                                  \
    template Result<void> assign(Owner&, const Row<Owner>&, const RawValue&);       \
    template Result<void> assign_text(Owner&, const Row<Owner>&, std::string_view); \
    template std::string toml_text(const Owner&, const Row<Owner>&);                \
    template std::string accepted_text(const Row<Owner>&);
VEDETTE_INSTANTIATE(Settings)
VEDETTE_INSTANTIATE(NotifyTarget)
#undef VEDETTE_INSTANTIATE

}  // namespace vedette::config
