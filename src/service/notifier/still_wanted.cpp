#include "service/notifier/still_wanted.hpp"

#include <algorithm>
#include <filesystem>

#include "store/sqlite/alerts/alert_book.hpp"

namespace vedette::service {

StillWanted::StillWanted(std::string alerts) : path_(std::move(alerts)) {}
StillWanted::~StillWanted() = default;
StillWanted::StillWanted(StillWanted&&) noexcept = default;

bool StillWanted::ask(const Alert& alert, Timestamp now) {
    std::error_code ignored;  // a book that cannot be seen cannot tell
    if (alert.id <= 0 || !std::filesystem::exists(path_, ignored)) return true;
    if (!book_) {
        auto book = store::AlertBook::open(path_);
        if (!book) return true;
        book_ = std::make_unique<store::AlertBook>(std::move(*book));
    }
    const auto stored = book_->get(alert.id);
    if (stored && stored->state == AlertState::Acknowledged) return false;
    const auto mutes = book_->mutes(now);
    if (!mutes) return true;
    return std::ranges::none_of(*mutes, [&](const Mute& mute) {
        return (!mute.kind || *mute.kind == alert.kind) &&
               (mute.subject.empty() || mute.subject == alert.subject);
    });
}

}  // namespace vedette::service
