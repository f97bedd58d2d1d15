#include <fmt/format.h>

#include <optional>

#include "app/collect/forward_setup.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/store_access.hpp"
#include "app/guard/guard_run.hpp"
#include "app/watch/console_sink.hpp"
#include "app/watch/name_count_sink.hpp"
#include "app/watch/run_end.hpp"
#include "app/watch/run_options.hpp"
#include "app/watch/store_sinks.hpp"
#include "app/watch/summary.hpp"
#include "base/units.hpp"
#include "pipeline/decoder_stage.hpp"
#include "pipeline/packet_file.hpp"
#include "sys/capture/bpf_filter.hpp"
#include "sys/capture/file_source.hpp"
#include "sys/capture/filtered_source.hpp"
#include "sys/capture/limited_source.hpp"
#include "sys/capture/live_source.hpp"
#include "sys/interfaces/interface_list.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

/// How long the end of a run waits for the log server.
const Duration kDrain = Duration::seconds(10);

/// What only detectors look at: those of this run, or those of the log server.
bool wants_sightings(const Context& context) {
    const config::Settings& settings = context.settings();
    return settings.detect_preset != "off" || !settings.forward_server.empty();
}

Result<std::unique_ptr<sys::PacketSource>> open_files(const Context& context,
                                                      const Arguments& arguments) {
    auto source = sys::make_file_source(arguments.all("read"));
    if (!source || context.settings().capture_filter.empty()) return source;
    return sys::make_filtered_source(std::move(*source), context.settings().capture_filter);
}

/// The interfaces of the settings or flags, else the one that sees most.
Result<std::vector<std::string>> choose_interfaces(const Context& context) {
    if (!context.settings().capture_interfaces.empty()) {
        return context.settings().capture_interfaces;
    }
    const auto interfaces = sys::list_interfaces();
    if (!interfaces) return std::unexpected(interfaces.error());
    const sys::InterfaceStatus* const best = sys::best_to_watch(*interfaces);
    if (best == nullptr) {
        return fail(ErrorKind::NotFound,
                    "no interface is up; vedette interfaces lists them, -r FILE reads a capture");
    }
    context.say(fmt::format("Watching {}: it sees {}. Another: -i NAME; a capture: -r FILE",
                            best->name, sight_of(*best)));
    return std::vector<std::string>{best->name};
}

Result<std::unique_ptr<sys::PacketSource>> open_live(const Context& context) {
    auto interfaces = choose_interfaces(context);
    if (!interfaces) return std::unexpected(std::move(interfaces).error());
    const config::Settings& settings = context.settings();
    sys::LiveOptions options;
    options.interfaces = std::move(*interfaces);
    options.promiscuity =
        settings.capture_promiscuous ? sys::Promiscuity::On : sys::Promiscuity::Off;
    options.filter =
        settings.capture_filter.empty()
            ? sys::default_capture_filter(dns_ports(settings), wants_sightings(context)
                                                                   ? sys::Handshakes::Taken
                                                                   : sys::Handshakes::Left)
            : settings.capture_filter;
    options.ring_bytes = static_cast<std::size_t>(settings.capture_buffer.bytes);
    return sys::make_live_source(options);
}

/// `-c` and `--duration`.
Result<std::unique_ptr<sys::PacketSource>> limited(std::unique_ptr<sys::PacketSource> source,
                                                   const Context& context,
                                                   const Arguments& arguments) {
    sys::SourceLimits limits{.packets = arguments.number("count", 0), .duration = {}};
    if (const std::string* const text = arguments.get("duration")) {
        const auto duration = parse_duration(*text);
        if (!duration || *duration == Duration{}) {
            return fail(
                ErrorKind::Usage,
                fmt::format("--duration {}: not a length of time; such as 30s, 5m, 2h", *text));
        }
        limits.duration = *duration;
    }
    if (limits.packets == 0 && limits.duration == Duration{}) return source;
    return sys::make_limited_source(std::move(source), limits, context.clock());
}

