// Asks the book of alerts, just before something is told, whether it still should be: somebody may
// have acknowledged or muted it since, with another process. One thread; opens the book when first
// asked.
#pragma once

#include <memory>
#include <string>

#include "base/time.hpp"
#include "model/alert.hpp"

namespace vedette::store {
class AlertBook;
}

namespace vedette::service {

class StillWanted {
  public:
    explicit StillWanted(std::string alerts);
    ~StillWanted();
    StillWanted(StillWanted&&) noexcept;

    /// True when the book cannot tell: rather once too often.
    [[nodiscard]] bool ask(const Alert& alert, Timestamp now);

  private:
    std::string path_;
    std::unique_ptr<store::AlertBook> book_;
};

}  // namespace vedette::service
