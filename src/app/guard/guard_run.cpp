#include "app/guard/guard_run.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "render/alert/alert_text.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

/// An alert of which nothing was heard for so long when a watcher starts has ended unseen.
constexpr Duration kStale = Duration::seconds(1'800);

std::filesystem::path store_folder(const Context& context) {
    return std::filesystem::path(context.store_path()).parent_path();
}

}  // namespace

std::string alerts_path(const Context& context) {
    if (!context.settings().alerts_path.empty()) return context.settings().alerts_path;
    return (store_folder(context) / "alerts.db").string();
}

std::string day_folder(const Context& context) {
    if (!context.settings().dayfiles_directory.empty()) {
        return context.settings().dayfiles_directory;
    }
    return (store_folder(context) / "logs").string();
}

/// One line per alert; what goes on is not repeated.
class GuardRun::Console final : public service::AlertObserver {
  public:
    Console(std::function<void(std::string_view)> print, render::Color color)
        : print_(std::move(print)), color_(color) {}

    void on_alert(const Alert& alert, AlertChange change) override {
        if (change == AlertChange::Continued || change == AlertChange::Muted) return;
        text_.clear();
        render::append_alert_line(text_, alert, change, color_);
        print_(text_);
    }

  private:
    std::function<void(std::string_view)> print_;
    render::Color color_;
    std::string text_;
};

/// The day's alert file: every change, muted ones too. Without day files of the run's own, the
/// folder is opened when the first alert comes.
class GuardRun::File final : public service::AlertObserver {
  public:
    explicit File(store::DayFiles& files) : files_(&files) {}
    File(std::string folder, store::DayRetention retention)
        : folder_(std::move(folder)), retention_(retention) {}

    void on_alert(const Alert& alert, AlertChange change) override {
        if (files_ == nullptr && !open()) return;
        text_.clear();
        render::append_alert_json(text_, alert, change);
        files_->write(store::DayKind::Alerts, alert.last, text_);
        if (auto done = files_->flush(); !done) complain(done.error());
    }
    [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

  private:
    bool open() {
        if (!complaint_.empty()) return false;  // another watcher has it; the book has every alert
        auto files = store::DayFiles::open(folder_, retention_);
        if (!files) {
            complain(files.error());
            return false;
        }
        files_ = &own_.emplace(std::move(*files));
        return true;
    }
    void complain(const Error& error) {
        if (complaint_.empty()) complaint_ = error.text;
    }

    std::string folder_;
    store::DayRetention retention_;
    std::optional<store::DayFiles> own_;
    store::DayFiles* files_ = nullptr;
    std::string text_;
    std::string complaint_;
};

GuardRun::GuardRun(Key) noexcept {}
GuardRun::~GuardRun() = default;

Result<std::unique_ptr<GuardRun>> GuardRun::open(const Context& context, Options options) {
    const config::Settings& settings = context.settings();
    if (settings.detect_preset == "off") return nullptr;
    auto run = std::make_unique<GuardRun>(Key{});
    VEDETTE_TRY(run->open_book(context, options));
    run->open_file(context, options);
    VEDETTE_TRY(run->open_notifier(context, options));
    if (options.print) {
        const auto stream = sys::is_terminal(sys::kStandardError) ? Context::Stream::Terminal
                                                                  : Context::Stream::Other;
        run->console_ = std::make_unique<Console>(std::move(options.print), context.color(stream));
        run->guard_->add_observer(*run->console_);
    }
    return run;
}

Result<void> GuardRun::open_book(const Context& context, const Options& options) {
    const config::Settings& settings = context.settings();
    stored_ = settings.store_enabled;
    auto book =
        stored_ ? store::AlertBook::open(alerts_path(context)) : store::AlertBook::in_memory();
    if (!book) return std::unexpected(std::move(book).error());
    const auto preset = service::parse_preset(settings.detect_preset);
    if (!preset) return std::unexpected(preset.error());
    service::GuardOptions wanted;
    wanted.preset = *preset;
    wanted.limits.subjects = static_cast<std::uint32_t>(settings.alerts_burst);
    if (options.source == Source::Live) {
        wanted.clock = &context.clock();
        const auto ended = book->end_stale(context.clock().now() - kStale);
        if (!ended) return std::unexpected(ended.error());
    }
    if (settings.alerts_keep_days != 0) {
        const Duration kept = Duration::seconds(settings.alerts_keep_days * 86'400);
        if (options.source == Source::Live) VEDETTE_TRY(book->prune(context.clock().now() - kept));
    }
    if (stored_ && settings.alerts_evidence.bytes != 0) {
        ring_ = std::make_unique<service::EvidenceRing>(
            static_cast<std::size_t>(settings.alerts_evidence.bytes));
        wanted.evidence = ring_.get();
    }
    guard_ = std::make_unique<service::Guard>(wanted, std::move(*book));
    return {};
}

void GuardRun::open_file(const Context& context, const Options& options) {
    const config::Settings& settings = context.settings();
    if (options.day_files != nullptr) {
        file_ = std::make_unique<File>(*options.day_files);
    } else if (stored_ && settings.alerts_file) {
        file_ = std::make_unique<File>(
            day_folder(context),
            store::DayRetention{static_cast<std::uint32_t>(settings.dayfiles_keep_days),
                                settings.dayfiles_max_size.bytes});
    }
    if (file_) guard_->add_observer(*file_);
}

/// Only of what happens now: alerts of a capture file are old news.
Result<void> GuardRun::open_notifier(const Context& context, const Options& options) {
    if (options.source != Source::Live) return {};
    using Book = AlertNotifier::Book;
    auto notifier = AlertNotifier::open(
        context, {stored_ ? Book::Stored : Book::InMemory, alerts_path(context), options.print});
    if (!notifier) return std::unexpected(std::move(notifier).error());
    notifier_ = std::move(*notifier);
    if (notifier_) guard_->add_observer(*notifier_);
    return {};
}

pipeline::PacketStage& GuardRun::around(pipeline::PacketStage& stage) {
    if (!ring_) return stage;
    stage_ = std::make_unique<service::EvidenceStage>(stage, *ring_);
    return *stage_;
}

std::vector<std::string> GuardRun::report() const {
    const service::AlertCounts& counts = guard_->counts();
    std::vector<std::string> lines;
    if (counts.raised + counts.ended + counts.muted != 0) {
        std::string line = fmt::format("Alerts: {} new, {} ended", counts.raised, counts.ended);
        if (counts.muted != 0) line += fmt::format(", {} muted", counts.muted);
        if (counts.folded != 0) line += fmt::format(", {} further subjects", counts.folded);
        lines.push_back(line + (stored_ ? ". Look: vedette alerts" : ""));
    }
    if (counts.not_recorded != 0) {
        lines.push_back(fmt::format("warning: {} alerts were not recorded: {}", counts.not_recorded,
                                    guard_->complaint() ? guard_->complaint()->text : ""));
    }
    if (file_ && !file_->complaint().empty()) {
        lines.push_back("warning: the day's alert file was not written: " + file_->complaint());
    }
    if (notifier_) {
        for (std::string& line : notifier_->finish())
            lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace vedette::app
