// The guard of a command: opens the book of alerts and the day's alert file that the settings name,
// joins them with the console, and cuts evidence from the packets. One per run; lives as long as
// the sinks do. Built before, and told its totals after, the storage thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/context/context.hpp"
#include "app/notify/alert_notifier.hpp"
#include "base/result.hpp"
#include "pipeline/packet_stage.hpp"
#include "service/guard/evidence_ring.hpp"
#include "service/guard/guard.hpp"
#include "service/guard/opinions/opinion_asker.hpp"
#include "service/guard/policy_watch.hpp"
#include "store/dayfile/day_files.hpp"

namespace vedette::app {

/// The file of alerts: the setting, else beside the store.
[[nodiscard]] std::string alerts_path(const Context& context);
/// The file of the policy lists: the setting, else beside the store.
[[nodiscard]] std::string policy_path(const Context& context);
/// The folder of the day files: the setting, else logs/ beside the store.
[[nodiscard]] std::string day_folder(const Context& context);

class GuardRun {
  public:
    enum class Source : unsigned char { Live, Files };
    struct Options {
        Source source = Source::Files;
        /// Takes one line (newline included) per alert that begins, returns or ends; may be empty.
        std::function<void(std::string_view)> print;
        /// The run's day files when it writes some; else the guard opens its own.
        store::DayFiles* day_files = nullptr;
    };

    /// Null when the setting `detect.preset` is "off".
    [[nodiscard]] static Result<std::unique_ptr<GuardRun>> open(const Context& context,
                                                                Options options);
    ~GuardRun();

    /// Only open() can make the argument.
    class Key {
        friend class GuardRun;
        Key() = default;
    };
    explicit GuardRun(Key) noexcept;

    [[nodiscard]] service::Guard& guard() noexcept { return *guard_; }
    /// `stage` with the evidence taken from its packets; `stage` must outlive the guard.
    [[nodiscard]] pipeline::PacketStage& around(pipeline::PacketStage& stage);

    /// Judges events by the policy lists before the sinks see them; null without lists.
    [[nodiscard]] pipeline::EventMarker* marker() noexcept;

    /// After the run, for a person: "3 alerts (2 high), 1 ended; vedette alerts lists them" and
    /// what went wrong.
    [[nodiscard]] std::vector<std::string> report() const;

  private:
    class Console;
    class File;

    [[nodiscard]] Result<void> open_guard(const Context& context, const Options& options);
    [[nodiscard]] Result<store::AlertBook> open_book(const Context& context,
                                                     const Options& options);
    [[nodiscard]] Result<void> open_policy(const Context& context, const Options& options);
    [[nodiscard]] Result<void> open_consensus(const Context& context, const Options& options);
    void open_file(const Context& context, const Options& options);
    [[nodiscard]] Result<void> open_notifier(const Context& context, const Options& options);

    std::unique_ptr<service::EvidenceRing> ring_;
    std::unique_ptr<service::EvidenceStage> stage_;
    std::unique_ptr<service::PolicyWatch> policy_;
    OriginTable origins_;
    std::unique_ptr<service::OpinionAsker> opinions_;
    std::unique_ptr<Console> console_;
    std::unique_ptr<File> file_;
    std::unique_ptr<AlertNotifier> notifier_;
    std::unique_ptr<service::Guard> guard_;
    bool stored_ = false;
};

}  // namespace vedette::app
