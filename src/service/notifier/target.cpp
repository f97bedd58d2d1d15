#include "service/notifier/target.hpp"

#include <fmt/format.h>

#include <array>

#include "notify/exec/exec_channel.hpp"
#include "notify/mail/mail_channel.hpp"
#include "notify/mqtt/mqtt_channel.hpp"
#include "notify/ntfy/ntfy_channel.hpp"
#include "notify/slack/slack_channel.hpp"
#include "notify/syslog/syslog_channel.hpp"
#include "notify/webhook/webhook_channel.hpp"
#include "service/notifier/target_check.hpp"

namespace vedette::service {
namespace {

using config::NotifyTarget;
using notify::Channel;

/// Paths of the secret files, found and checked.
struct Secrets {
    std::string url_file;
    std::string password_file;
    std::string token_file;
    std::string hmac_key_file;
};

notify::TlsFiles tls_of(const NotifyTarget& target) {
    return {target.ca_file, target.certificate, target.key};
}

std::unique_ptr<Channel> make_mail(const NotifyTarget& target, Secrets secrets) {
    using StartTls = notify::MailSettings::StartTls;
    return notify::make_mail_channel({target.url,
                                      target.starttls == "off" ? StartTls::Off : StartTls::Required,
                                      {target.from, target.to, target.subject},
                                      target.user,
                                      std::move(secrets.password_file),
                                      tls_of(target)});
}

std::unique_ptr<Channel> make_webhook(const NotifyTarget& target, Secrets secrets) {
    return notify::make_webhook_channel({target.url, std::move(secrets.url_file), target.headers,
                                         target.user, std::move(secrets.password_file),
                                         std::move(secrets.token_file),
                                         std::move(secrets.hmac_key_file), tls_of(target)});
}

std::unique_ptr<Channel> make_syslog(const NotifyTarget& target, Secrets) {
    return notify::make_syslog_channel({target.url, target.facility, tls_of(target)});
}

std::unique_ptr<Channel> make_ntfy(const NotifyTarget& target, Secrets secrets) {
    return notify::make_ntfy_channel(
        {target.url, std::move(secrets.url_file), target.user, std::move(secrets.password_file),
         std::move(secrets.token_file), target.subject, tls_of(target)});
}

std::unique_ptr<Channel> make_slack(const NotifyTarget& target, Secrets secrets) {
    return notify::make_slack_channel(
        {target.url, std::move(secrets.url_file), target.subject, tls_of(target)});
}

std::unique_ptr<Channel> make_mqtt(const NotifyTarget& target, Secrets secrets) {
    return notify::make_mqtt_channel(
        {target.url, target.topic, target.user, std::move(secrets.password_file), tls_of(target)});
}

std::unique_ptr<Channel> make_exec(const NotifyTarget& target, Secrets) {
    return notify::make_exec_channel(target.command);
}

struct Maker {
    std::string_view type;
    std::unique_ptr<Channel> (*make)(const NotifyTarget&, Secrets);
};
constexpr std::array kMakers{
    Maker{"mail", &make_mail}, Maker{"webhook", &make_webhook}, Maker{"syslog", &make_syslog},
    Maker{"ntfy", &make_ntfy}, Maker{"slack", &make_slack},     Maker{"mqtt", &make_mqtt},
    Maker{"exec", &make_exec},
};

Severity severity_of(std::string_view name) {
    for (const Severity severity : {Severity::Info, Severity::Low, Severity::Medium}) {
        if (to_text(severity) == name) return severity;
    }
    return Severity::High;
}

std::string where_of(const NotifyTarget& settings) {
    if (!settings.command.empty()) return settings.command.front();
    return settings.url.empty() ? "the URL in " + settings.url_file : settings.url;
}

Target make_target(const NotifyTarget& settings, TargetCheck& check) {
    check.run();
    Target target;
    target.name = settings.name;
    target.type = settings.type;
    target.where = where_of(settings);
    target.enabled = settings.enabled;
    target.group.wait = settings.group_wait;
    target.group.interval = settings.group_interval;
    target.group.repeat = settings.repeat_interval;
    target.group.hourly_limit = settings.hourly_limit;
    target.group.least = severity_of(settings.severity);
    target.group.kinds = settings.kinds;
    target.group.ended = settings.ended;
    target.timeout = settings.timeout;
    target.keep = settings.keep;
    target.queue_limit = static_cast<std::uint64_t>(settings.queue_limit);
    Secrets secrets{check.secret("url_file", settings.url_file),
                    check.secret("password_file", settings.password_file),
                    check.secret("token_file", settings.token_file),
                    check.secret("hmac_key_file", settings.hmac_key_file)};
    for (const Maker& maker : kMakers) {
        if (maker.type == settings.type) target.channel = maker.make(settings, std::move(secrets));
    }
    VEDETTE_ASSERT(target.channel != nullptr);  // the settings table knows no other type
    return target;
}

}  // namespace

Result<std::vector<Target>> make_targets(const std::vector<NotifyTarget>& settings,
                                         std::string_view credentials) {
    std::vector<Target> targets;
    std::vector<std::string> problems;
    for (const NotifyTarget& each : settings) {
        TargetCheck check(each, credentials, problems);
        targets.push_back(make_target(each, check));
    }
    if (problems.empty()) return targets;
    return fail(ErrorKind::InvalidSettings, fmt::format("{}", fmt::join(problems, "\n")));
}

}  // namespace vedette::service