AlertTotals alert_totals(const service::AlertCounts& counts) {
    AlertTotals totals;
    totals.raised = counts.raised;
    totals.muted = counts.muted;
    totals.folded = counts.folded;
    totals.not_recorded = counts.not_recorded;
    for (std::size_t i = 0; i < counts.by_kind.size(); ++i) {
        if (counts.by_kind[i] == 0) continue;
        totals.by_kind.emplace_back(info(static_cast<FindingKind>(i)).id, counts.by_kind[i]);
    }
    return totals;
}

/// Everything a run needs, alive until it is over. Built in order, torn down in reverse.
class Watch {
  public:
    Watch(Context& context, const Arguments& arguments, Output& output)
        : context_(context),
          arguments_(arguments),
          screen_(output, status(context, arguments, output)),
          decoder_(options_of(context)),
          stage_(decoder_) {}

    Result<void> open() {
        const bool live = !arguments_.has("read");
        auto source = live ? open_live(context_) : open_files(context_, arguments_);
        if (!source) return std::unexpected(std::move(source).error());
        auto bounded = limited(std::move(*source), context_, arguments_);
        if (!bounded) return std::unexpected(std::move(bounded).error());
        source_ = std::move(*bounded);
        if (live) VEDETTE_TRY(context_.give_up_privileges());
        VEDETTE_TRY(open_store());
        VEDETTE_TRY(open_day_files());
        VEDETTE_TRY(open_guard(live ? GuardRun::Source::Live : GuardRun::Source::Files));
        VEDETTE_TRY(open_forward());
        VEDETTE_TRY(open_dnstap_output());
        VEDETTE_TRY(open_copy());
        if (arguments_.has("summary")) sinks_.push_back(&names_.emplace());
        if (!arguments_.has("quiet")) VEDETTE_TRY(open_console());
        return {};
    }

    pipeline::RunReport run() {
        const sys::StopOnSignals signals(stop_);
        pipeline::Options options;
        if (copy_) options.packets = &*copy_;
        if (guard_) options.marker = guard_->marker();
        if (screen_.shows_status()) {
            options.on_progress = [this](const pipeline::Progress& progress) {
                screen_.set_status(progress_text(progress));
            };
        }
        pipeline::PacketStage& stage =
            guard_ ? guard_->around(stage_) : static_cast<pipeline::PacketStage&>(stage_);
        auto report = pipeline::run({*source_, stage, sinks_, stop_, context_.clock()}, options);
        screen_.clear_status();
        screen_.flush();
        return report;
    }

    [[nodiscard]] NameCounts names() const {
        return names_ ? NameCounts{names_->distinct(), names_->distinct_as_text()} : NameCounts{};
    }
    /// Of the detectors; nothing when they are off.
    [[nodiscard]] std::optional<AlertTotals> alerts() const {
        if (!guard_) return std::nullopt;
        return alert_totals(guard_->guard().counts());
    }
    [[nodiscard]] std::vector<std::string> alert_report() const {
        return guard_ ? guard_->report() : std::vector<std::string>{};
    }
    /// Waits a while for the log server to store what was sent; how far it came, or nothing.
    [[nodiscard]] std::optional<std::string> forwarded() {
        if (!forwarder_) return std::nullopt;
        (void)forwarder_->drain(kDrain);
        return forward_text(forwarder_->status());
    }
    [[nodiscard]] bool stores() const noexcept { return store_.has_value(); }
    [[nodiscard]] std::vector<std::string> complaints() {
        return day_files_ ? day_files_->complaints() : std::vector<std::string>{};
    }

  private:
    /// A file whose lines scroll by on a terminal shows its progress by them.
    static Screen::Status status(const Context& context, const Arguments& arguments,
                                 const Output& output) {
        const bool quiet = arguments.has("quiet");
        const bool scrolls = arguments.has("read") && !quiet && output.is_terminal();
        const bool shown = sys::is_terminal(sys::kStandardError) &&
                           context.environment("TERM") != "dumb" && !scrolls;
        return shown ? Screen::Status::Shown : Screen::Status::Hidden;
    }

    Result<void> open_store() {
        if (!context_.settings().store_enabled) return {};
        auto writer = open_store_writer(context_);
        if (!writer) return std::unexpected(std::move(writer).error());
        sinks_.push_back(&store_.emplace(std::move(*writer)));
        return {};
    }

