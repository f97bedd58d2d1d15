// The policy lists: one set of actions for resolvers and for clients.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "app/commands/commands.hpp"
#include "app/commands/policy_commands.hpp"
#include "app/guard/guard_run.hpp"
#include "base/units.hpp"
#include "model/vendor/vendor.hpp"
#include "render/table/safe_text.hpp"
#include "store/sqlite/policy/policy_store.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::app {
namespace {

using render::Align;
using render::Presence;
using Words = std::vector<std::string>;

Result<store::PolicyStore> open_policy(const Context& context) {
    const std::string path = policy_path(context);
    std::error_code ignored;  // opening the file tells it better
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    return store::PolicyStore::open(path);
}

std::string who(const Arguments& arguments) {
    if (const std::string* const by = arguments.get("by")) return *by;
    const passwd* const account = ::getpwuid(::getuid());
    return account != nullptr ? account->pw_name : fmt::format("uid {}", ::getuid());
}

std::string moment_text(Timestamp time) {
    if (!time.known()) return {};
    return sys::date_text(time) + " " + sys::clock_text(time).substr(0, 8);
}

Result<Timestamp> end_of(const Context& context, const Arguments& arguments,
                         std::string_view option) {
    const std::string* const text = arguments.get(option);
    if (text == nullptr) return kNever;
    const auto length = parse_duration(*text);
    if (!length) return fail(ErrorKind::Usage, fmt::format("'{}' is no length, such as 4h", *text));
    return context.clock().now() + *length;
}

bool is_known_vendor(const PolicySubject& subject) {
    for (VendorId id = 0; id < vendor_count(); ++id) {
        if (covers_vendor(subject, vendor_name(id))) return true;
    }
    return false;
}

/// "8.8.8.8: ban until 2026-11-21 14:00:00", and what to know about it.
std::string entry_text(const PolicyEntry& entry) {
    std::string text = fmt::format("{}: {}", entry.subject.text, to_text(entry.verdict));
    if (entry.expires.known()) text += " until " + moment_text(entry.expires);
    if (entry.subject.match == PolicyMatch::Vendor && !is_known_vendor(entry.subject)) {
        text += "; no manufacturer is known by that name";
    }
    return text;
}

Result<int> put(Context& context, const Arguments& arguments, PolicyList list) {
    const Words& words = arguments.operands();
    if (words.size() < 2) {
        return fail(
            ErrorKind::Usage,
            fmt::format("{} needs what it is about, such as {}", words.front(),
                        list == PolicyList::Resolvers ? "192.0.2.53" : "f4:6b:ef:6a:ad:c4"));
    }
    const auto expires = end_of(context, arguments, "for");
    if (!expires) return std::unexpected(expires.error());
    PolicyEntry entry;
    entry.list = list;
    entry.verdict = *find_policy_verdict(words.front());
    entry.expires = *expires;
    entry.created = context.clock().now();
    entry.by = who(arguments);
    if (const std::string* const reason = arguments.get("reason")) entry.reason = *reason;
    std::vector<PolicyEntry> entries;
    for (std::size_t i = 1; i < words.size(); ++i) {  // all or nothing
        auto subject = parse_policy_subject(list, words[i]);
        if (!subject) return std::unexpected(std::move(subject).error());
        entry.subject = std::move(*subject);
        entries.push_back(entry);
    }
    auto store = open_policy(context);
    if (!store) return std::unexpected(std::move(store).error());
    VEDETTE_TRY(store->put_all(entries));
    for (const PolicyEntry& stored : entries)
        context.say(entry_text(stored));
    return 0;
}

Result<int> remove(Context& context, const Arguments& arguments, PolicyList list) {
    const Words& words = arguments.operands();
    if (words.size() < 2) return fail(ErrorKind::Usage, "remove needs what to take off the list");
    auto store = open_policy(context);
    if (!store) return std::unexpected(std::move(store).error());
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto subject = parse_policy_subject(list, words[i]);
        if (!subject) return std::unexpected(subject.error());
        VEDETTE_TRY(store->remove(list, subject->text));
        context.say(subject->text + ": taken off the list");
    }
    return 0;
}

