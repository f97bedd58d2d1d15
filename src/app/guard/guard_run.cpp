#include "app/guard/guard_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/guard/consensus_setup.hpp"
#include "render/alert/alert_text.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

/// An alert of which nothing was heard for so long when a watcher starts has ended unseen.
constexpr Duration kStale = Duration::seconds(1'800);

std::filesystem::path store_folder(const Context& context) {
    return std::filesystem::path(context.store_path()).parent_path();
}

/// Who was here in earlier runs, by the store: clients, and DHCP servers that no alert is about.
Result<void> add_known(const Context& context, store::AlertBook& book,
                       service::DetectorInputs& inputs) {
    if (!std::filesystem::exists(context.store_path())) return {};
    auto reader = store::open_sqlite_reader(context.store_path());
    if (!reader) return std::unexpected(std::move(reader).error());
    auto clients = (*reader)->clients({});
    if (!clients) return std::unexpected(std::move(clients).error());
    inputs.clients = std::move(*clients);
    const auto leases = (*reader)->leases({});
    if (!leases) return std::unexpected(leases.error());
    store::AlertQuery query;
    query.kind = FindingKind::DhcpServerUnknown;
    query.limit = 0;
    const auto complaints = book.list(query);
    if (!complaints) return std::unexpected(complaints.error());
    for (const LeaseRow& lease : *leases) {
        const std::string server = lease.server.to_text();
        const bool blamed =
            std::ranges::find(*complaints, server, &Alert::server) != complaints->end();
        const bool listed =
            std::ranges::find(inputs.dhcp_servers, lease.server) != inputs.dhcp_servers.end();
        if (!blamed && !listed && !lease.server.is_unspecified()) {
            inputs.dhcp_servers.push_back(lease.server);
        }
    }
    return {};
}

}  // namespace

std::string alerts_path(const Context& context) {
    if (!context.settings().alerts_path.empty()) return context.settings().alerts_path;
    return (store_folder(context) / "alerts.db").string();
}

std::string policy_path(const Context& context) {
    if (!context.settings().policy_path.empty()) return context.settings().policy_path;
    return (store_folder(context) / "policy.db").string();
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
    VEDETTE_TRY(run->open_guard(context, options));
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

Result<store::AlertBook> GuardRun::open_book(const Context& context, const Options& options) {
    const config::Settings& settings = context.settings();
    auto book =
        stored_ ? store::AlertBook::open(alerts_path(context)) : store::AlertBook::in_memory();
    if (!book || options.source == Source::Files) return book;
    const Timestamp now = context.clock().now();
    const auto ended = book->end_stale(now - kStale);
    if (!ended) return std::unexpected(ended.error());
    if (settings.alerts_keep_days != 0) {
        VEDETTE_TRY(book->prune(now - Duration::seconds(settings.alerts_keep_days * 86'400)));
    }
    return book;
}

Result<void> GuardRun::open_policy(const Context& context, const Options& options) {
    const std::string path = policy_path(context);
    if (!stored_ && !std::filesystem::exists(path)) return {};
    auto store = store::PolicyStore::open(path);
    if (!store) return std::unexpected(std::move(store).error());
    using Baselines = service::PolicyWatch::Baselines;
    const bool kept = stored_ && options.source == Source::Live;
    auto watch = service::PolicyWatch::start(std::move(*store), context.clock(),
                                             kept ? Baselines::Kept : Baselines::OfThisRun);
    if (!watch) return fail(std::move(watch).error(), "policy");
    policy_ = std::move(*watch);
    return {};
}

/// Of what happens now only: what a capture file holds is asked of nobody.
Result<void> GuardRun::open_consensus(const Context& context, const Options& options) {
    const config::Settings& settings = context.settings();
    if (options.source != Source::Live || settings.consensus_resolvers.empty()) return {};
    auto origins = load_origins(settings);
    if (!origins) return std::unexpected(std::move(origins).error());
    origins_ = std::move(*origins);
    auto opinions = opinion_settings(settings);
    if (!opinions) return std::unexpected(std::move(opinions).error());
    opinions_ = std::make_unique<service::OpinionAsker>(std::move(*opinions));
    return {};
}

Result<void> GuardRun::open_guard(const Context& context, const Options& options) {
    const config::Settings& settings = context.settings();
    stored_ = settings.store_enabled;
    auto book = open_book(context, options);
    if (!book) return std::unexpected(std::move(book).error());
    VEDETTE_TRY(open_policy(context, options));
    VEDETTE_TRY(open_consensus(context, options));
    const auto preset = service::parse_preset(settings.detect_preset);
    if (!preset) return std::unexpected(preset.error());
    service::GuardOptions wanted;
    wanted.inputs.preset = *preset;
    if (policy_) wanted.inputs.policy = &policy_->holder();
    wanted.inputs.origins = &origins_;
    wanted.policy = policy_.get();
    wanted.opinions = opinions_.get();
    wanted.limits.subjects = static_cast<std::uint32_t>(settings.alerts_burst);
    if (options.source == Source::Live) {
        wanted.clock = &context.clock();
        if (stored_) VEDETTE_TRY(add_known(context, *book, wanted.inputs));
    }
    if (stored_ && settings.alerts_evidence.bytes != 0) {
        ring_ = std::make_unique<service::EvidenceRing>(
            static_cast<std::size_t>(settings.alerts_evidence.bytes));
        wanted.evidence = ring_.get();
    }
    guard_ = std::make_unique<service::Guard>(std::move(wanted), std::move(*book));
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

pipeline::EventMarker* GuardRun::marker() noexcept {
    return policy_.get();
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
    if (opinions_) lines.push_back(consensus_text(opinions_->counts()));
    if (policy_ && policy_->complaint()) {
        lines.push_back("warning: the policy file: " + policy_->complaint()->text);
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
