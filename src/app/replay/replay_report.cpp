#include "app/replay/replay_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/watch/summary.hpp"
#include "render/dns_words.hpp"
#include "render/json/json_line.hpp"
#include "render/name_text.hpp"

namespace vedette::app {
namespace {

using replay::Cause;
using replay::Outcome;
using replay::Report;
using replay::Status;
using replay::Verdict;

constexpr std::size_t kBarColumns = 40;

std::string millis_text(Duration latency) {
    return fmt::format("{:.3f}", static_cast<double>(latency.nanos) / kNanosPerMilli);
}

/// "850 us", "12.3 ms", "2 s": what a person compares.
std::string span_text(Duration span) {
    const auto nanos = static_cast<double>(span.nanos);
    if (span.nanos < kNanosPerMilli) return fmt::format("{:.3g} us", nanos / kNanosPerMicro);
    if (span.nanos < kNanosPerSecond) return fmt::format("{:.3g} ms", nanos / kNanosPerMilli);
    return fmt::format("{:.3g} s", nanos / kNanosPerSecond);
}

double seconds(Duration span) {
    return static_cast<double>(span.nanos) / kNanosPerSecond;
}

render::Tone status_tone(const Outcome& outcome) {
    if (outcome.status == Status::Lost) return render::Tone::Bad;
    if (outcome.status != Status::Answered) return render::Tone::Warning;
    return outcome.rcode == 0 ? render::Tone::Plain : render::Tone::Quiet;
}

render::Tone verdict_tone(Verdict verdict) {
    if (verdict == Verdict::Differs || verdict == Verdict::Missing) return render::Tone::Bad;
    return verdict == Verdict::New ? render::Tone::Warning : render::Tone::Quiet;
}

/// First and last bucket that hold something.
struct Span {
    std::size_t first = 0;
    std::size_t last = 0;
};
Span filled(const Report& report) {
    Span span{replay::kLatencyBuckets - 1, 0};
    for (std::size_t i = 0; i < replay::kLatencyBuckets; ++i) {
        if (report.buckets[i] == 0) continue;
        span.first = std::min(span.first, i);
        span.last = i;
    }
    return span;
}

std::string bucket_text(std::size_t bucket) {
    const Duration bound = replay::bucket_bound(bucket);
    if (bound.nanos == 0)
        return ">= " + span_text(replay::bucket_bound(replay::kLatencyBuckets - 2));
    return "< " + span_text(bound);
}

std::string chart_text(const Report& report) {
    if (report.answered == 0) return {};
    const std::uint64_t most = std::ranges::max(report.buckets);
    const Span span = filled(report);
    std::string text;
    for (std::size_t i = span.first; i <= span.last; ++i) {
        const std::uint64_t count = report.buckets[i];
        const std::size_t bar =
            count == 0 ? 0 : std::max<std::size_t>(1, count * kBarColumns / most);
        text +=
            fmt::format("  {:>9} {:<{}} {} ({:.1f} %)\n", bucket_text(i), std::string(bar, '#'),
                        kBarColumns, grouped(count),
                        100.0 * static_cast<double>(count) / static_cast<double>(report.answered));
    }
    return text;
}

void append_list(std::string& text, std::string_view item, std::uint64_t count) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), item);
}

std::string rcodes_text(const Report& report) {
    std::string text;
    for (const auto& [rcode, count] : report.rcodes)
        append_list(text, render::rcode_text(rcode), count);
    append_list(text, "packets without a question", report.empty);
    return text;
}

std::string causes_text(const Report& report) {
    std::string text;
    for (std::size_t i = 1; i < report.causes.size(); ++i)
        append_list(text, to_text(static_cast<Cause>(i)), report.causes[i]);
    return text;
}

std::string verdicts_text(const Report& report) {
    std::string text;
    for (std::size_t i = 1; i < report.verdicts.size(); ++i)
        append_list(text, to_text(static_cast<Verdict>(i)), report.verdicts[i]);
    append_list(text, "with nothing to compare", report.verdicts[0]);
    return text;
}

std::string skipped_text(const replay::Plan& plan) {
    std::string text;
    for (std::size_t i = 0; i < plan.skipped.size(); ++i)
        append_list(text, to_text(static_cast<replay::Skipped>(i)), plan.skipped[i]);
    return text;
}

double rate_of(const ReplaySums& sums) {
    const double elapsed = seconds(sums.totals.elapsed);
    return elapsed > 0 ? static_cast<double>(sums.totals.answered) / elapsed : 0.0;
}

}  // namespace

std::string status_text(const Outcome& outcome) {
    switch (outcome.status) {
        case Status::Answered: {
            const bool nodata = outcome.rcode == 0 && outcome.answers == 0;
            std::string text = nodata ? "NODATA" : render::rcode_text(outcome.rcode);
            if (outcome.cut) text += " (cut)";
            return text;
        }
        case Status::Empty:
            return "no question";
        case Status::Lost:
            return fmt::format("lost: {}", to_text(outcome.cause));
        case Status::Waiting:
        case Status::NotSent:
            break;
    }
    return "not asked";
}

