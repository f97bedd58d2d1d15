#include "service/notifier/notifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "notify/digest_json.hpp"
#include "service/notifier/courier.hpp"
#include "service/notifier/still_wanted.hpp"

namespace vedette::service {
namespace {

using notify::News;
using store::Outbox;

constexpr std::size_t kMostMessages = 100;
constexpr auto kTroublePause = std::chrono::seconds(5);

}  // namespace

struct Notifier::State {
    Settings settings;
    SystemClock clock;
    std::optional<Outbox> outbox;  // of the thread that calls on_alert()
    std::vector<std::thread> threads;
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> not_queued{0};
    std::mutex mutex;
    std::condition_variable wake;
    std::uint64_t put = 0;              // by this process; guarded by mutex
    std::vector<std::string> messages;  // guarded by mutex

    void say(std::string text) {
        const std::lock_guard lock(mutex);
        if (messages.size() < kMostMessages) messages.push_back(std::move(text));
    }
    Result<void> queue(const Target& target, const Alert& alert, AlertChange change);
    void deliver(const Target& target, std::uint32_t seed);
    /// Until `until`, or something was put, or the end.
    void wait(std::chrono::steady_clock::duration longest, std::uint64_t& seen) {
        std::unique_lock lock(mutex);
        wake.wait_for(lock, longest, [&] { return stopping || put != seen; });
        seen = put;
    }
};

std::string alert_key(const Alert& alert) {
    // Both: numbers begin anew with a new book, and without a book there is none.
    return fmt::format("{}.{}", notify::fingerprint(alert), alert.id);
}

Notifier::Notifier(Key, Settings settings) : state_(std::make_unique<State>()) {
    state_->settings = std::move(settings);
    std::erase_if(state_->settings.targets, [](const Target& target) { return !target.enabled; });
}

Result<std::unique_ptr<Notifier>> Notifier::start(Settings settings) {
    auto notifier = std::make_unique<Notifier>(Key{}, std::move(settings));
    State& state = *notifier->state_;
    auto outbox = Outbox::open(state.settings.outbox);
    if (!outbox) return std::unexpected(std::move(outbox.error()));
    state.outbox.emplace(std::move(*outbox));
    std::random_device seeds;
    for (const Target& target : state.settings.targets) {
        state.threads.emplace_back(
            [&state, &target, seed = seeds()] { state.deliver(target, seed); });
    }
    return notifier;
}

Notifier::~Notifier() {
    stop();
}

void Notifier::State::deliver(const Target& target, std::uint32_t seed) {
    Courier::Terms terms;
    terms.outbox = settings.outbox;
    terms.host = settings.host;
    terms.cancelled = &stopping;
    terms.seed = seed;
    StillWanted wanted(settings.alerts);
    terms.still_wanted = [&](const Alert& alert) { return wanted.ask(alert, clock.now()); };
    terms.say = [this](std::string text) { say(std::move(text)); };
    std::optional<Courier> courier;
    std::string trouble;
    std::uint64_t seen = 0;
    while (!stopping) {
        Result<Timestamp> next = kNever;
        if (!courier) {
            auto made = Courier::make(target, terms);
            if (made) courier.emplace(std::move(*made));
            if (!made) next = std::unexpected(std::move(made.error()));
        }
        const Timestamp now = clock.now();
        if (courier) next = courier->step(now);
        if (next) {
            trouble.clear();
            wait(std::chrono::nanoseconds(std::max<std::int64_t>((*next - now).nanos, 0)), seen);
            continue;
        }
        // The disk is full, say. The alerts stay where they are.
        if (trouble != next.error().text)
            say(fmt::format("notify {}: {}", target.name, next.error().text));
        trouble = next.error().text;
        wait(kTroublePause, seen);
    }
}

Result<void> Notifier::State::queue(const Target& target, const Alert& alert, AlertChange change) {
    const std::string key = alert_key(alert);
    const auto told = outbox->told(target.name, key);
    if (!told) return std::unexpected(told.error());
    const auto waiting = outbox->waiting(target.name, key);
    if (!waiting) return std::unexpected(waiting.error());
    std::optional<notify::Told> known;
    if (*told)
        known = notify::Told{(*told)->at, static_cast<Severity>((*told)->severity), (*told)->ended};
    std::optional<News> queued;
    if (*waiting) queued = static_cast<News>(**waiting);
    const Timestamp now = clock.now();
    const auto news = notify::news_of(target.group, alert, change, known, queued, now);
    if (!news) return {};
    return outbox->put(target.name,
                       {key, static_cast<std::uint8_t>(*news),
                        static_cast<std::uint8_t>(alert.severity), now, notify::pack(alert)},
                       target.queue_limit);
}

void Notifier::on_alert(const Alert& alert, AlertChange change) {
    State& state = *state_;
    for (const Target& target : state.settings.targets) {
        const auto queued = state.queue(target, alert, change);
        if (queued) continue;
        if (state.not_queued++ == 0)
            state.say(fmt::format("notify {}: an alert could not be queued: {}", target.name,
                                  queued.error().text));
    }
    {
        const std::lock_guard lock(state.mutex);
        ++state.put;
    }
    state.wake.notify_all();
}

std::vector<std::string> Notifier::messages() {
    const std::lock_guard lock(state_->mutex);
    return std::exchange(state_->messages, {});
}

std::uint64_t Notifier::not_queued() const noexcept {
    return state_->not_queued;
}

void Notifier::stop() {
    State& state = *state_;
    if (state.stopping.exchange(true)) return;
    {
        const std::lock_guard lock(state.mutex);  // nobody is between looking and waiting
    }
    state.wake.notify_all();
    for (std::thread& thread : state.threads)
        thread.join();
    state.threads.clear();
    for (const Target& target : state.settings.targets) {
        const auto left = state.outbox->state(target.name, state.clock.now());
        if (!left || left->waiting == 0) continue;
        const std::string waits =
            left->waiting == 1 ? "1 alert waits" : fmt::format("{} alerts wait", left->waiting);
        state.say(fmt::format("notify {}: {} for the next start, or: vedette notify flush",
                              target.name, waits));
    }
}

}  // namespace vedette::service