std::string mode_text(const PolicyMode& mode, Timestamp now) {
    if (!mode.allow_list) return "ban list: what is banned is wrong";
    if (mode.learning(now)) {
        return fmt::format("allow list, learning until {}: what is seen is proposed",
                           moment_text(mode.learn_until));
    }
    return "allow list: what is not authorized is wrong";
}

Result<int> show_list(Context& context, const Arguments& arguments, PolicyList list) {
    auto store = open_policy(context);
    if (!store) return std::unexpected(std::move(store).error());
    const auto entries = store->entries();
    if (!entries) return std::unexpected(entries.error());
    const auto modes = store->modes();
    if (!modes) return std::unexpected(modes.error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    const Timestamp now = context.clock().now();
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"subject", {"subject"}},
                     {"verdict", {"verdict"}},
                     {"reason", {"reason", Align::Left, 12, Presence::IfFilled}},
                     {"by", {"by", Align::Left, 4}},
                     {"created", {"created", Align::Left, 0, Presence::IfWide}},
                     {"expires", {"expires", Align::Left, 0, Presence::IfFilled}}});
    for (const PolicyEntry& entry : *entries) {
        if (entry.list != list || !entry.holds(now)) continue;
        const bool ends = entry.expires.known();
        listing.add({{entry.subject.text},
                     {std::string(to_text(entry.verdict))},
                     {entry.reason},
                     {entry.by},
                     {moment_text(entry.created), sys::iso_text(entry.created)},
                     {moment_text(entry.expires), ends ? sys::iso_text(entry.expires) : ""}});
    }
    listing.finish();
    VEDETTE_TRY(output->finish());
    context.say(mode_text((*modes)[static_cast<std::size_t>(list)], now));
    return 0;
}

Result<int> accept(Context& context, const Arguments& arguments, PolicyList list) {
    auto store = open_policy(context);
    if (!store) return std::unexpected(std::move(store).error());
    const auto count = store->accept(list, who(arguments));
    if (!count) return std::unexpected(count.error());
    context.say(fmt::format("{} {} authorized", *count, *count == 1 ? "proposal" : "proposals"));
    return 0;
}

Result<int> set_mode(Context& context, const Arguments& arguments, PolicyList list) {
    const Words& words = arguments.operands();
    const bool allow = words.size() == 2 && words[1] == "allow-list";
    if (!allow && !(words.size() == 2 && words[1] == "ban-list")) {
        return fail(ErrorKind::Usage, "expected: mode ban-list, or mode allow-list [--learn 7d]");
    }
    const auto learn_until = end_of(context, arguments, "learn");
    if (!learn_until) return std::unexpected(learn_until.error());
    const PolicyMode mode{allow, allow ? *learn_until : kNever};
    auto store = open_policy(context);
    if (!store) return std::unexpected(std::move(store).error());
    VEDETTE_TRY(store->set_mode(list, mode));
    context.say(mode_text(mode, context.clock().now()));
    return 0;
}

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view kBlanks = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// `ban 192.0.2.1 until=1795262400 # why`; the verdict and everything after the subject may be
/// left out, so that a plain list of addresses is a ban list.
Result<std::optional<PolicyEntry>> parse_line(std::string_view line, PolicyList list) {
    PolicyEntry entry;
    entry.list = list;
    entry.verdict = PolicyVerdict::Ban;
    const std::size_t comment = line.find('#');
    if (comment != std::string_view::npos) {
        entry.reason = std::string(trimmed(line.substr(comment + 1)));
        line = line.substr(0, comment);
    }
    line = trimmed(line);
    if (line.empty()) return std::nullopt;
    const std::size_t blank = line.find_first_of(" \t");
    const auto verdict = find_policy_verdict(line.substr(0, blank));
    if (verdict && blank != std::string_view::npos) {
        entry.verdict = *verdict;
        line = trimmed(line.substr(blank));
    }
    constexpr std::string_view kUntil = "until=";
    const std::size_t until = line.rfind(kUntil);
    if (until != std::string_view::npos) {
        const std::string_view number = line.substr(until + kUntil.size());
        std::int64_t seconds = 0;
        const char* const end = number.data() + number.size();
        const auto [stop, error] = std::from_chars(number.data(), end, seconds);
        if (error != std::errc{} || stop != end) {
            return fail(ErrorKind::InvalidInput, fmt::format("'{}' is no moment", number));
        }
        entry.expires = Timestamp::from_seconds(seconds);
        line = trimmed(line.substr(0, until));
    }
    auto subject = parse_policy_subject(list, line);
    if (!subject) return std::unexpected(std::move(subject).error());
    entry.subject = std::move(*subject);
    return entry;
}

