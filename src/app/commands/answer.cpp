#include <fmt/format.h>

#include "app/commands/commands.hpp"
#include "app/serve/endpoint_list.hpp"
#include "service/answerer/answerer.hpp"

namespace vedette::app {
namespace {

constexpr std::uint16_t kTracedPort = 9'000;
constexpr std::uint16_t kDnsPort = 53;

Result<answerer::AnswererSettings> answerer_settings(const config::Settings& settings) {
    answerer::AnswererSettings chosen;
    auto traced = parse_endpoints("answer.listen", settings.answer_listen, kTracedPort);
    if (!traced) return std::unexpected(std::move(traced).error());
    auto dns = parse_endpoints("answer.dns_listen", settings.answer_dns_listen, kDnsPort);
    if (!dns) return std::unexpected(std::move(dns).error());
    chosen.traced = std::move(*traced);
    chosen.dns = std::move(*dns);
    if (chosen.traced.empty() && chosen.dns.empty())
        return fail(ErrorKind::InvalidSettings,
                    "answer.listen and answer.dns_listen are both empty: nowhere to listen");
    chosen.rule = {settings.answer_pool, settings.answer_rule, settings.answer_windows};
    chosen.ttl = static_cast<std::uint32_t>(settings.answer_ttl);
    return chosen;
}

void say_where(const Context& context, const answerer::Answerer& answerer) {
    std::string text = "Answering";
    for (const Endpoint& endpoint : answerer.traced_endpoints())
        text += fmt::format(" {} (traced)", endpoint.to_text());
    for (const Endpoint& endpoint : answerer.dns_endpoints())
        text += fmt::format(" {} (DNS)", endpoint.to_text());
    context.say(text + ". Ctrl-C ends it");
    for (const auto* list : {&answerer.traced_endpoints(), &answerer.dns_endpoints()}) {
        for (const Endpoint& endpoint : *list) {
            if (!endpoint.address.is_loopback())
                context.say(
                    fmt::format("warning: {} can be reached from other machines, which get "
                                "an answer for every name there is",
                                endpoint.to_text()));
        }
    }
}

std::string totals_text(const answerer::AnswererTotals& totals) {
    const answerer::AnswerCounts& answers = totals.answers;
    std::string text = fmt::format(
        "{} messages answered, {} questions: {} addresses, {} without data; {} malformed, {} of "
        "other kinds, {} cut, {} not answered\n{} traced frames, {} without a question; {} "
        "connections, {} refused",
        answers.messages, answers.questions, answers.addresses, answers.nodata, answers.malformed,
        answers.refused, answers.truncated, answers.silent, totals.frames.frames,
        totals.frames.without_question, totals.connections, totals.refused_connections);
    for (std::size_t i = 0; i < totals.closed.size(); ++i) {
        if (totals.closed[i] == 0) continue;
        const auto reason = static_cast<answerer::CloseReason>(i);
        text += fmt::format(", {} closed: {}", totals.closed[i], to_text(reason));
    }
    return text;
}

}  // namespace

Result<int> run_answer(Context& context, const Arguments&) {
    const auto settings = answerer_settings(context.settings());
    if (!settings) return std::unexpected(settings.error());
    auto opened = answerer::Answerer::open(*settings);
    if (!opened) return std::unexpected(std::move(opened).error());
    answerer::Answerer& answerer = **opened;
    say_where(context, answerer);
    sys::StopFlag stop;
    const sys::StopOnSignals signals(stop);
    VEDETTE_TRY(answerer.run(stop));
    context.say(totals_text(answerer.totals()));
    return 0;
}

}  // namespace vedette::app
