#include "service/dnsd/daemon/name_service.hpp"

#include <sys/random.h>

#include <algorithm>

#include "sys/os/error.hpp"

namespace vedette::dnsd {

NameService::NameService(Key, NameServiceSettings settings)
    : settings_(std::move(settings)),
      sources_(settings_.zones, settings_.records),
      notifier_(settings_.notify, settings_.answers.tsig_keys) {}

Result<std::unique_ptr<NameService>> NameService::start(NameServiceSettings settings,
                                                        const Server::ObserverSource& observers,
                                                        SocketSupply supply) {
    auto service = std::make_unique<NameService>(Key(), std::move(settings));
    CookieSecret& secret = service->settings_.answers.cookie_secret;
    if (secret == CookieSecret{} &&
        getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size()))
        return sys::fail_errno("cannot make a cookie secret");
    std::vector<std::string> messages;
    (void)service->sources_.refresh(messages);
    if (!messages.empty()) {
        std::string all;
        for (const std::string& message : messages)
            all += (all.empty() ? "" : "\n") + message;
        return fail(ErrorKind::InvalidInput, std::move(all));
    }
    service->cell_ = std::make_unique<SnapshotCell>(std::make_shared<Snapshot>(
        Snapshot{service->sources_.zones(), service->settings_.answers}));
    auto server =
        Server::start(service->settings_.server, *service->cell_, observers, std::move(supply));
    if (!server) return std::unexpected(std::move(server.error()));
    service->server_ = std::move(*server);
    return service;
}

void NameService::publish() {
    const SnapshotPointer before = cell_->latest();
    cell_->publish(std::make_shared<Snapshot>(Snapshot{sources_.zones(), settings_.answers}));
    if (settings_.notify.empty()) return;
    const Timestamp now = SystemClock().now();
    for (const ServedZonePointer& served : cell_->latest()->zones.zones()) {
        const LookupName& apex = served->zone->apex_name();
        const ServedZone* old = before->zones.find(apex);
        const bool same = old != nullptr && old->zone->apex_name().labels() == apex.labels() &&
                          old->zone->serial() == served->zone->serial();
        if (!same) notifier_.zone_changed(apex.wire(), now);
    }
}

std::vector<std::string> NameService::tick() {
    std::vector<std::string> messages;
    if (sources_.refresh(messages)) publish();
    notifier_.tick(SystemClock().now());
    return messages;
}

std::vector<std::string> NameService::reload() {
    sources_.forget_times();
    std::vector<std::string> messages = tick();
    if (auto done = server_->reload_certificates(); !done)
        messages.push_back(done.error().text + "; the certificate from before stays in use");
    return messages;
}

}  // namespace vedette::dnsd