Result<int> import(Context& context, const Arguments& arguments, PolicyList list) {
    const Words& words = arguments.operands();
    if (words.size() != 2) return fail(ErrorKind::Usage, "expected: import FILE");
    std::ifstream file(words[1]);
    if (!file) return fail(ErrorKind::NotFound, fmt::format("cannot open {}", words[1]));
    std::vector<PolicyEntry> entries;
    std::uint64_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        auto entry = parse_line(line, list);
        if (!entry) return fail(std::move(entry).error(), fmt::format("{}:{}", words[1], number));
        if (*entry) entries.push_back(std::move(**entry));
    }
    auto store = open_policy(context);
    if (!store) return std::unexpected(std::move(store).error());
    for (PolicyEntry& entry : entries) {
        entry.by = who(arguments);
        entry.created = context.clock().now();
    }
    VEDETTE_TRY(store->put_all(entries));
    context.say(
        fmt::format("{} {} read", entries.size(), entries.size() == 1 ? "entry" : "entries"));
    return 0;
}

Result<int> write_out(Context& context, const Arguments& arguments, PolicyList list) {
    auto store = open_policy(context);
    if (!store) return std::unexpected(std::move(store).error());
    const auto entries = store->entries();
    if (!entries) return std::unexpected(entries.error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    for (const PolicyEntry& entry : *entries) {
        if (entry.list != list || !entry.holds(context.clock().now())) continue;
        std::string line = fmt::format("{} {}", to_text(entry.verdict), entry.subject.text);
        if (entry.expires.known()) line += fmt::format(" until={}", entry.expires.whole_seconds());
        if (!entry.reason.empty()) line += " # " + render::safe_text(entry.reason);
        output->write(line + "\n");
    }
    VEDETTE_TRY(output->finish());
    return 0;
}

struct Action {
    std::string_view name;
    Result<int> (*run)(Context&, const Arguments&, PolicyList);
};
// In the order of kPolicyActions.
constexpr std::array<Action, kPolicyActions.size()> kActions{{{"authorize", put},
                                                              {"ban", put},
                                                              {"ignore", put},
                                                              {"remove", remove},
                                                              {"list", show_list},
                                                              {"accept", accept},
                                                              {"mode", set_mode},
                                                              {"import", import},
                                                              {"export", write_out}}};

Result<int> run_policy(Context& context, const Arguments& arguments, PolicyList list) {
    const std::string& word = arguments.operands().front();
    return std::ranges::find(kActions, word, &Action::name)->run(context, arguments, list);
}

}  // namespace

bool is_policy_action(std::string_view word) noexcept {
    return std::ranges::find(kPolicyActions, word) != kPolicyActions.end();
}

Result<int> run_resolvers(Context& context, const Arguments& arguments) {
    return run_policy(context, arguments, PolicyList::Resolvers);
}

Result<int> run_client_policy(Context& context, const Arguments& arguments) {
    return run_policy(context, arguments, PolicyList::Clients);
}

}  // namespace vedette::app