    Result<void> open_day_files() {
        if (!context_.settings().dayfiles_enabled) return {};
        auto files = app::open_day_files(context_);
        if (!files && files.error().kind == ErrorKind::Busy) {
            // Who keeps another database in the same folder is no reason not to watch.
            screen_.notice(files.error().text + "; this run writes none\n");
            return {};
        }
        if (!files) return std::unexpected(std::move(files).error());
        if (*files) sinks_.push_back(&day_files_.emplace(std::move(**files)));
        return {};
    }

    static decode::DecoderOptions options_of(const Context& context) {
        decode::DecoderOptions options = decoder_options(context.settings());
        options.dns.sightings = options.encrypted = wants_sightings(context);
        return options;
    }

    Result<void> open_guard(GuardRun::Source source) {
        GuardRun::Options options;
        options.source = source;
        options.print = [this](std::string_view line) { screen_.notice(line); };
        if (day_files_) options.day_files = &day_files_->files();
        auto guard = GuardRun::open(context_, std::move(options));
        if (!guard) return std::unexpected(std::move(guard).error());
        guard_ = std::move(*guard);
        if (guard_) sinks_.push_back(&guard_->guard());
        return {};
    }

    Result<void> open_dnstap_output() {
        auto sink = open_dnstap(context_, store::DnstapRole::Client);
        if (!sink) return std::unexpected(std::move(sink).error());
        dnstap_ = std::move(*sink);
        if (dnstap_) sinks_.push_back(dnstap_.get());
        return {};
    }

    Result<void> open_forward() {
        auto forwarder = open_forwarder(
            context_, [this](const std::string& text) { screen_.notice(text + "\n"); });
        if (!forwarder) return std::unexpected(std::move(forwarder).error());
        forwarder_ = std::move(*forwarder);
        if (forwarder_) sinks_.push_back(forwarder_.get());
        return {};
    }

    Result<void> open_copy() {
        const std::string* const path = arguments_.get("write");
        if (path == nullptr) return {};
        auto file = pipeline::PacketFile::create(*path);
        if (!file) return std::unexpected(std::move(file).error());
        copy_.emplace(std::move(*file));
        return {};
    }

    Result<void> open_console() {
        auto options = console_options(context_, arguments_);
        if (!options) return std::unexpected(std::move(options).error());
        sinks_.push_back(&console_.emplace(screen_, stop_, std::move(*options)));
        return {};
    }

    Context& context_;
    const Arguments& arguments_;
    Screen screen_;
    sys::StopFlag stop_;
    decode::Decoder decoder_;
    pipeline::DecoderStage stage_;
    std::unique_ptr<sys::PacketSource> source_;
    std::optional<StoreSink> store_;
    std::optional<DayFileSink> day_files_;
    std::unique_ptr<GuardRun> guard_;
    std::unique_ptr<collector::Forwarder> forwarder_;
    std::unique_ptr<store::DnstapSink> dnstap_;
    std::optional<NameCountSink> names_;
    std::optional<ConsoleSink> console_;
    std::optional<pipeline::PacketFile> copy_;
    std::vector<pipeline::EventSink*> sinks_;
};

}  // namespace

Result<int> run_watch(Context& context, const Arguments& arguments) {
    auto output = Output::open("-");
    if (!output) return std::unexpected(std::move(output).error());
    Watch watch(context, arguments, *output);
    VEDETTE_TRY(watch.open());
    const pipeline::RunReport report = watch.run();

    RunEnd end;
    end.warnings = report.warnings;
    for (std::string& text : watch.complaints())
        end.warnings.push_back(std::move(text));
    end.lines.push_back(ledger_text(report));
    end.lines.back().pop_back();
    if (auto text = watch.forwarded()) end.lines.push_back(std::move(*text));
    for (std::string& text : watch.alert_report())
        end.lines.push_back(std::move(text));
    if (arguments.has("summary")) {
        const auto alerts = watch.alerts();
        end.summary = summary_json(report, watch.names(), alerts ? &*alerts : nullptr);
    }
    end.sinks = report.ledger.sinks;
    end.outcome = report.outcome;
    if (watch.stores()) {
        end.hint =
            fmt::format("Stored in {}. Next: vedette logs, vedette clients, vedette top names",
                        context.store_path());
    }
    return end_run(context, *output, end);
}

}  // namespace vedette::app
