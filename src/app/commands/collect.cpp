#include <fmt/format.h>

#include <csignal>
#include <optional>
#include <thread>

#include "app/collect/collect_setup.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/store_access.hpp"
#include "app/guard/guard_run.hpp"
#include "app/watch/console_sink.hpp"
#include "app/watch/run_end.hpp"
#include "app/watch/store_sinks.hpp"
#include "app/watch/summary.hpp"
#include "pipeline/sink_thread.hpp"
#include "service/collector/server/receipt_sink.hpp"
#include "store/sqlite/sensor_streams.hpp"
#include "store/sqlite/sensors/sensor_book.hpp"
#include "sys/os/signal_flag.hpp"
#include "sys/os/stop_flag.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

using collector::StreamBook;

constexpr auto kTick = std::chrono::milliseconds(200);
/// What a sensor waits for its acknowledgement, beside the disk.
const Duration kFlush = Duration::millis(200);
const Duration kBookEvery = Duration::seconds(2);

/// Takes over what the store itself knows of the sensors' streams.
Result<void> load_streams(const std::string& path, StreamBook& book) {
    auto streams = store::read_sensor_streams(path);
    if (!streams) return std::unexpected(std::move(streams).error());
    for (store::SensorStream& stream : *streams)
        book.load({std::move(stream.sensor), std::move(stream.stream)}, stream.sequence);
    return {};
}

/// Everything of a log server, alive until it is over. Built in order, torn down in reverse.
class Collect {
  public:
    Collect(Context& context, const Arguments& arguments, Output& output)
        : context_(context), arguments_(arguments), screen_(output, Screen::Status::Hidden) {}

    Result<void> open() {
        auto setup = open_listeners(context_.settings());
        if (!setup) return std::unexpected(std::move(setup).error());
        setup_ = std::move(*setup);
        VEDETTE_TRY(context_.give_up_privileges());
        if (!arguments_.has("quiet")) VEDETTE_TRY(open_console());
        VEDETTE_TRY(open_store());  // makes the folder that the others write to
        VEDETTE_TRY(open_day_files());
        VEDETTE_TRY(open_guard());
        open_receipts();
        VEDETTE_TRY(open_book());
        if (setup_.tokens) intake_.tokens = setup_.tokens.get();
        thread_.emplace(queue_, sinks_, kFlush, guard_ ? guard_->marker() : nullptr);
        auto server = collector::Server::start(std::move(setup_.listeners), {}, intake_);
        if (!server) {
            queue_.finish();  // or the storage thread would wait for more
            return std::unexpected(std::move(server).error());
        }
        server_ = std::move(*server);
        ready_ = server_.get();
        return {};
    }

    void run() {
        const sys::StopOnSignals signals(stop_);
        sys::SignalFlag hangup(SIGHUP);
        Timestamp booked = context_.clock().now();
        while (!stop_.stopping() && thread_->account().outcome) {
            std::this_thread::sleep_for(kTick);
            if (hangup.take()) reload();
            const Timestamp now = context_.clock().now();
            if (now - booked < kBookEvery && now >= booked) continue;
            booked = now;
            write_book(now);
        }
    }

    /// In the order of travel: hear no more, store what was heard.
    RunEnd finish() {
        server_->stop();
        counters_shown_ = server_->counters();
        queue_.finish();
        thread_->join();
        ready_ = nullptr;
        write_book(context_.clock().now());
        screen_.flush();
        const auto account = thread_->account();
        RunEnd end;
        end.lines = report(account.sinks);
        if (day_files_) end.warnings = day_files_->complaints();
        end.sinks = account.sinks;
        end.outcome = account.outcome;
        if (store_) {
            end.hint = fmt::format("Stored in {}. Next: vedette sensors, vedette logs",
                                   context_.store_path());
        }
        return end;
    }

    [[nodiscard]] const std::vector<std::string>& places() const noexcept { return setup_.places; }

  private:
    /// Certificates and tokens anew; what cannot be read leaves those in force.
    void reload() {
        for (const std::string& line : setup_.reload(context_.settings()))
            context_.say(line);
    }

