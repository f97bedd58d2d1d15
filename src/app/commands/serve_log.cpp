#include "app/commands/serve_log.hpp"

#include <fmt/format.h>

#include <thread>

#include "app/collect/forward_setup.hpp"
#include "app/commands/store_access.hpp"

namespace vedette::app {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Duration kFlush = Duration::seconds(1);
// For what waits at the end: half of what the unit grants the whole end (TimeoutStopSec). The store
// may be that of a process that serves its last connections.
constexpr auto kLastStoring = std::chrono::seconds(15);
constexpr auto kTellAfter = std::chrono::seconds(1);
constexpr auto kLookInterval = std::chrono::milliseconds(100);

}  // namespace

Result<std::unique_ptr<ServeLog>> ServeLog::open(const Context& context, Start start) {
    if (!context.settings().serve_log || !context.settings().store_enabled) return nullptr;
    auto log = std::make_unique<ServeLog>(Key(), context);
    const auto opened = log->open_sinks();
    log->waiting_ =
        !opened && opened.error().kind == ErrorKind::Busy && start == Start::AfterAnother;
    if (!opened && !log->waiting_) return std::unexpected(opened.error());
    return log;
}

Result<void> ServeLog::open_sinks() {
    auto writer = open_store_writer(context_);
    if (!writer) return std::unexpected(std::move(writer.error()));
    GuardRun::Options options;
    options.source = GuardRun::Source::Live;
    options.print = [this](std::string_view line) {
        context_.say(line.substr(0, line.size() - 1));
    };
    auto guard = GuardRun::open(context_, std::move(options));
    if (!guard) return std::unexpected(std::move(guard.error()));
    auto dnstap = open_dnstap(context_, store::DnstapRole::Auth);
    if (!dnstap) return std::unexpected(std::move(dnstap.error()));
    sink_ = std::make_unique<StoreSink>(std::move(*writer));
    guard_ = std::move(*guard);
    dnstap_ = std::move(*dnstap);
    std::vector<pipeline::EventSink*> sinks{sink_.get()};
    if (guard_) sinks.push_back(&guard_->guard());
    if (dnstap_) sinks.push_back(dnstap_.get());
    thread_ = std::make_unique<pipeline::SinkThread>(queue_, std::move(sinks), kFlush,
                                                     guard_ ? guard_->marker() : nullptr);
    return {};
}

dnsd::ExchangeObserver* ServeLog::make_observer() {
    using Sightings = dnsd::ExchangeLog::Sightings;
    const bool guarded = context_.settings().detect_preset != "off";
    observers_.push_back(std::make_unique<dnsd::ExchangeLog>(
        queue_, counters_, guarded ? Sightings::On : Sightings::Off));
    return observers_.back().get();
}

std::string ServeLog::look() {
    if (!waiting_) return failure();
    const auto opened = open_sinks();
    if (!opened && opened.error().kind == ErrorKind::Busy) return {};
    waiting_ = false;
    return opened ? std::string() : opened.error().text + "; nothing is logged";
}

std::string ServeLog::failure() {
    if (!thread_ || told_failure_) return {};
    const auto account = thread_->account();
    if (account.outcome) return {};
    told_failure_ = true;
    return account.outcome.error().text + "; from now on nothing is logged";
}

std::uint64_t ServeLog::not_yet_stored() const {
    return counters_.logged - (thread_ ? thread_->account().delivered : 0);
}

std::vector<std::string> ServeLog::finish(const sys::StopFlag& stop) {
    const auto began = SteadyClock::now();
    const auto patient = [&] {
        return stop.level() != sys::StopFlag::Level::Abort &&
               SteadyClock::now() - began < kLastStoring;
    };
    if (waiting_) context_.say("Waiting for the store, which another process holds still");
    while (waiting_ && patient()) {
        (void)look();
        if (waiting_) std::this_thread::sleep_for(kLookInterval);
    }
    observers_.clear();
    queue_.finish();
    if (!thread_) {  // nobody came to take what waits
        const std::uint64_t left = queue_.close();
        counters_.logged -= left;
        counters_.dropped += left;
        return {};
    }
    bool told = false;
    thread_->join_while([&] {
        if (!told && SteadyClock::now() - began > kTellAfter) {
            told = true;
            context_.say(
                fmt::format("Storing the last {} exchanges, for {} s at most; a second "
                            "signal leaves them",
                            not_yet_stored(), kLastStoring.count()));
        }
        return patient();
    });
    return guard_ ? guard_->report() : std::vector<std::string>{};
}

std::string ServeLog::account() const {
    std::uint64_t lost = sink_ ? sink_->lost() : 0;
    if (thread_) lost += thread_->account().thrown_away;
    std::string text = fmt::format("logged {}, not logged {}", counters_.logged.load() - lost,
                                   counters_.dropped.load() + lost);
    if (dnstap_ && dnstap_->lost() != 0) text += fmt::format(", dnstap lost {}", dnstap_->lost());
    return text;
}

}  // namespace vedette::app