std::vector<ListingColumn> replay_columns(Comparison comparison) {
    std::vector<ListingColumn> columns{
        {"domain", {"DOMAIN", render::Align::Left, 20}},
        {"type", {"TYPE"}},
        {"address", {"ADDRESS"}},
        {"id", {"ID", render::Align::Right}},
        {"latency_ms", {"LATENCY", render::Align::Right}},
        {"status", {"STATUS"}},
        {"attempts", {"TRIES", render::Align::Right, 0, render::Presence::IfWide}},
    };
    if (comparison == Comparison::On) columns.push_back({"compare", {"COMPARE"}});
    return columns;
}

std::vector<ListingCell> replay_row(const replay::Plan& plan, std::uint32_t row,
                                    const Outcome& outcome, Comparison comparison) {
    using Json = ListingCell::Json;
    const replay::PlannedQuestion& question = plan.questions[row];
    const bool answered = outcome.status == Status::Answered;
    std::string name = render::name_text(plan.name(question));
    if (name.empty()) name = "?";
    const std::string latency = answered ? millis_text(outcome.latency) : std::string();
    std::vector<ListingCell> cells{
        {std::move(name)},
        {render::type_text(question.type)},
        {outcome.has_address ? outcome.address.to_text() : std::string()},
        {std::to_string(plan.messages[question.message].id), {}, Json::Number},
        {answered ? latency + " ms" : std::string("-"), latency,
         answered ? Json::Number : Json::Text},
        {status_text(outcome), {}, Json::Text, status_tone(outcome)},
        {std::to_string(outcome.attempts), {}, Json::Number, render::Tone::Quiet},
    };
    if (comparison == Comparison::On) {
        cells.push_back(
            {std::string(to_text(outcome.verdict)), {}, Json::Text, verdict_tone(outcome.verdict)});
    }
    return cells;
}

std::string sums_text(const ReplaySums& sums) {
    const Report& report = sums.report;
    std::string text = fmt::format(
        "{} questions: {} answered, {} lost ({:.2f} %)", grouped(report.questions),
        grouped(report.answered + report.empty), grouped(report.lost), 100 * report.loss());
    append_list(text, "not asked", report.not_sent);
    text += fmt::format("; {:.3g} s, {} answers a second\n", seconds(sums.totals.elapsed),
                        grouped(static_cast<std::uint64_t>(rate_of(sums))));
    const auto line = [&](std::string_view title, const std::string& what) {
        if (!what.empty()) text += fmt::format("{:<9} {}\n", title, what);
    };
    line("Answers", rcodes_text(report));
    line("Lost", causes_text(report));
    if (sums.comparison == Comparison::On) line("Compared", verdicts_text(report));
    line("Left out", skipped_text(sums.plan));
    std::string notes;
    append_list(notes, "repeated", sums.totals.repeated);
    append_list(notes, "asked again over TCP", report.fell_back);
    append_list(notes, "cut", report.cut);
    append_list(notes, "late, doubled or wrong answers", sums.totals.strays);
    append_list(notes, "messages asked one question at a time", sums.plan.split);
    append_list(notes, "rebuilt because the capture cut them", sums.plan.rebuilt);
    line("Sent", fmt::format("{} messages{}{}", grouped(sums.totals.sent),
                             notes.empty() ? "" : "; ", notes));
    line("Ended", sums.totals.ended_early);
    if (report.answered != 0) {
        const replay::Latencies& l = report.latency;
        line("Latency",
             fmt::format("least {}, half {}, 90 % {}, 95 % {}, 99 % {}, 99.9 % {}, most {}",
                         span_text(l.least), span_text(l.p50), span_text(l.p90), span_text(l.p95),
                         span_text(l.p99), span_text(l.p999), span_text(l.most)));
    }
    return text + chart_text(report);
}

