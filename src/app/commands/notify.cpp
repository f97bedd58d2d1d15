#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "app/commands/commands.hpp"
#include "app/guard/guard_run.hpp"
#include "app/notify/notify_paths.hpp"
#include "base/suggest.hpp"
#include "service/notifier/courier.hpp"
#include "service/notifier/still_wanted.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::app {
namespace {

using service::Courier;
using service::Target;
using store::Outbox;

constexpr auto kPatience = std::chrono::seconds(90);  // for another process to do the sending
constexpr auto kLook = std::chrono::milliseconds(200);

std::string moment(Timestamp time) {
    if (!time.known()) return "";
    return fmt::format("{} {}", sys::date_text(time), sys::clock_text(time).substr(0, 8));
}

Result<const Target*> find_target(const std::vector<Target>& targets, const std::string& name) {
    std::vector<std::string_view> names;
    for (const Target& target : targets) {
        if (target.name == name) return &target;
        names.push_back(target.name);
    }
    const std::string_view near = nearest_word(name, names);
    return fail(ErrorKind::Usage,
                fmt::format("there is no [notify.{}] in the settings{}", name,
                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

Result<Outbox> open_outbox(const Context& context) {
    const std::string path = outbox_path(context);
    std::error_code ignored;  // opening the file tells it better
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    return Outbox::open(path);
}

struct State {
    std::string_view word;
    render::Tone tone;
};

State state_of(const Target& target, const store::OutboxState& state) {
    if (!target.enabled) return {"off", render::Tone::Plain};
    if (state.failures > 0) return {"failing", render::Tone::Bad};
    if (state.waiting > 0) return {"waiting", render::Tone::Warning};
    return {"ok", render::Tone::Good};
}

ListingCell number(std::uint64_t value) {
    const std::string text = fmt::format("{}", value);
    return {text, text, ListingCell::Json::Number};
}

Result<int> list(Context& context, const Arguments& arguments) {
    const auto targets = notify_targets(context);
    if (!targets) return std::unexpected(targets.error());
    auto outbox = open_outbox(context);
    if (!outbox) return std::unexpected(std::move(outbox.error()));
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output.error()));
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"target", {"target"}},
                     {"type", {"type"}},
                     {"to", {"to", render::Align::Left, 12}},
                     {"state", {"state"}},
                     {"waiting", {"waiting", render::Align::Right}},
                     {"delivered", {"delivered", render::Align::Right}},
                     {"dropped", {"dropped", render::Align::Right}},
                     {"last_sent", {"last sent"}},
                     {"next_try", {"next try"}},
                     {"last_error", {"last error", render::Align::Left, 12}}});
    for (const Target& target : *targets) {
        const auto state = outbox->state(target.name, context.clock().now());
        if (!state) return std::unexpected(state.error());
        const State word = state_of(target, *state);
        listing.add({{target.name},
                     {target.type},
                     {target.where},
                     {std::string(word.word), {}, ListingCell::Json::Text, word.tone},
                     number(state->waiting),
                     number(state->delivered),
                     number(state->dropped),
                     {state->sent.empty() ? "" : moment(state->sent.back())},
                     {state->waiting > 0 ? moment(state->retry_at) : ""},
                     {state->last_error.empty() ? ""
                                                : fmt::format("{} ({})", state->last_error,
                                                              moment(state->last_error_at))}});
    }
    listing.finish();
    VEDETTE_TRY(output->finish());
    if (targets->empty())
        context.say("No targets: the settings have no table [notify.NAME]; docs/notify.md");
    return 0;
}