    [[nodiscard]] std::vector<std::string> report(
        const std::vector<pipeline::SinkAccount>& sinks) const {
        const collector::CollectorCounters& c = counters_shown_;
        std::vector<std::string> lines{fmt::format(
            "{} events in {} batches; {} batches came twice, {} could not be read; {} dnstap "
            "frames, {} of them damaged",
            grouped(c.events), grouped(c.batches), grouped(c.duplicates), grouped(c.spoiled),
            grouped(c.dnstap_frames), grouped(c.dnstap_damaged))};
        lines.push_back(fmt::format("{} connections, {} sent away, {} broke the protocol",
                                    grouped(c.connections), grouped(c.refused),
                                    grouped(c.hostile)));
        for (const pipeline::SinkAccount& sink : sinks) {
            if (sink.lost != 0)
                lines.push_back(fmt::format("LOST {} events: {}", grouped(sink.lost), sink.name));
        }
        if (c.dnstap_lost != 0)
            lines.push_back(fmt::format("LOST {} events of dnstap at the end of a connection",
                                        grouped(c.dnstap_lost)));
        if (!guard_) return lines;
        for (const std::string& line : guard_->report())
            lines.push_back(line);
        return lines;
    }

    Result<void> open_console() {
        auto options = console_options(context_, arguments_);
        if (!options) return std::unexpected(std::move(options).error());
        sinks_.push_back(&console_.emplace(screen_, stop_, std::move(*options)));
        return {};
    }

    Result<void> open_day_files() {
        if (!context_.settings().collect_dayfiles) return {};
        auto files = app::open_day_files(context_);
        if (!files) return std::unexpected(std::move(files).error());
        if (*files) sinks_.push_back(&day_files_.emplace(std::move(**files)));
        return {};
    }

    Result<void> open_guard() {
        GuardRun::Options options;
        options.source = GuardRun::Source::Live;
        options.print = [this](std::string_view line) { screen_.notice(line); };
        if (day_files_) options.day_files = &day_files_->files();
        auto guard = GuardRun::open(context_, std::move(options));
        if (!guard) return std::unexpected(std::move(guard).error());
        guard_ = std::move(*guard);
        if (guard_) sinks_.push_back(&guard_->guard());
        return {};
    }

    Result<void> open_store() {
        if (!context_.settings().store_enabled) return {};
        auto writer = open_store_writer(context_);
        if (!writer) return std::unexpected(std::move(writer).error());
        store_.emplace(std::move(*writer));
        return load_streams(context_.store_path(), book_);
    }

    /// The last sink: only what it has stored is acknowledged.
    void open_receipts() {
        collector::ReceiptSink::Hooks hooks;
        hooks.stored = [this] {
            if (collector::Server* const server = ready_.load()) server->wake();
        };
        if (store_) {
            hooks.reload = [path = context_.store_path()](StreamBook& book) {
                return load_streams(path, book);
            };
        }
        sinks_.push_back(&receipts_.emplace(store_ ? &*store_ : nullptr, book_, std::move(hooks)));
    }

    Result<void> open_book() {
        if (!store_) return {};
        auto sensors = store::SensorBook::open(sensors_path(context_), store::OpenMode::ReadWrite);
        if (!sensors) return std::unexpected(std::move(sensors).error());
        auto rows = sensors->list();
        if (!rows) return std::unexpected(std::move(rows).error());
        board_.load(std::move(*rows));
        sensors_.emplace(std::move(*sensors));
        return {};
    }

    /// A list that could not be written is written the next time.
    void write_book(Timestamp now) {
        if (!sensors_) return;
        const Result<void> done = sensors_->write(board_.rows(), now);
        if (!done && !complained_) context_.say("warning: " + done.error().text);
        complained_ = !done;
    }

    Context& context_;
    const Arguments& arguments_;
    Screen screen_;
    sys::StopFlag stop_;
    CollectSetup setup_;
    std::optional<ConsoleSink> console_;
    std::optional<DayFileSink> day_files_;
    std::unique_ptr<GuardRun> guard_;
    std::optional<StoreSink> store_;
    StreamBook book_;
    collector::SensorBoard board_;
    collector::CollectorCounters counters_;
    collector::CollectorCounters counters_shown_;
    std::optional<store::SensorBook> sensors_;
    bool complained_ = false;
    std::atomic<collector::Server*> ready_{nullptr};
    std::optional<collector::ReceiptSink> receipts_;
    std::vector<pipeline::EventSink*> sinks_;
    pipeline::BatchQueue queue_{pipeline::QueueLimits{}};
    collector::Intake intake_{queue_, book_, board_, counters_};
    std::optional<pipeline::SinkThread> thread_;
    std::unique_ptr<collector::Server> server_;
};

}  // namespace

Result<int> run_collect(Context& context, const Arguments& arguments) {
    auto output = Output::open("-");
    if (!output) return std::unexpected(std::move(output).error());
    Collect collect(context, arguments, *output);
    VEDETTE_TRY(collect.open());
    std::string where;
    for (const std::string& place : collect.places())
        where += (where.empty() ? "" : ", ") + place;
    context.say(fmt::format("Collecting: {}. Ctrl-C ends it", where));
    collect.run();
    return end_run(context, *output, collect.finish());
}

}  // namespace vedette::app