std::string sums_json(const ReplaySums& sums) {
    const Report& report = sums.report;
    const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    const auto counts = [&](const auto& names_and_counts) {
        std::string object = "{";
        for (const auto& [name, count] : names_and_counts) {
            if (object.size() > 1) object += ',';
            render::append_json_string(object, name);
            object += fmt::format(":{}", count);
        }
        return object + '}';
    };
    std::vector<std::pair<std::string, std::uint64_t>> rcodes, causes, verdicts, skipped, buckets;
    for (const auto& [rcode, count] : report.rcodes)
        rcodes.emplace_back(render::rcode_text(rcode), count);
    for (std::size_t i = 1; i < report.causes.size(); ++i)
        if (report.causes[i] != 0)
            causes.emplace_back(to_text(static_cast<Cause>(i)), report.causes[i]);
    for (std::size_t i = 1; i < report.verdicts.size(); ++i)
        verdicts.emplace_back(to_text(static_cast<Verdict>(i)), report.verdicts[i]);
    for (std::size_t i = 0; i < sums.plan.skipped.size(); ++i)
        if (sums.plan.skipped[i] != 0)
            skipped.emplace_back(to_text(static_cast<replay::Skipped>(i)), sums.plan.skipped[i]);
    for (std::size_t i = 0; i < report.buckets.size(); ++i)
        buckets.emplace_back(bucket_text(i), report.buckets[i]);
    std::string line;
    render::JsonLine json(line);
    json.text("kind", "summary")
        .number("questions", number(report.questions))
        .number("answered", number(report.answered))
        .number("empty", number(report.empty))
        .number("lost", number(report.lost))
        .number("not_asked", number(report.not_sent))
        .number("sent_messages", number(sums.totals.sent))
        .number("repeated", number(sums.totals.repeated))
        .number("asked_again_tcp", number(report.fell_back))
        .number("strays", number(sums.totals.strays))
        .seconds("elapsed", sums.totals.elapsed.nanos)
        .number("answers_per_second", static_cast<std::int64_t>(rate_of(sums)))
        .raw("rcodes", counts(rcodes))
        .raw("causes", counts(causes))
        .raw("left_out", counts(skipped));
    if (sums.comparison == Comparison::On) json.raw("compared", counts(verdicts));
    if (!sums.totals.ended_early.empty()) json.text("ended", sums.totals.ended_early);
    if (report.answered != 0) {
        const replay::Latencies& l = report.latency;
        const std::array<std::pair<std::string_view, Duration>, 8> quantiles{{{"min", l.least},
                                                                              {"p50", l.p50},
                                                                              {"p90", l.p90},
                                                                              {"p95", l.p95},
                                                                              {"p99", l.p99},
                                                                              {"p999", l.p999},
                                                                              {"max", l.most},
                                                                              {"mean", l.mean}}};
        std::string object = "{";
        for (const auto& [name, value] : quantiles)
            object +=
                fmt::format("{}\"{}\":{}", object.size() > 1 ? "," : "", name, millis_text(value));
        json.raw("latency_ms", object + '}').raw("latency_histogram", counts(buckets));
    }
    json.finish();
    return line;
}

std::string latency_svg(const Report& report) {
    constexpr int kWidth = 640, kRow = 24, kLeft = 90, kBar = 400, kTop = 48;
    const Span span = report.answered == 0 ? Span{0, 0} : filled(report);
    const std::uint64_t most = std::max<std::uint64_t>(1, std::ranges::max(report.buckets));
    const int height = kTop + kRow * static_cast<int>(span.last - span.first + 1) + 16;
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" role=\"img\" aria-label=\"Latencies of the answers\">\n"
        "<style>text{{font:13px system-ui,sans-serif;fill:#222}}.t{{font-weight:600}}"
        "rect{{fill:#2563a8}}.b{{fill:#fff}}@media (prefers-color-scheme:dark)"
        "{{text{{fill:#ddd}}rect{{fill:#6fa8dc}}.b{{fill:#1b1b1b}}}}</style>\n"
        "<rect class=\"b\" width=\"{0}\" height=\"{1}\"/>\n"
        "<text class=\"t\" x=\"16\" y=\"28\">Latency of {2} answers; half within {3}, 99 % within "
        "{4}</text>\n",
        kWidth, height, grouped(report.answered), span_text(report.latency.p50),
        span_text(report.latency.p99));
    for (std::size_t i = span.first; i <= span.last; ++i) {
        const int y = kTop + kRow * static_cast<int>(i - span.first);
        const int bar = static_cast<int>(report.buckets[i] * kBar / most);
        const std::string label = bucket_text(i);
        svg += fmt::format(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}{}</text>"
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"16\"/><text x=\"{}\" y=\"{}\">{}"
            "</text>\n",
            kLeft - 8, y + 13, label[0] == '<' ? "&lt;" : "&gt;", label.substr(1), kLeft, y,
            std::max(bar, 1), kLeft + bar + 8, y + 13, grouped(report.buckets[i]));
    }
    return svg + "</svg>\n";
}

std::string progress_line(const replay::ReplayProgress& progress) {
    constexpr std::size_t kBar = 24;
    const double share = progress.total == 0 ? 1.0
                                             : static_cast<double>(progress.done) /
                                                   static_cast<double>(progress.total);
    const auto filled_bar = static_cast<std::size_t>(share * kBar);
    const double elapsed = seconds(progress.elapsed);
    const double rate = elapsed > 0 ? static_cast<double>(progress.done) / elapsed : 0;
    std::string text =
        fmt::format("[{}{}] {:3.0f} %  {} of {}, {}/s", std::string(filled_bar, '='),
                    std::string(kBar - filled_bar, ' '), 100 * share, grouped(progress.done),
                    grouped(progress.total), grouped(static_cast<std::uint64_t>(rate)));
    if (progress.lost != 0) text += fmt::format(", {} lost", grouped(progress.lost));
    if (rate > 0)
        text += fmt::format(", {:.0f} s left",
                            static_cast<double>(progress.total - progress.done) / rate);
    return text;
}

}  // namespace vedette::app
