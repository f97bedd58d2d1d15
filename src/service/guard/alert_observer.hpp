// Who is told of alerts: the console, the day's alert file, notifiers. Called on the storage
// thread, in the order in which the observers were added; a slow one must queue what it takes.
#pragma once

#include "base/time.hpp"
#include "model/alert.hpp"

namespace vedette::service {

class AlertObserver {
  public:
    virtual ~AlertObserver() = default;
    /// `alert` is as the book has it after the change (id 0 when the book could not be written).
    /// Muted alerts are told too, as AlertChange::Muted.
    virtual void on_alert(const Alert& alert, AlertChange change) = 0;
    /// Time passes: about once a second live, and once at the end of a run.
    virtual void on_time(Timestamp now) { static_cast<void>(now); }
};

}  // namespace vedette::service
