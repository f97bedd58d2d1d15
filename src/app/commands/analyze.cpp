#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "app/analyze/analysis.hpp"
#include "app/analyze/csv_listing.hpp"
#include "app/analyze/packet_exports.hpp"
#include "app/commands/analyze_command.hpp"
#include "app/commands/commands.hpp"
#include "app/watch/run_options.hpp"
#include "app/watch/screen.hpp"
#include "app/watch/summary.hpp"
#include "captures/report/chart.hpp"
#include "captures/report/html.hpp"
#include "captures/report/json.hpp"
#include "captures/report/protocol_csv.hpp"
#include "captures/report/terminal.hpp"
#include "pipeline/decoder_stage.hpp"
#include "service/guard/guard.hpp"
#include "sys/capture/file_source.hpp"
#include "sys/capture/filtered_source.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

constexpr std::size_t kDefaultRows = 10;
constexpr std::size_t kReportColumns = 120;  // of packets over time on the page
constexpr int kFailOnMet = 10;

/// The options that write a file; one of them may be standard output.
constexpr std::array<std::string_view, 5> kFileOptions{"csv", "protocols", "chart", "report",
                                                       "flows"};

bool takes_standard_output(const Arguments& arguments) {
    return std::ranges::any_of(kFileOptions, [&](std::string_view option) {
        const std::string* const path = arguments.get(option);
        return path != nullptr && *path == "-";
    });
}

Result<void> check(const Arguments& arguments) {
    std::size_t outputs = arguments.has("json") ? 1 : 0;
    for (const std::string_view option : kFileOptions) {
        const std::string* const path = arguments.get(option);
        if (path != nullptr && *path == "-") ++outputs;
    }
    if (outputs > 1) {
        return fail(
            ErrorKind::Usage,
            "only one of --json, --csv -, --protocols -, --chart -, --report - and --flows - "
            "can have standard output; give the others a file");
    }
    if (std::ranges::count(arguments.operands(), "-") > 1) {
        return fail(ErrorKind::Usage, "standard input (-) can be read once");
    }
    if (const std::string* const chart = arguments.get("chart")) {
        if (!captures::chart_format(*chart)) {
            return fail(ErrorKind::Usage,
                        fmt::format("--chart {}: the name must end in .svg or .png", *chart));
        }
    }
    return {};
}

Severity severity_of(std::string_view word) noexcept {
    const auto found = std::ranges::find(kAnalyzeSeverities, word);
    return static_cast<Severity>(found - kAnalyzeSeverities.begin());
}

/// Everything the run needs, alive until it is over.
class Analyze {
  public:
    Analyze(Context& context, const Arguments& arguments)
        : context_(context),
          arguments_(arguments),
          ports_(dns_ports(context.settings())),
          tap_(inspector_options()),
          exports_(context, arguments) {}

    Result<void> open() {
        VEDETTE_TRY(exports_.check());
        auto source = open_source();
        if (!source) return std::unexpected(std::move(source).error());
        source_ = std::move(*source);
        VEDETTE_TRY(open_csv());
        VEDETTE_TRY(exports_.open(tap_, sinks_));
        if (wants_statistics()) tap_.add(statistics_);
        return wants_events() ? open_decoder() : Result<void>{};
    }

    /// `screen` shows how far it is.
    Result<void> run(Screen& screen) {
        const sys::StopOnSignals signals(stop_);
        pipeline::Options options;
        options.packets = &tap_;
        if (screen.shows_status()) {
            options.on_progress = [&screen](const pipeline::Progress& progress) {
                screen.set_status(progress_text(progress));
            };
        }
        pipeline::PacketStage& stage =
            stage_ ? static_cast<pipeline::PacketStage&>(*stage_) : counting_;
        report_ = pipeline::run({*source_, stage, sinks_, stop_, context_.clock()}, options);
        screen.clear_status();
        if (!report_.outcome) return std::unexpected(report_.outcome.error());
        VEDETTE_TRY(tap_.finish());
        if (csv_) VEDETTE_TRY(csv_->finish());
        return exports_.write([this] { return open_source(); }, inspector_options(), stop_);
    }

    [[nodiscard]] captures::CaptureSummary summary(std::size_t columns) const {
        const std::size_t rows = arguments_.number("limit", kDefaultRows);
        return make_summary({arguments_.operands(), statistics_.statistics(), events_.statistics(),
                             alerts_, report_},
                            rows == 0 ? SIZE_MAX : rows, columns);
    }
    [[nodiscard]] const pipeline::RunReport& report() const noexcept { return report_; }
    [[nodiscard]] bool prints() const {
        return !arguments_.has("quiet") && !takes_standard_output(arguments_);
    }

    /// What was handed on, in lines for a person.
    [[nodiscard]] std::string exports_text() const { return exports_.text(); }

  private:
    [[nodiscard]] decode::InspectorOptions inspector_options() const {
        return {.dns_ports = ports_, .guess_dns_ports = context_.settings().decode_guess_dns_ports};
    }
    [[nodiscard]] Result<std::unique_ptr<sys::PacketSource>> open_source() const {
        auto source = sys::make_file_source(arguments_.operands());
        if (!source || context_.settings().capture_filter.empty()) return source;
        return sys::make_filtered_source(std::move(*source), context_.settings().capture_filter);
    }
    [[nodiscard]] bool wants_events() const {
        return exports_.wants_events() || prints() || arguments_.has("json") ||
               arguments_.has("report") || arguments_.has("fail-on");
    }
    [[nodiscard]] bool wants_statistics() const {
        return wants_events() || arguments_.has("protocols") || arguments_.has("chart");
    }

