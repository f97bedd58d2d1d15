// Which local calendar day a moment belongs to, and when that day began and ends. The operating
// system's time zone is a Linux edge, so it lives here. Cheap for runs of moments of one day: the
// last answer is kept. Not thread safe; one per thread.
#pragma once

#include <string>

#include "base/time.hpp"

namespace vedette::sys {

/// A local calendar day. Usually 24 hours; 23 or 25 when clocks change.
struct LocalDay {
    int year = 1970;
    int month = 1;  ///< 1..12
    int day = 1;    ///< 1..31
    Timestamp begin;
    Timestamp end;  ///< first moment of the next day

    /// "2026-11-21".
    [[nodiscard]] std::string to_text() const;
    [[nodiscard]] bool contains(Timestamp time) const noexcept {
        return time >= begin && time < end;
    }
};

class LocalDays {
  public:
    /// The day of `time`; a moment outside the years 1..9999 is clamped to them.
    [[nodiscard]] const LocalDay& of(Timestamp time);

  private:
    LocalDay last_;
};

/// The day `text` names ("2026-11-21"); an unknown `begin` when it is not a date.
[[nodiscard]] LocalDay parse_local_day(const std::string& text);

}  // namespace vedette::sys
