#include "app/notify/alert_notifier.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "app/notify/notify_paths.hpp"

namespace vedette::app {

AlertNotifier::AlertNotifier(Key, Options options, std::unique_ptr<service::Notifier> notifier)
    : options_(std::move(options)), notifier_(std::move(notifier)) {}

Result<std::unique_ptr<AlertNotifier>> AlertNotifier::open(const Context& context,
                                                           Options options) {
    auto targets = notify_targets(context);
    if (!targets) return std::unexpected(std::move(targets.error()));
    if (targets->empty()) return nullptr;
    service::Notifier::Settings settings;
    settings.targets = std::move(*targets);
    settings.outbox = outbox_path(context);
    settings.alerts = options.alerts;
    settings.host = host_name();
    std::error_code ignored;  // opening the file tells it better
    std::filesystem::create_directories(std::filesystem::path(settings.outbox).parent_path(),
                                        ignored);
    auto notifier = service::Notifier::start(std::move(settings));
    if (!notifier) return std::unexpected(std::move(notifier.error()));
    return std::make_unique<AlertNotifier>(Key{}, std::move(options), std::move(*notifier));
}

void AlertNotifier::on_alert(const Alert& alert, AlertChange change) {
    if (options_.book == Book::Stored) return notifier_->on_alert(alert, change);
    Alert unnumbered = alert;
    unnumbered.id = 0;
    notifier_->on_alert(unnumbered, change);
}

void AlertNotifier::on_time(Timestamp) {
    if (!options_.print) return;
    for (const std::string& line : notifier_->messages())
        options_.print(line + "\n");
}

std::vector<std::string> AlertNotifier::finish() {
    notifier_->stop();
    std::vector<std::string> lines = notifier_->messages();
    if (const auto lost = notifier_->not_queued(); lost > 0)
        lines.push_back(fmt::format("warning: {} notifications could not be queued", lost));
    return lines;
}

}  // namespace vedette::app
