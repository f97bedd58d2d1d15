#include <fmt/format.h>

#include <filesystem>

#include "app/commands/commands.hpp"
#include "service/certs/authority.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::app {
namespace {

using certs::Authority;
using certs::Certificate;
using certs::Role;

constexpr std::uint64_t kAuthorityDays = 3'650;
constexpr std::uint64_t kDays = 825;
constexpr std::uint64_t kMostDays = 36'500;
constexpr std::int64_t kSoonSeconds = 30 * 86'400;

std::string folder_of(const Context& context, const Arguments& arguments) {
    if (const std::string* const folder = arguments.get("directory")) return *folder;
    return (std::filesystem::path(context.store_path()).parent_path() / "certs").string();
}

Result<std::int64_t> days_of(const Arguments& arguments, std::uint64_t usual) {
    const std::uint64_t days = arguments.number("days", usual);
    if (days == 0 || days > kMostDays)
        return fail(ErrorKind::Usage, fmt::format("--days: 1 to {}", kMostDays));
    return static_cast<std::int64_t>(days);
}

std::string date_of(Timestamp time) {
    return sys::date_text(time);
}

void say_made(const Context& context, const Authority& authority, const Certificate& made) {
    context.say(fmt::format("{} {} until {}: {} and {}", to_text(made.role), made.name,
                            date_of(made.not_after), made.path, authority.key_path(made.name)));
    if (made.role == Role::Server)
        context.hint(
            fmt::format("Next: vedette collect --listen tls://0.0.0.0 --certificate {} "
                        "--key {} --client-ca {}",
                        made.path, authority.key_path(made.name), authority.authority_path()));
    if (made.role == Role::Client)
        context.hint(
            fmt::format("Copy both and {} to the sensor. There: vedette watch --forward "
                        "tls://HOST --forward-ca ca.pem --forward-certificate {}.pem "
                        "--forward-key {}.key",
                        authority.authority_path(), made.name, made.name));
    if (made.role == Role::SelfSigned)
        context.hint(fmt::format("Next: vedette serve --tls ADDRESS --certificate {} --key {}",
                                 made.path, authority.key_path(made.name)));
}

Result<int> init(const Context& context, const Arguments& arguments, Authority& authority) {
    const auto days = days_of(arguments, kAuthorityDays);
    if (!days) return std::unexpected(days.error());
    std::error_code ignored;  // making the folder tells it better
    const std::filesystem::path folder(folder_of(context, arguments));
    std::filesystem::create_directories(folder.parent_path(), ignored);
    const auto& words = arguments.operands();
    auto made = authority.init(words.size() > 1 ? words[1] : "Vedette", *days);
    if (!made) return std::unexpected(std::move(made).error());
    context.say(fmt::format("authority {} until {}: {}. Keep {} to yourself", made->name,
                            date_of(made->not_after), made->path, authority.key_path("ca")));
    context.hint("Next: vedette certs server HOST, and vedette certs client NAME for each sensor");
    return 0;
}

Result<int> issue(const Context& context, const Arguments& arguments, Authority& authority,
                  Role role) {
    const auto& words = arguments.operands();
    const auto days = days_of(arguments, kDays);
    if (!days) return std::unexpected(days.error());
    if (words.size() < 2)
        return fail(ErrorKind::Usage, fmt::format("expected: certs {} NAME", words.front()));
    certs::Request request{.name = words[1], .role = role, .days = *days};
    if (role == Role::Client && words.size() > 2)
        return fail(ErrorKind::Usage, "expected: certs client NAME, one at a time");
    if (role != Role::Client) request.hosts.assign(words.begin() + 1, words.end());
    auto made = authority.issue(request);
    if (!made) return std::unexpected(std::move(made).error());
    say_made(context, authority, *made);
    return 0;
}

Result<int> renew(const Context& context, const Arguments& arguments, Authority& authority) {
    const auto days = days_of(arguments, kDays);
    if (!days) return std::unexpected(days.error());
    if (arguments.operands().size() != 2)
        return fail(ErrorKind::Usage, "expected: certs renew NAME");
    auto made = authority.renew(arguments.operands()[1], *days);
    if (!made) return std::unexpected(std::move(made).error());
    say_made(context, authority, *made);
    return 0;
}

render::Tone tone_of(const Certificate& certificate, Timestamp now) {
    if (certificate.not_after < now) return render::Tone::Bad;
    return certificate.not_after - now < Duration::seconds(kSoonSeconds) ? render::Tone::Warning
                                                                         : render::Tone::Plain;
}

Result<int> list(const Context& context, const Arguments& arguments, const Authority& authority) {
    const auto all = authority.list();
    if (!all) return std::unexpected(all.error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());
    using render::Align;
    using render::Presence;
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"name", {"name"}},
                     {"role", {"role"}},
                     {"hosts", {"hosts", Align::Left, 6, Presence::IfFilled}},
                     {"not_before", {"from"}},
                     {"not_after", {"until"}},
                     {"fingerprint", {"sha-256", Align::Left, 16, Presence::IfWide}},
                     {"path", {"file", Align::Left, 0, Presence::IfWide}}});
    const Timestamp now = context.clock().now();
    for (const Certificate& row : *all) {
        std::string hosts;
        for (const std::string& host : row.hosts)
            hosts += (hosts.empty() ? "" : " ") + host;
        listing.add({{row.name},
                     {std::string(to_text(row.role))},
                     {hosts, hosts, ListingCell::Json::List},
                     {date_of(row.not_before), sys::iso_text(row.not_before)},
                     {date_of(row.not_after), sys::iso_text(row.not_after), ListingCell::Json::Text,
                      tone_of(row, now)},
                     {row.fingerprint},
                     {row.path}});
    }
    listing.finish();
    VEDETTE_TRY(output->finish());
    if (all->empty()) context.say("No certificate yet: vedette certs init");
    return 0;
}

}  // namespace

Result<int> run_certs(Context& context, const Arguments& arguments) {
    Authority authority(folder_of(context, arguments));
    const std::string& action = arguments.operands().front();
    if (action == "init") return init(context, arguments, authority);
    if (action == "server") return issue(context, arguments, authority, Role::Server);
    if (action == "client") return issue(context, arguments, authority, Role::Client);
    if (action == "self-signed") return issue(context, arguments, authority, Role::SelfSigned);
    if (action == "renew") return renew(context, arguments, authority);
    return list(context, arguments, authority);
}

}  // namespace vedette::app
