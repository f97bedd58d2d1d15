#include <fmt/format.h>

#include <algorithm>

#include "app/commands/commands.hpp"
#include "app/replay/replay_options.hpp"
#include "app/replay/replay_report.hpp"
#include "app/watch/run_options.hpp"
#include "app/watch/screen.hpp"
#include "app/watch/summary.hpp"
#include "service/replay/plan_loader.hpp"
#include "sys/capture/file_source.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

constexpr int kFailOnExit = 10;
constexpr std::uint64_t kTableRows = 100;

/// A run of the program: what was asked for, the plan, one run or two against servers, the report.
class Replay {
  public:
    Replay(Context& context, const Arguments& arguments, ReplayOptions options, Output& output)
        : context_(context), arguments_(arguments), options_(std::move(options)), output_(output) {}

    Result<int> run() {
        const sys::StopOnSignals signals(stop_);
        VEDETTE_TRY(find_servers());
        VEDETTE_TRY(load());
        if (plan_.messages.empty()) return nothing_to_ask();
        std::unique_ptr<replay::Replayer> theirs;
        if (other_) {
            auto asked = ask(*other_);
            if (!asked) return std::unexpected(std::move(asked).error());
            theirs = std::move(*asked);
        }
        auto ours = ask(server_);
        if (!ours) return std::unexpected(std::move(ours).error());
        std::vector<replay::Outcome> outcomes = (*ours)->outcomes();
        if (theirs) compare_runs(plan_, *theirs, **ours, outcomes);
        return show(outcomes, **ours);
    }

  private:
    Result<void> find_servers() {
        const std::string* const typed = arguments_.get("server");
        if (typed == nullptr) return fail(ErrorKind::Usage, "which server? --server HOST:PORT");
        auto server = replay_target(*typed, options_.settings.via);
        if (!server) return fail(std::move(server).error(), "--server");
        server_ = std::move(*server);
        const std::string* const other = arguments_.get("compare-server");
        if (other == nullptr) return {};
        auto second = replay_target(*other, options_.settings.via);
        if (!second) return fail(std::move(second).error(), "--compare-server");
        other_ = std::move(*second);
        return {};
    }

    Result<void> load() {
        auto source = sys::make_file_source(arguments_.operands());
        if (!source) return std::unexpected(std::move(source).error());
        replay::LoadOptions options;
        options.via = options_.settings.via;
        options.most_questions = options_.most;
        options.any_opcode = options_.any_opcode;
        options.keep_answers = options_.compare;
        options.decoder = decoder_options(context_.settings());
        auto plan = load_plan(**source, options, stop_);
        if (!plan) return std::unexpected(std::move(plan).error());
        plan_ = std::move(*plan);
        for (const std::string& warning : (*source)->warnings())
            context_.say("warning: " + warning);
        return {};
    }

    Result<int> nothing_to_ask() {
        context_.say("No DNS or mDNS question in there. vedette watch -r FILE tells what is.");
        return 0;
    }

    void announce(const ReplayTarget& target) {
        context_.say(fmt::format(
            "Asking {} over {}: {} questions in {} messages, {}. Ctrl-C ends it", target.text,
            to_text(options_.settings.via), grouped(plan_.questions.size()),
            grouped(plan_.messages.size()), pace_text(options_.settings.pace)));
        if (!target.endpoint.address.is_private())
            context_.say(
                fmt::format("{} is not on a private network: ask only with the agreement "
                            "of who runs it",
                            target.endpoint.address.to_text()));
    }

