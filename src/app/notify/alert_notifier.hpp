// Joins the guard, which finds alerts, with the notifier, which sends them. Called on the storage
// thread; what the notifier has to say is printed there too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/context/context.hpp"
#include "base/result.hpp"
#include "service/guard/alert_observer.hpp"
#include "service/notifier/notifier.hpp"

namespace vedette::app {

class AlertNotifier final : public service::AlertObserver {
  public:
    /// Whether alerts have a book whose numbers last longer than this run.
    enum class Book : unsigned char { Stored, InMemory };
    struct Options {
        Book book = Book::Stored;
        std::string alerts;                           ///< path of the book
        std::function<void(std::string_view)> print;  ///< takes a line, newline included
    };

    /// Null when the settings name no target.
    [[nodiscard]] static Result<std::unique_ptr<AlertNotifier>> open(const Context& context,
                                                                     Options options);

    void on_alert(const Alert& alert, AlertChange change) override;
    void on_time(Timestamp now) override;
    /// Ends the sending; then what is left to say.
    [[nodiscard]] std::vector<std::string> finish();

    /// Only open() can make the argument.
    class Key {
        friend class AlertNotifier;
        Key() = default;
    };
    AlertNotifier(Key, Options options, std::unique_ptr<service::Notifier> notifier);

  private:
    Options options_;
    std::unique_ptr<service::Notifier> notifier_;
};

}  // namespace vedette::app
