#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>

#include "app/collect/forward_setup.hpp"
#include "app/commands/commands.hpp"
#include "app/commands/store_access.hpp"
#include "app/guard/guard_run.hpp"
#include "app/serve/serve_settings.hpp"
#include "app/watch/store_sinks.hpp"
#include "pipeline/sink_thread.hpp"
#include "service/dnsd/log/exchange_log.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::app {
namespace {

constexpr auto kTick = std::chrono::milliseconds(200);
constexpr Duration kFlush = Duration::seconds(1);

std::atomic<bool> g_reload{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void ask_reload(int) {
    g_reload.store(true, std::memory_order_relaxed);
}

/// While it lives, the signal that ends other commands (SIGHUP) makes this one read its files anew.
class ReloadOnHangup {
  public:
    ReloadOnHangup() noexcept {
        struct sigaction action{};
        action.sa_handler = &ask_reload;
        ::sigemptyset(&action.sa_mask);
        ::sigaction(SIGHUP, &action, &before_);
    }
    ~ReloadOnHangup() { ::sigaction(SIGHUP, &before_, nullptr); }
    ReloadOnHangup(const ReloadOnHangup&) = delete;
    ReloadOnHangup& operator=(const ReloadOnHangup&) = delete;

  private:
    struct sigaction before_{};
};

/// The log's way from the answering threads to the store and the detectors. Torn down after the
/// server.
class ServeLog {
  public:
    /// `guard` is null when the detectors are off.
    ServeLog(std::unique_ptr<store::EventWriter> writer, std::unique_ptr<GuardRun> guard,
             std::unique_ptr<store::DnstapSink> dnstap)
        : sink_(std::move(writer)),
          guard_(std::move(guard)),
          dnstap_(std::move(dnstap)),
          thread_(queue_, sinks(), kFlush, guard_ ? guard_->marker() : nullptr) {}

    dnsd::ExchangeObserver* make_observer() {
        using Sightings = dnsd::ExchangeLog::Sightings;
        observers_.push_back(std::make_unique<dnsd::ExchangeLog>(
            queue_, counters_, guard_ ? Sightings::On : Sightings::Off));
        return observers_.back().get();
    }
    [[nodiscard]] std::vector<std::string> alert_report() const {
        return guard_ ? guard_->report() : std::vector<std::string>{};
    }
    /// After the server has stopped: stores what is left.
    void finish() {
        observers_.clear();
        queue_.finish();
        thread_.join();
    }
    [[nodiscard]] std::string account() const {
        const auto dropped = counters_.dropped.load() + sink_.lost();
        return fmt::format("logged {}, not logged {}", counters_.logged.load() - sink_.lost(),
                           dropped);
    }

  private:
    std::vector<pipeline::EventSink*> sinks() {
        std::vector<pipeline::EventSink*> sinks{&sink_};
        if (guard_) sinks.push_back(&guard_->guard());
        if (dnstap_) sinks.push_back(dnstap_.get());
        return sinks;
    }

    // Bounded by its memory; a batch of the log is small.
    pipeline::BatchQueue queue_{pipeline::QueueLimits{.batches = 4'096}};
    dnsd::LogCounters counters_;
    StoreSink sink_;
    std::unique_ptr<GuardRun> guard_;
    std::unique_ptr<store::DnstapSink> dnstap_;
    pipeline::SinkThread thread_;
    std::vector<std::unique_ptr<dnsd::ExchangeLog>> observers_;
};

/// Null when nothing is to be logged.
Result<std::unique_ptr<ServeLog>> open_log(const Context& context) {
    if (!context.settings().serve_log || !context.settings().store_enabled) return nullptr;
    auto writer = open_store_writer(context);
    if (!writer) return std::unexpected(std::move(writer.error()));
    GuardRun::Options options;
    options.source = GuardRun::Source::Live;
    options.print = [&context](std::string_view line) {
        context.say(line.substr(0, line.size() - 1));
    };
    auto guard = GuardRun::open(context, std::move(options));
    if (!guard) return std::unexpected(std::move(guard.error()));
    auto dnstap = open_dnstap(context, store::DnstapRole::Auth);
    if (!dnstap) return std::unexpected(std::move(dnstap.error()));
    return std::make_unique<ServeLog>(std::move(*writer), std::move(*guard), std::move(*dnstap));
}

void say_where(const Context& context, const dnsd::NameService& service) {
    std::string text = "Serving";
    for (const dnsd::Endpoint& endpoint : service.server().dns_endpoints())
        text += fmt::format(" {}", endpoint.to_text());
    for (const dnsd::Endpoint& endpoint : service.server().tls_endpoints())
        text += fmt::format(" tls://{}", endpoint.to_text());
    for (const dnsd::Endpoint& endpoint : service.server().https_endpoints())
        text += fmt::format(" https://{}/dns-query", endpoint.to_text());
    const std::size_t zones = service.snapshot()->zones.zones().size();
    context.say(
        fmt::format("{}; {} {}. Ctrl-C ends it", text, zones, zones == 1 ? "zone" : "zones"));
    if (zones == 0) context.say("No name yet: vedette records add fromage.fr A 11.23.33.21");
}

void run_until_stopped(const Context& context, dnsd::NameService& service) {
    sys::StopFlag stop;
    const sys::StopOnSignals signals(stop);
    const ReloadOnHangup hangup;
    while (!stop.stopping()) {
        std::this_thread::sleep_for(kTick);
        const bool reload = g_reload.exchange(false, std::memory_order_relaxed);
        for (const std::string& line : reload ? service.reload() : service.tick())
            context.say(line);
    }
    service.stop();
}

std::string totals_text(const dnsd::ServerTotals& totals) {
    return fmt::format(
        "{} questions, {} answers, {} dropped, {} rate limited, {} cut, "
        "{} connections",
        totals.queries, totals.answers, totals.dropped, totals.rate_limited, totals.truncated,
        totals.connections);
}

}  // namespace

Result<int> run_serve(Context& context, const Arguments&) {
    auto settings = name_service_settings(context.settings(), records_path(context));
    if (!settings) return std::unexpected(std::move(settings.error()));
    std::error_code ignored;  // opening the file tells it better
    std::filesystem::create_directories(std::filesystem::path(settings->records).parent_path(),
                                        ignored);
    std::unique_ptr<ServeLog> log;
    bool sockets_open = false;
    const auto observers = [&]() -> Result<dnsd::ExchangeObserver*> {
        if (!std::exchange(sockets_open, true)) {
            VEDETTE_TRY(context.give_up_privileges());
            auto opened = open_log(context);
            if (!opened) return std::unexpected(std::move(opened.error()));
            log = std::move(*opened);
        }
        return log ? log->make_observer() : nullptr;
    };
    auto service = dnsd::NameService::start(std::move(*settings), observers);
    if (!service) return std::unexpected(std::move(service.error()));
    say_where(context, **service);
    run_until_stopped(context, **service);
    std::string account = totals_text((*service)->server().totals());
    service->reset();
    if (log) {
        log->finish();
        account += "; " + log->account();
        for (const std::string& line : log->alert_report())
            context.say(line);
    }
    context.say(account);
    return 0;
}

}  // namespace vedette::app