    Result<std::unique_ptr<replay::Replayer>> ask(const ReplayTarget& target) {
        announce(target);
        replay::ReplaySettings settings = options_.settings;
        VEDETTE_TRY(aim(settings, target, arguments_));
        auto replayer = replay::Replayer::open(plan_, std::move(settings), clock_);
        if (!replayer) return replayer;
        const bool shown =
            sys::is_terminal(sys::kStandardError) && context_.environment("TERM") != "dumb";
        Screen screen(output_, shown ? Screen::Status::Shown : Screen::Status::Hidden);
        const auto outcome = (*replayer)->run(stop_, [&](const replay::ReplayProgress& progress) {
            screen.set_status(progress_line(progress));
        });
        screen.clear_status();
        if (!outcome) return std::unexpected(outcome.error());
        const replay::ReplayTotals& totals = (*replayer)->totals();
        if (totals.answered == 0 && !stop_.stopping()) {
            const std::string why = !totals.no_connection.empty()
                                        ? "no connection: " + totals.no_connection
                                        : totals.ended_early;
            if (!why.empty())
                return fail(ErrorKind::Unavailable, fmt::format("{}: {}", target.text, why));
        }
        return replayer;
    }

    [[nodiscard]] bool is_shown(const replay::Outcome& outcome) const {
        const std::string* const which = arguments_.get("show");
        if (which == nullptr || *which == "all") return true;
        if (*which == "none") return false;
        return outcome.status != replay::Status::Answered || is_different(outcome);
    }
    static bool is_different(const replay::Outcome& outcome) {
        return outcome.verdict == replay::Verdict::Differs ||
               outcome.verdict == replay::Verdict::Missing;
    }

    void list(const std::vector<replay::Outcome>& outcomes, Format format, Comparison comparison) {
        const std::uint64_t usual = format == Format::Table ? kTableRows : 0;
        const std::uint64_t asked = arguments_.number("limit", usual);
        const std::uint64_t limit = asked == 0 ? UINT64_MAX : asked;
        Listing listing(output_, format, context_.color(output_), replay_columns(comparison));
        std::uint64_t more = 0;
        for (std::uint32_t row = 0; row < outcomes.size(); ++row) {
            if (!is_shown(outcomes[row])) continue;
            if (listing.rows() >= limit) {
                ++more;
                continue;
            }
            listing.add(replay_row(plan_, row, outcomes[row], comparison));
        }
        listing.finish();
        if (more != 0)
            context_.say(fmt::format("{} more rows: -n 0 shows all, --csv -o FILE keeps them",
                                     grouped(more)));
    }

    Result<int> show(const std::vector<replay::Outcome>& outcomes,
                     const replay::Replayer& replayer) {
        const Format format = arguments_.has("csv") ? Format::Csv : Context::format(arguments_);
        const Comparison comparison = options_.compare || other_ ? Comparison::On : Comparison::Off;
        list(outcomes, format, comparison);
        const replay::Report report = replay::summarize(outcomes);
        const ReplaySums sums{plan_, report, replayer.totals(), comparison};
        if (format == Format::Table) {
            output_.write("\n" + sums_text(sums));
        } else if (format == Format::Jsonl) {
            output_.write(sums_json(sums));
        } else {
            std::string text = sums_text(sums);
            text.pop_back();
            context_.say(text);
        }
        VEDETTE_TRY(output_.finish());
        VEDETTE_TRY(draw(report));
        return exit_for(outcomes, report);
    }

    Result<void> draw(const replay::Report& report) {
        const std::string* const path = arguments_.get("chart");
        if (path == nullptr) return {};
        auto file = Output::open(*path);
        if (!file) return std::unexpected(std::move(file).error());
        file->write(latency_svg(report));
        return file->finish();
    }

    int exit_for(const std::vector<replay::Outcome>& outcomes, const replay::Report& report) const {
        const std::string* const what = arguments_.get("fail-on");
        if (what == nullptr) return 0;
        if (report.lost + report.not_sent != 0) return kFailOnExit;
        if (*what == "differs" && std::ranges::any_of(outcomes, is_different)) return kFailOnExit;
        return 0;
    }

    Context& context_;
    const Arguments& arguments_;
    ReplayOptions options_;
    Output& output_;
    SteadyClock clock_;
    sys::StopFlag stop_;
    replay::Plan plan_;
    ReplayTarget server_;
    std::optional<ReplayTarget> other_;
};

}  // namespace

Result<int> run_replay(Context& context, const Arguments& arguments) {
    auto options = replay_options(arguments);
    if (!options) return std::unexpected(std::move(options).error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    return Replay(context, arguments, std::move(*options), *output).run();
}

}  // namespace vedette::app
