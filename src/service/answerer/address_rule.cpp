#include "service/answerer/address_rule.hpp"

#include <algorithm>
#include <charconv>

namespace vedette::answerer {
namespace {

constexpr std::uint16_t kMinutesPerDay = 1'440;

std::string_view trimmed(std::string_view text) noexcept {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

std::optional<std::uint16_t> parse_number(std::string_view text, std::uint16_t most) noexcept {
    std::uint16_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || value > most) return std::nullopt;
    return value;
}

/// "4", "04:30", "24:00" as minutes of the day.
std::optional<std::uint16_t> parse_moment(std::string_view text) noexcept {
    const std::size_t colon = text.find(':');
    const auto hour = parse_number(text.substr(0, colon), 24);
    if (!hour) return std::nullopt;
    std::uint16_t minute = 0;
    if (colon != std::string_view::npos) {
        const auto parsed = parse_number(text.substr(colon + 1), 59);
        if (!parsed) return std::nullopt;
        minute = *parsed;
    }
    const auto moment = static_cast<std::uint16_t>(*hour * 60 + minute);
    if (moment > kMinutesPerDay) return std::nullopt;
    return moment;
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t comma = text.find(',');
        parts.emplace_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

}  // namespace

std::uint64_t name_number(ByteView name) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (std::uint8_t octet : name) {
        if (octet >= 'A' && octet <= 'Z') octet = static_cast<std::uint8_t>(octet + ('a' - 'A'));
        hash = (hash ^ octet) * 0x100000001b3ULL;
    }
    return hash;
}

Result<AddressRule::Window> AddressRule::parse_window(const std::string& text) {
    const std::string_view view = text;
    const std::size_t equals = view.find('=');
    const std::string_view hours = trimmed(view.substr(0, equals));
    const std::size_t dash = hours.find('-');
    const auto refuse = [&] {
        return fail(ErrorKind::InvalidSettings,
                    "\"" + text + "\" is no window such as \"04:00-12:00 = 192.0.2.11-15\"");
    };
    if (equals == std::string_view::npos || dash == std::string_view::npos) return refuse();
    const auto begin = parse_moment(trimmed(hours.substr(0, dash)));
    const auto end = parse_moment(trimmed(hours.substr(dash + 1)));
    if (!begin || !end || *begin == *end) return refuse();
    auto pool = AddressPool::parse(split_list(view.substr(equals + 1)));
    if (!pool) return std::unexpected(std::move(pool).error());
    return Window{*begin, *end, std::move(*pool)};
}

Result<AddressRule> AddressRule::make(const AddressRuleSettings& settings) {
    auto pool = AddressPool::parse(settings.pool);
    if (!pool) return fail(std::move(pool).error(), "answer.pool");
    AddressRule rule(std::move(*pool));
    if (settings.rule == "round-robin") {
        rule.kind_ = Kind::RoundRobin;
    } else if (settings.rule == "hash") {
        rule.kind_ = Kind::Hash;
    } else if (settings.rule == "time") {
        rule.kind_ = Kind::Time;
    } else {
        return fail(ErrorKind::InvalidSettings,
                    "answer.rule: \"" + settings.rule + "\" is not round-robin, hash or time");
    }
    for (const std::string& text : settings.windows) {
        auto window = parse_window(text);
        if (!window) return fail(std::move(window).error(), "answer.windows");
        rule.windows_.push_back(std::move(*window));
    }
    if (rule.kind_ != Kind::Time && !rule.windows_.empty())
        return fail(ErrorKind::InvalidSettings,
                    "answer.windows: windows need answer.rule = \"time\"");
    return rule;
}

std::optional<IpAddress> AddressRule::choose(Family family, const Asked& asked) noexcept {
    const AddressPool* pool = &pool_;
    if (kind_ == Kind::Time) {
        const auto window = std::ranges::find_if(windows_, [&](const Window& candidate) {
            return candidate.holds(asked.second_of_day / 60 % kMinutesPerDay);
        });
        if (window != windows_.end()) pool = &window->pool;
    }
    const std::uint64_t size = pool->size(family);
    if (size == 0) return std::nullopt;
    switch (kind_) {
        case Kind::RoundRobin:
            return pool->at(family, turns_[static_cast<std::size_t>(family)]++ % size);
        case Kind::Hash:
            return pool->at(family, name_number(asked.name) % size);
        case Kind::Time:
            break;
    }
    return pool->at(family, asked.id % size);
}

}  // namespace vedette::answerer
