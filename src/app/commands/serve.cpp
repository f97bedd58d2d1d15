#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "app/commands/commands.hpp"
#include "app/commands/serve_log.hpp"
#include "app/serve/serve_settings.hpp"
#include "app/serve/succession.hpp"
#include "sys/handover/service_manager.hpp"
#include "sys/os/signal_flag.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::app {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto kTick = std::chrono::milliseconds(200);

/// What can be asked of a server by signal. It lives before anybody is told that the server
/// answers: who knows the process may ask at once, and an unhandled signal would end it.
struct ServeSignals {
    sys::SignalFlag reload{SIGHUP};    ///< reads its files anew
    sys::SignalFlag replace{SIGUSR2};  ///< starts its successor
    sys::StopFlag stop;
    std::optional<sys::StopOnSignals> ends;  ///< from the moment that questions are taken

    void begin_serving() { ends.emplace(stop); }
};

void say_where(const Context& context, const dnsd::NameService& service) {
    std::string text = "Serving";
    for (const dnsd::Endpoint& endpoint : service.server().dns_endpoints())
        text += fmt::format(" {}", endpoint.to_text());
    for (const dnsd::Endpoint& endpoint : service.server().tls_endpoints())
        text += fmt::format(" tls://{}", endpoint.to_text());
    for (const dnsd::Endpoint& endpoint : service.server().https_endpoints())
        text += fmt::format(" https://{}/dns-query", endpoint.to_text());
    for (const dnsd::Endpoint& endpoint : service.server().quic_endpoints())
        text += fmt::format(" quic://{}", endpoint.to_text());
    for (const std::string& note : service.server().notes())
        context.say(note);
    const std::size_t zones = service.snapshot()->zones.size();
    context.say(
        fmt::format("{}; {} {}. Ctrl-C ends it", text, zones, zones == 1 ? "zone" : "zones"));
    if (zones == 0) context.say("No name yet: vedette records add fromage.fr A 11.23.33.21");
}

void reload(const Context& context, dnsd::NameService& service) {
    sys::tell_reloading();
    for (const std::string& line : service.reload())
        context.say(line);
    (void)sys::tell_service_manager("READY=1");
}

/// Until a signal, or until another process has taken over and nothing is left to be done. When the
/// end began.
SteadyClock::time_point run_until_stopped(const Context& context, dnsd::NameService& service,
                                          ServeLog* log, Succession& succession,
                                          ServeSignals& signals) {
    bool replaced = false;
    while (!signals.stop.stopping() && !(replaced && service.stopped())) {
        std::this_thread::sleep_for(kTick);
        if (signals.reload.take() && !replaced) reload(context, service);
        for (const std::string& line : service.tick())
            context.say(line);
        if (const std::string line = log ? log->look() : ""; !line.empty()) context.say(line);
        if (replaced) continue;
        if (signals.replace.take()) {
            if (const auto begun = succession.begin(service); !begun)
                context.say(begun.error().text);
        }
        const Succession::News news = succession.look();
        if (!news.text.empty()) context.say(news.text);
        replaced = news.step == Succession::Step::TakenOver;
        if (replaced) service.begin_leaving();
    }
    const auto ending = SteadyClock::now();
    if (!replaced) {
        (void)sys::tell_service_manager("STOPPING=1");
        succession.give_up();
    }
    service.stop();
    return ending;
}

/// What a successor, which starts without the rights that this process had, could not find out.
Succession::Variables places_of(const Context& context) {
    Succession::Variables variables;
    if (!context.environment("STATE_DIRECTORY"))
        variables.emplace_back("STATE_DIRECTORY", context.data_folder());
    if (!context.loaded().file.empty())
        variables.emplace_back("VEDETTE_CONFIG", context.loaded().file);
    return variables;
}

std::string totals_text(const dnsd::ServerTotals& totals) {
    return fmt::format(
               "{} questions, {} answers, {} dropped, {} rate limited, {} cut, "
               "{} connections",
               totals.queries, totals.answers, totals.dropped, totals.rate_limited,
               totals.truncated, totals.connections) +
           (totals.xdp_queries == 0 ? ""
                                    : fmt::format(", {} questions by AF_XDP", totals.xdp_queries));
}

}  // namespace

Result<int> run_serve(Context& context, const Arguments&) {
    ServeSignals signals;
    auto inheritance = Inheritance::take();
    if (!inheritance) return std::unexpected(std::move(inheritance.error()));
    Succession succession(places_of(context));
    auto settings = name_service_settings(context.settings(), records_path(context));
    if (!settings) return std::unexpected(std::move(settings.error()));
    settings->answers.cookie_secret = inheritance->cookie_secret;
    std::error_code ignored;  // opening the file tells it better
    std::filesystem::create_directories(std::filesystem::path(settings->records).parent_path(),
                                        ignored);
    std::unique_ptr<ServeLog> log;
    const auto start =
        inheritance->predecessor.open() ? ServeLog::Start::AfterAnother : ServeLog::Start::Alone;
    bool sockets_open = false;
    const auto observers = [&]() -> Result<dnsd::ExchangeObserver*> {
        if (!std::exchange(sockets_open, true)) {
            signals.begin_serving();
            VEDETTE_TRY(context.give_up_privileges());
            auto opened = ServeLog::open(context, start);
            if (!opened) return std::unexpected(std::move(opened.error()));
            log = std::move(*opened);
        }
        return log ? log->make_observer() : nullptr;
    };
    auto service =
        dnsd::NameService::start(std::move(*settings), observers, std::move(inheritance->supply));
    if (!service) return std::unexpected(std::move(service.error()));
    say_where(context, **service);
    inheritance->tell_ready();
    (void)sys::tell_service_manager("READY=1");
    const auto ending = run_until_stopped(context, **service, log.get(), succession, signals);
    std::string account = totals_text((*service)->server().totals());
    service->reset();
    if (log) {
        for (const std::string& line : log->finish(signals.stop))
            context.say(line);
        account += "; " + log->account();
    }
    const std::chrono::duration<double> seconds = SteadyClock::now() - ending;
    context.say(fmt::format("{}; ended in {:.1f} s", account, seconds.count()));
    return 0;
}

}  // namespace vedette::app
