#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "app/commands/alert_commands.hpp"
#include "app/commands/commands.hpp"
#include "app/guard/guard_run.hpp"
#include "base/suggest.hpp"
#include "base/units.hpp"
#include "render/alert/alert_text.hpp"
#include "render/table/safe_text.hpp"
#include "store/sqlite/alerts/alert_book.hpp"
#include "sys/capture/pcapng_writer.hpp"
#include "sys/clock/local_time.hpp"
#include "sys/os/error.hpp"

namespace vedette::app {
namespace {

using Json = ListingCell::Json;
using render::Align;
using render::Presence;

constexpr std::uint32_t kDefaultRows = 100;

Result<store::AlertBook> open_book(const Context& context) {
    const std::string path = alerts_path(context);
    if (::access(path.c_str(), F_OK) != 0) {
        return fail(ErrorKind::NotFound,
                    fmt::format("there are no alerts yet: {} does not exist. `vedette watch` and "
                                "`vedette serve` make it when their detectors run",
                                path));
    }
    return store::AlertBook::open(path);
}

std::string moment_text(Timestamp time) {
    if (!time.known()) return {};
    return sys::date_text(time) + " " + sys::clock_text(time).substr(0, 8);
}

Result<std::int64_t> parse_id(const Arguments& arguments, std::string_view action) {
    const auto& words = arguments.operands();
    if (words.size() == 2) {
        std::int64_t id = 0;
        const char* const end = words[1].data() + words[1].size();
        const char* const begin = words[1].data() + (words[1].starts_with('#') ? 1 : 0);
        const auto [stop, error] = std::from_chars(begin, end, id);
        if (error == std::errc{} && stop == end) return id;
    }
    return fail(ErrorKind::Usage, fmt::format("expected: alerts {} ID", action));
}

Result<FindingKind> parse_kind(std::string_view text) {
    if (const auto kind = find_finding_kind(text)) return *kind;
    std::vector<std::string_view> ids;
    for (std::size_t i = 0; i < static_cast<std::size_t>(FindingKind::Count); ++i) {
        ids.push_back(info(static_cast<FindingKind>(i)).id);
    }
    const std::string_view near = nearest_word(text, ids);
    return fail(ErrorKind::Usage,
                fmt::format("'{}' is no kind of alert{}", text,
                            near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

/// `--by`, else the account's name.
std::string who(const Arguments& arguments) {
    if (const std::string* const by = arguments.get("by")) return *by;
    const passwd* const account = ::getpwuid(::getuid());
    return account != nullptr ? account->pw_name : fmt::format("uid {}", ::getuid());
}

Result<store::AlertQuery> make_query(const Context& context, const Arguments& arguments) {
    store::AlertQuery query;
    query.open_only = arguments.has("open");
    query.limit = static_cast<std::uint32_t>(arguments.number("limit", kDefaultRows));
    if (const std::string* const least = arguments.get("severity")) {
        query.least = static_cast<Severity>(std::ranges::find(kAlertSeverities, *least) -
                                            kAlertSeverities.begin());
    }
    if (const std::string* const text = arguments.get("kind")) {
        const auto kind = parse_kind(*text);
        if (!kind) return std::unexpected(kind.error());
        query.kind = *kind;
    }
    if (const std::string* const text = arguments.get("since")) {
        const auto age = parse_duration(*text);
        if (!age) return fail(ErrorKind::Usage, fmt::format("'{}' is no age, such as 12h", *text));
        query.since = context.clock().now() - *age;
    }
    return query;
}

Result<int> list(Context& context, const Arguments& arguments) {
    if (arguments.operands().size() > 1) {
        return fail(ErrorKind::Usage, fmt::format("alerts list takes options only, not '{}'",
                                                  arguments.operands()[1]));
    }
    const auto query = make_query(context, arguments);
    if (!query) return std::unexpected(query.error());
    auto book = open_book(context);
    if (!book) return std::unexpected(std::move(book).error());
    const auto alerts = book->list(*query);
    if (!alerts) return std::unexpected(alerts.error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    if (Context::format(arguments) == Format::Jsonl) {
        std::string text;
        for (const Alert& alert : *alerts)
            render::append_alert_json(text, alert);
        output->write(text);
        VEDETTE_TRY(output->finish());
        return 0;
    }
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"id", {"id", Align::Right}},
                     {"last", {"last seen"}},
                     {"severity", {"severity"}},
                     {"state", {"state"}},
                     {"kind", {"kind"}},
                     {"count", {"count", Align::Right}},
                     {"subject", {"subject", Align::Left, 16}},
                     {"reason", {"reason", Align::Left, 20}}});
    for (const Alert& alert : *alerts) {
        const std::string state =
            std::string(to_text(alert.state)).append(alert.muted ? ", muted" : "");
        listing.add({{fmt::format("{}", alert.id), {}, Json::Number},
                     {moment_text(alert.last), sys::iso_text(alert.last)},
                     {std::string(render::severity_text(alert.severity)),
                      {},
                      Json::Text,
                      render::severity_tone(alert.severity)},
                     {state},
                     {std::string(info(alert.kind).id)},
                     {fmt::format("{}", alert.count), {}, Json::Number},
                     {alert.subject},
                     {alert.reason}});
    }
    listing.finish();
    VEDETTE_TRY(output->finish());
    if (alerts->empty()) context.say("No alert matches.");
    return 0;
}

std::string description(const Alert& alert, std::size_t packets, render::Color color) {
    std::string text =
        fmt::format("{}  {}\n\n{}\n\n",
                    render::toned(fmt::format("#{} {}", alert.id, info(alert.kind).title),
                                  render::Tone::Strong, color),
                    render::toned(render::severity_text(alert.severity),
                                  render::severity_tone(alert.severity), color),
                    render::safe_text(alert.reason));
    const auto line = [&](std::string_view key, std::string_view value) {
        if (!value.empty()) text += fmt::format("{:<13} {}\n", key, render::safe_text(value));
    };
    line("kind", info(alert.kind).id);
    std::string state(to_text(alert.state));
    if (alert.state == AlertState::Ended) state += " " + moment_text(alert.last);
    if (!alert.acknowledged_by.empty()) state += ", acknowledged by " + alert.acknowledged_by;
    if (alert.muted) state += ", muted";
    line("state", state);
    line("subject", alert.subject);
    line("first", moment_text(alert.first));
    line("last", moment_text(alert.last));
    line("events", fmt::format("{}", alert.count));
    line("client", alert.client);
    line("client MAC", alert.client_mac);
    line("server", alert.server);
    line("name", alert.name);
    if (packets != 0) {
        line("packets",
             fmt::format("{} kept; vedette alerts show {} --pcap FILE", packets, alert.id));
    }
    text += fmt::format("\nWhat to do: {}\n", info(alert.kind).advice);
    return text;
}

/// The filter bounded by the alert's own time, as words of a command line.
std::vector<std::string> log_words(const Alert& alert) {
    std::vector<std::string> words{"logs"};
    std::string_view rest = alert.filter;
    while (!rest.empty()) {
        const std::size_t blank = rest.find(' ');
        if (blank != 0) words.emplace_back(rest.substr(0, blank));
        rest = blank == std::string_view::npos ? "" : rest.substr(blank + 1);
    }
    words.push_back(fmt::format("since:@{}", alert.first.whole_seconds()));
    words.push_back(fmt::format("until:@{}", alert.last.whole_seconds() + 1));
    return words;
}

/// The transactions behind an alert, as `vedette logs` lists them.
Result<int> show_transactions(Context& context, const Alert& alert) {
    if (alert.filter.empty() || ::access(context.store_path().c_str(), F_OK) != 0) return 0;
    if (alert.kind == FindingKind::ResolverEncrypted && !alert.server.empty()) {
        context.say("\nWhat is asked inside encrypted connections cannot be read, nor stored.");
        return 0;
    }
    std::vector<std::string> words = log_words(alert);
    std::string command = "vedette";
    for (const std::string& word : words)
        command += " " + word;
    words.insert(words.end(), {"-n", "10"});
    context.say(fmt::format("\nThe newest transactions of: {}", render::safe_text(command)));
    const auto request = parse_arguments(context.line(), std::move(words));
    if (!request) return std::unexpected(request.error());
    return request->command->run(context, request->arguments);
}

Result<int> write_packets(const std::vector<EvidencePacket>& packets, const Alert& alert,
                          const std::string& path) {
    if (packets.empty()) {
        return fail(ErrorKind::NotFound,
                    fmt::format("no packets were kept with alert {}", alert.id));
    }
    auto writer = sys::PcapngWriter::create(path);
    if (!writer) return std::unexpected(std::move(writer).error());
    for (const EvidencePacket& packet : packets) {
        sys::PacketRecord record;
        record.time = packet.time;
        record.data = packet.bytes.data();
        record.captured = static_cast<std::uint32_t>(packet.bytes.size());
        record.original = packet.original;
        record.link_type = packet.link_type;
        VEDETTE_TRY(writer->write(record, "", fmt::format("packet {}", packet.number)));
    }
    VEDETTE_TRY(writer->flush());
    return 0;
}

Result<int> show(Context& context, const Arguments& arguments) {
    const auto id = parse_id(arguments, "show");
    if (!id) return std::unexpected(id.error());
    auto book = open_book(context);
    if (!book) return std::unexpected(std::move(book).error());
    const auto alert = book->get(*id);
    if (!alert) return std::unexpected(alert.error());
    const auto packets = book->evidence(*id);
    if (!packets) return std::unexpected(packets.error());
    if (const std::string* const path = arguments.get("pcap")) {
        return write_packets(*packets, *alert, *path);
    }
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    if (Context::format(arguments) == Format::Jsonl) {
        std::string text;
        render::append_alert_json(text, *alert);
        output->write(text);
        VEDETTE_TRY(output->finish());
        return 0;
    }
    output->write(description(*alert, packets->size(), context.color(*output)));
    VEDETTE_TRY(output->finish());
    return arguments.has("output") ? Result<int>{0} : show_transactions(context, *alert);
}

Result<int> acknowledge(Context& context, const Arguments& arguments) {
    const auto id = parse_id(arguments, "ack");
    if (!id) return std::unexpected(id.error());
    auto book = open_book(context);
    if (!book) return std::unexpected(std::move(book).error());
    VEDETTE_TRY(book->acknowledge(*id, who(arguments)));
    context.say(fmt::format("Alert {} acknowledged", *id));
    return 0;
}

/// What `mute` names: an alert's kind and subject, or a kind and perhaps a subject.
Result<Mute> mute_of(store::AlertBook& book, const std::vector<std::string>& words) {
    Mute mute;
    if (words.size() < 2)
        return fail(ErrorKind::Usage, "expected: alerts mute ID | KIND [SUBJECT]");
    std::int64_t id = 0;
    const char* const end = words[1].data() + words[1].size();
    const auto [stop, error] = std::from_chars(words[1].data(), end, id);
    if (error == std::errc{} && stop == end) {
        const auto alert = book.get(id);
        if (!alert) return std::unexpected(alert.error());
        mute.kind = alert->kind;
        mute.subject = alert->subject;
        return mute;
    }
    const auto kind = parse_kind(words[1]);
    if (!kind) return std::unexpected(kind.error());
    mute.kind = *kind;
    for (std::size_t i = 2; i < words.size(); ++i)
        mute.subject += (i == 2 ? "" : " ") + words[i];
    return mute;
}

Result<int> mute(Context& context, const Arguments& arguments) {
    const std::string* const reason = arguments.get("reason");
    if (reason == nullptr || reason->empty()) {
        return fail(ErrorKind::Usage, "a mute needs --reason, for those who come after you");
    }
    auto book = store::AlertBook::open(alerts_path(context));
    if (!book) return std::unexpected(std::move(book).error());
    auto wanted = mute_of(*book, arguments.operands());
    if (!wanted) return std::unexpected(std::move(wanted).error());
    wanted->reason = *reason;
    wanted->by = who(arguments);
    wanted->created = context.clock().now();
    if (const std::string* const text = arguments.get("for")) {
        const auto length = parse_duration(*text);
        if (!length) {
            return fail(ErrorKind::Usage, fmt::format("'{}' is no length, such as 4h", *text));
        }
        wanted->expires = wanted->created + *length;
    }
    const auto id = book->add_mute(*wanted);
    if (!id) return std::unexpected(id.error());
    context.say(fmt::format(
        "Mute {}: {} {} {}", *id, info(*wanted->kind).id,
        wanted->subject.empty() ? "of every subject" : render::safe_text(wanted->subject),
        wanted->expires.known() ? "until " + moment_text(wanted->expires) : "until it is removed"));
    return 0;
}

Result<int> unmute(Context& context, const Arguments& arguments) {
    const auto id = parse_id(arguments, "unmute");
    if (!id) return std::unexpected(id.error());
    auto book = open_book(context);
    if (!book) return std::unexpected(std::move(book).error());
    VEDETTE_TRY(book->remove_mute(*id));
    context.say(fmt::format("Mute {} removed", *id));
    return 0;
}

Result<int> mutes(Context& context, const Arguments& arguments) {
    auto book = open_book(context);
    if (!book) return std::unexpected(std::move(book).error());
    const auto rows = book->mutes(context.clock().now());
    if (!rows) return std::unexpected(rows.error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"id", {"id", Align::Right}},
                     {"kind", {"kind"}},
                     {"subject", {"subject", Align::Left, 12}},
                     {"reason", {"reason", Align::Left, 12}},
                     {"by", {"by"}},
                     {"created", {"created", Align::Left, 0, Presence::IfWide}},
                     {"expires", {"expires"}}});
    for (const Mute& mute : *rows) {
        listing.add({{fmt::format("{}", mute.id), {}, Json::Number},
                     {mute.kind ? std::string(info(*mute.kind).id) : "(every kind)"},
                     {mute.subject.empty() ? "(every subject)" : mute.subject, mute.subject},
                     {mute.reason},
                     {mute.by},
                     {moment_text(mute.created), sys::iso_text(mute.created)},
                     {mute.expires.known() ? moment_text(mute.expires) : "never",
                      mute.expires.known() ? sys::iso_text(mute.expires) : ""}});
    }
    listing.finish();
    VEDETTE_TRY(output->finish());
    return 0;
}

struct Action {
    std::string_view name;
    RunCommand run;
};
constexpr std::array<Action, 6> kActions{{{"list", list},
                                          {"show", show},
                                          {"ack", acknowledge},
                                          {"mute", mute},
                                          {"unmute", unmute},
                                          {"mutes", mutes}}};

}  // namespace

Result<int> run_alerts(Context& context, const Arguments& arguments) {
    const auto& words = arguments.operands();
    const std::string_view name = words.empty() ? "list" : std::string_view(words.front());
    return std::ranges::find(kActions, name, &Action::name)->run(context, arguments);
}

}  // namespace vedette::app
