// The notifier as the program runs it, with alerts from standard input instead of detectors: a line
// `new|again|end|muted ID SEVERITY SUBJECT` each, answered with "ok" when on_alert() has returned.
// What the notifier has to say goes to standard error. Ends with its input.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "config/load.hpp"
#include "service/notifier/notifier.hpp"

namespace {

using namespace vedette;

AlertChange change_of(const std::string& word) {
    static const std::map<std::string, AlertChange> changes{{"new", AlertChange::New},
                                                            {"again", AlertChange::Continued},
                                                            {"end", AlertChange::Ended},
                                                            {"muted", AlertChange::Muted}};
    return changes.at(word);
}

void tell(service::Notifier& notifier) {
    for (const std::string& line : notifier.messages())
        fmt::print(stderr, "{}\n", line);
}

void feed(service::Notifier& notifier) {
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words(line);
        std::string change;
        int severity = 0;
        Alert alert;
        words >> change >> alert.id >> severity >> alert.subject;
        alert.kind = FindingKind::FloodQueries;
        alert.severity = static_cast<Severity>(severity);
        alert.first = alert.last = SystemClock().now();
        alert.count = 1;
        alert.reason = "a reason";
        alert.muted = change == "muted";
        if (change == "end") alert.state = AlertState::Ended;
        notifier.on_alert(alert, change_of(change));
        fmt::print("ok\n");
        std::fflush(stdout);
        tell(notifier);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    const std::string folder = argv[2];
    const auto loaded = config::load({argv[1], [](std::string_view) { return std::nullopt; }, {}});
    if (!loaded) {
        fmt::print(stderr, "{}\n", loaded.error().text);
        return 4;
    }
    auto targets = service::make_targets(loaded->settings.notify, "");
    if (!targets) {
        fmt::print(stderr, "{}\n", targets.error().text);
        return 4;
    }
    auto notifier = service::Notifier::start(
        {std::move(*targets), folder + "/outbox.db", folder + "/alerts.db", "gate"});
    if (!notifier) {
        fmt::print(stderr, "{}\n", notifier.error().text);
        return 1;
    }
    feed(**notifier);
    (*notifier)->stop();
    tell(**notifier);
    return 0;
}
