// What local clocks show at a moment, and back: listings and `since:` need it (whole days: see
// local_day.hpp). A thin layer over the C library, which reads TZ and /etc/localtime. Thread safe.
#pragma once

#include <string>

#include "base/time.hpp"

namespace vedette::sys {

/// A local date and time. Months and days count from 1.
struct LocalTime {
    int year = 1970;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int nanos = 0;
    int utc_offset_seconds = 0;  ///< east of Greenwich; ignored by from_local()
};

[[nodiscard]] LocalTime to_local(Timestamp time) noexcept;
/// The moment that local clocks showed this. Out-of-range fields carry over (day 32 is the next
/// month), so calendar arithmetic is plain addition. In the hour that does not exist or exists
/// twice, the C library's choice. Years that nanoseconds cannot hold give kNever.
[[nodiscard]] Timestamp from_local(const LocalTime& local) noexcept;

/// "2026-11-21".
[[nodiscard]] std::string date_text(Timestamp time);
/// "12:01:02.123456".
[[nodiscard]] std::string clock_text(Timestamp time);
/// "2026-11-21T12:01:02.123456+0100", as Zeek's and Suricata's JSON logs write it.
[[nodiscard]] std::string iso_text(Timestamp time);

}  // namespace vedette::sys
