#include "service/dnsd/daemon/name_service.hpp"

#include <sys/random.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "render/name_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"
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
    for (const ServedZonePointer& served : service->cell_->latest()->zones.zones())
        service->advise(*served->zone, nullptr, service->first_messages_);
    auto server =
        Server::start(service->settings_.server, *service->cell_, observers, std::move(supply));
    if (!server) return std::unexpected(std::move(server.error()));
    service->server_ = std::move(*server);
    return service;
}

void NameService::publish(std::vector<std::string>& messages) {
    const SnapshotPointer before = cell_->latest();
    cell_->publish(std::make_shared<Snapshot>(Snapshot{sources_.zones(), settings_.answers}));
    const Timestamp now = SystemClock().now();
    for (const ServedZonePointer& served : cell_->latest()->zones.zones()) {
        const KeptName& apex = served->zone->apex_name();
        const ServedZone* found = before->zones.find(apex.lookup());
        const bool known = found != nullptr && found->zone->apex_name().labels() == apex.labels();
        const Zone* old = known ? found->zone.get() : nullptr;
        if (known && old->same_as(*served->zone)) continue;
        advise(*served->zone, old, messages);
        if (!settings_.notify.empty() && (!known || old->serial() != served->zone->serial()))
            notifier_.zone_changed(apex.wire(), now);
    }
}

void NameService::advise(const Zone& zone, const Zone* before,
                         std::vector<std::string>& messages) const {
    if (settings_.answers.transfer_to.empty()) return;
    const std::string name = render::name_text(zone.apex_name().wire());
    const bool told = before != nullptr && !before->apex().find(rr::kNs);
    if (!zone.apex().find(rr::kNs) && !told)
        messages.push_back(
            fmt::format("{}: has no NS record, and some secondaries take no such zone", name));
    if (before == nullptr) return;
    const auto ahead = static_cast<std::int32_t>(zone.serial() - before->serial());  // RFC 1982
    if (ahead == 0)
        messages.push_back(
            fmt::format("{}: changed, but its serial is still {}; secondaries keep what they have",
                        name, zone.serial()));
    else if (ahead < 0)
        messages.push_back(
            fmt::format("{}: its serial went back from {} to {}; secondaries keep what they have",
                        name, before->serial(), zone.serial()));
}

std::vector<std::string> NameService::tick() {
    std::vector<std::string> messages = std::exchange(first_messages_, {});
    if (sources_.refresh(messages)) publish(messages);
    notifier_.tick(SystemClock().now());
    std::ranges::move(server_->refresh(SystemClock().now()), std::back_inserter(messages));
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