Result<int> test(Context& context, const Arguments& arguments) {
    const auto& words = arguments.operands();
    if (words.size() != 2) return fail(ErrorKind::Usage, "expected: notify test NAME");
    const auto targets = notify_targets(context);
    if (!targets) return std::unexpected(targets.error());
    const auto found = find_target(*targets, words[1]);
    if (!found) return std::unexpected(found.error());
    const Target& target = **found;
    auto output = Output::open("-");
    if (!output) return std::unexpected(std::move(output.error()));
    output->write(
        fmt::format("A sample alert to {} ({}, {})\n", target.name, target.type, target.where));
    notify::Attempt attempt;
    attempt.timeout = target.timeout;
    attempt.step = [&](std::string_view line) {
        output->write(fmt::format("  {}\n", line));
        output->flush();
    };
    const auto digest = notify::sample_digest(host_name(), target.name, context.clock().now());
    const notify::Outcome outcome = target.channel->send(digest, attempt);
    if (outcome.delivered()) output->write(fmt::format("Delivered: {}\n", outcome.text));
    VEDETTE_TRY(output->finish());
    if (outcome.delivered()) return 0;
    return fail(ErrorKind::Failed,
                fmt::format("{} was not delivered: {}", target.name, outcome.text));
}

/// Everything that waits for one target. The process that runs all the time may hold the target;
/// then it is asked to do it.
Result<bool> flush_target(const Context& context, const Target& target) {
    service::StillWanted wanted(alerts_path(context));
    Courier::Terms terms;
    terms.outbox = outbox_path(context);
    terms.host = host_name();
    terms.seed = std::random_device()();
    terms.still_wanted = [&](const Alert& alert) {
        return wanted.ask(alert, context.clock().now());
    };
    auto courier = Courier::make(target, std::move(terms));
    if (!courier) return std::unexpected(std::move(courier.error()));
    const auto before = courier->outbox().state(target.name, context.clock().now());
    if (!before) return std::unexpected(before.error());
    if (before->waiting == 0) return true;
    const auto end = std::chrono::steady_clock::now() + kPatience;
    bool asked = false;
    while (std::chrono::steady_clock::now() < end) {
        const auto stepped = courier->step(context.clock().now(), Courier::Hurry::Yes);
        if (!stepped) return std::unexpected(stepped.error());
        const auto state = courier->outbox().state(target.name, context.clock().now());
        if (!state) return std::unexpected(state.error());
        if (state->waiting == 0) {
            const bool sent = state->delivered > before->delivered;
            context.say(
                sent ? fmt::format("{}: {} sent", target.name, before->waiting)
                     : fmt::format("{}: nothing that waited is still to be told", target.name));
            return true;
        }
        const bool failed = courier->locked_out()
                                ? state->last_error_at > before->last_error_at
                                : courier->last() && !courier->last()->delivered();
        if (failed) {
            context.say(
                fmt::format("{}: {} wait: {}", target.name, state->waiting, state->last_error));
            return false;
        }
        if (!courier->locked_out()) continue;
        if (!asked) VEDETTE_TRY(courier->outbox().ask(target.name));
        asked = true;
        std::this_thread::sleep_for(kLook);
    }
    context.say(fmt::format("{}: another process sends for it, and is not done yet", target.name));
    return false;
}

Result<int> flush(Context& context, const Arguments& arguments) {
    const auto& words = arguments.operands();
    if (words.size() > 2) return fail(ErrorKind::Usage, "expected: notify flush [NAME]");
    const auto targets = notify_targets(context);
    if (!targets) return std::unexpected(targets.error());
    if (words.size() == 2) {
        const auto found = find_target(*targets, words[1]);
        if (!found) return std::unexpected(found.error());
    }
    // Courier opens the file; this makes its folder.
    const auto outbox = open_outbox(context);
    if (!outbox) return std::unexpected(outbox.error());
    bool all = true;
    for (const Target& target : *targets) {
        if (!target.enabled || (words.size() == 2 && target.name != words[1])) continue;
        const auto sent = flush_target(context, target);
        if (!sent) return std::unexpected(sent.error());
        all = all && *sent;
    }
    return all ? 0 : 1;
}

}  // namespace

Result<int> run_notify(Context& context, const Arguments& arguments) {
    const std::string& action = arguments.operands().front();
    if (action == "list") return list(context, arguments);
    if (action == "test") return test(context, arguments);
    return flush(context, arguments);
}

}  // namespace vedette::app
