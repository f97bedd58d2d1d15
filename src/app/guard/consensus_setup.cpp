#include "app/guard/consensus_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "render/name_text.hpp"

namespace vedette::app {
namespace {

/// Fewer cannot agree against a third.
constexpr std::size_t kFewestResolvers = 2;

std::unexpected<Error> wrong(std::string_view setting, const std::string& text,
                             std::string_view why) {
    return fail(ErrorKind::InvalidSettings, fmt::format("{}: '{}': {}", setting, text, why));
}

Result<void> add_resolvers(const config::TextList& texts, service::OpinionSettings& out) {
    constexpr std::string_view kSetting = "consensus.resolvers";
    if (texts.size() < kFewestResolvers || texts.size() > SecondOpinion::kMostResolvers) {
        return fail(ErrorKind::InvalidSettings,
                    fmt::format("{}: name {} to {} resolvers: two must agree against an answer",
                                kSetting, kFewestResolvers, SecondOpinion::kMostResolvers));
    }
    for (const std::string& text : texts) {
        const auto resolver = service::OpinionResolver::parse(text);
        if (!resolver)
            return wrong(kSetting, text, "no ADDRESS, ADDRESS:PORT or tls://ADDRESS#NAME");
        const bool twice = std::ranges::any_of(out.resolvers, [&](const auto& other) {
            return other.endpoint.address == resolver->endpoint.address;
        });
        if (twice) return wrong(kSetting, text, "named twice; it would agree with itself");
        out.resolvers.push_back(*resolver);
    }
    return {};
}

}  // namespace

Result<service::OpinionSettings> opinion_settings(const config::Settings& settings) {
    service::OpinionSettings out;
    VEDETTE_TRY(add_resolvers(settings.consensus_resolvers, out));
    for (const std::string& text : settings.consensus_except) {
        const auto name = render::parse_name(text);
        if (!name) return wrong("consensus.except", text, name.error().text);
        out.except.push_back(*name);
    }
    out.limits.per_minute = static_cast<std::uint32_t>(settings.consensus_per_minute);
    if (std::ranges::any_of(out.resolvers, &service::OpinionResolver::tls)) {
        auto tls = sys::TlsClient::load({.authorities = settings.consensus_ca});
        if (!tls) return fail(std::move(tls).error(), "consensus.ca");
        out.tls = std::move(*tls);
    }
    return out;
}

Result<OriginTable> load_origins(const config::Settings& settings) {
    const std::string& path = settings.consensus_origins;
    if (path.empty()) return OriginTable();
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.good() && !file.eof()) {
        return wrong("consensus.origins", path, "cannot be read");
    }
    auto table = OriginTable::parse(text);
    if (!table) return fail(std::move(table).error(), "consensus.origins: " + path);
    return table;
}

std::string consensus_text(const service::OpinionCounts& counts) {
    std::string text = fmt::format("Consensus: {} names asked of other resolvers, {} answers",
                                   counts.asked, counts.answers);
    if (counts.unanswered != 0) {
        text +=
            fmt::format(", {} questions without an answer ({})", counts.unanswered, counts.trouble);
    }
    if (counts.left_out != 0) text += fmt::format(", {} names left out", counts.left_out);
    return text;
}

}  // namespace vedette::app