    Result<void> open_csv() {
        const std::string* const path = arguments_.get("csv");
        if (path == nullptr) return {};
        auto output = Output::open(*path);
        if (!output) return std::unexpected(std::move(output).error());
        tap_.list(csv_.emplace(std::move(*output), stop_));
        return {};
    }

    Result<void> open_decoder() {
        decode::DecoderOptions options = decoder_options(context_.settings());
        const std::string& preset = context_.settings().detect_preset;
        options.dns.sightings = options.encrypted = preset != "off";
        decoder_.emplace(std::move(options));
        stage_.emplace(*decoder_);
        sinks_.push_back(&events_);
        if (preset == "off") return {};
        const auto wanted = service::parse_preset(preset);
        if (!wanted) return std::unexpected(wanted.error());
        auto book = store::AlertBook::in_memory();
        if (!book) return std::unexpected(std::move(book).error());
        service::GuardOptions guard;
        guard.inputs.preset = *wanted;
        guard_ = std::make_unique<service::Guard>(std::move(guard), std::move(*book));
        guard_->add_observer(alerts_);
        sinks_.push_back(guard_.get());
        return {};
    }

    Context& context_;
    const Arguments& arguments_;
    std::vector<std::uint16_t> ports_;
    sys::StopFlag stop_;
    std::unique_ptr<sys::PacketSource> source_;
    PacketTap tap_;
    PacketExports exports_;
    std::optional<CsvListing> csv_;
    StatisticsConsumer statistics_;
    CountingStage counting_;
    std::optional<decode::Decoder> decoder_;
    std::optional<pipeline::DecoderStage> stage_;
    EventStatisticsSink events_;
    AlertCollector alerts_;
    std::unique_ptr<service::Guard> guard_;
    std::vector<pipeline::EventSink*> sinks_;
    pipeline::RunReport report_;
};

Result<void> write_file(const std::string& path, std::string_view text) {
    auto output = Output::open(path);
    if (!output) return std::unexpected(std::move(output).error());
    output->write(text);
    return output->finish();
}

Result<void> write_files(const Analyze& analyze, const Arguments& arguments) {
    const captures::CaptureSummary summary = analyze.summary(kReportColumns);
    if (const std::string* const path = arguments.get("protocols")) {
        VEDETTE_TRY(write_file(*path, captures::protocol_csv(summary)));
    }
    if (const std::string* const path = arguments.get("chart")) {
        const auto picture = captures::chart_file(summary, *captures::chart_format(*path));
        if (!picture) return std::unexpected(picture.error());
        VEDETTE_TRY(write_file(*path, *picture));
    }
    if (const std::string* const path = arguments.get("report")) {
        VEDETTE_TRY(write_file(*path, captures::report_page(summary)));
    }
    return {};
}

/// Whether the terminal's characters are Unicode's: what the locale says, as everywhere.
captures::Glyphs glyphs(const Context& context) {
    for (const std::string_view name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const auto value = context.environment(name);
        if (!value || value->empty()) continue;
        const bool unicode = value->contains("UTF-8") || value->contains("utf8");
        return unicode ? captures::Glyphs::Blocks : captures::Glyphs::Ascii;
    }
    return captures::Glyphs::Ascii;
}

Result<void> print(const Analyze& analyze, const Context& context, const Arguments& arguments) {
    auto output = Output::open("-");
    if (!output) return std::unexpected(std::move(output).error());
    if (arguments.has("json")) {
        output->write(captures::summary_json(analyze.summary(kReportColumns)));
        return output->finish();
    }
    captures::TerminalStyle style;
    if (output->is_terminal()) style.width = std::clamp<std::size_t>(output->columns(), 40, 160);
    style.rows = arguments.number("limit", kDefaultRows);
    style.color = context.color(*output);
    style.glyphs = glyphs(context);
    output->write(captures::terminal_text(analyze.summary(style.width), style));
    return output->finish();
}

Screen::Status status(const Context& context) {
    const bool shown =
        sys::is_terminal(sys::kStandardError) && context.environment("TERM") != "dumb";
    return shown ? Screen::Status::Shown : Screen::Status::Hidden;
}

}  // namespace

Result<int> run_analyze(Context& context, const Arguments& arguments) {
    VEDETTE_TRY(check(arguments));
    Analyze analyze(context, arguments);
    VEDETTE_TRY(analyze.open());
    {
        auto nothing = Output::open("-");
        if (!nothing) return std::unexpected(std::move(nothing).error());
        Screen screen(*nothing, status(context));
        VEDETTE_TRY(analyze.run(screen));
    }
    VEDETTE_TRY(write_files(analyze, arguments));
    if (analyze.prints()) VEDETTE_TRY(print(analyze, context, arguments));
    // A summary ends with them; a script that wants none must still hear that a file is cut.
    if (!analyze.prints()) {
        for (const std::string& warning : analyze.report().warnings)
            context.say("warning: " + warning);
    }
    const std::string exported = analyze.exports_text();
    if (!exported.empty() && !arguments.has("quiet")) context.say(exported);
    std::string ledger = ledger_text(analyze.report());
    ledger.pop_back();
    if (analyze.prints() && !arguments.has("json")) context.say("\n" + ledger);
    const std::string* const limit = arguments.get("fail-on");
    const bool met = limit != nullptr && is_met(analyze.summary(1), severity_of(*limit));
    return met ? kFailOnMet : 0;
}

}  // namespace vedette::app
