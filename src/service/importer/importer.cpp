#include "service/importer/importer.hpp"

#include <sys/stat.h>

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "decode/dnstap_messages.hpp"
#include "service/importer/line_reader.hpp"
#include "wire/dnstap/frame_streams.hpp"

namespace vedette::importer {
namespace {

namespace dnstap = wire::dnstap;

constexpr std::size_t kBatchEvents = 1'024;
/// A batch whose events still wait for others grows up to here.
constexpr std::size_t kMostEvents = 65'536;
constexpr std::size_t kShownDamage = 20;
/// Lines that are looked at to recognise a format.
constexpr int kLinesLooked = 20;
constexpr std::string_view kDnstap = "dnstap";

Timestamp modified_time(const std::string& path) {
    struct stat status{};
    if (path == "-" || stat(path.c_str(), &status) != 0) return SystemClock().now();
    return Timestamp{status.st_mtim.tv_sec * kNanosPerSecond + status.st_mtim.tv_nsec};
}

/// What tells a file from others though it is renamed or grows: its format and its first line that
/// is no comment.
std::string identity_of(std::string_view format, std::string_view line) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    const std::string text = fmt::format("{}\n{}", format, line);
    (void)EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
    std::string id = "file-";
    for (unsigned i = 0; i < 16; ++i)
        id += fmt::format("{:02x}", digest[i]);
    return id;
}

class Import {
  public:
    Import(const ImportOptions& options, LineReader reader, std::string path)
        : options_(options), reader_(std::move(reader)), path_(std::move(path)) {}

    Result<ImportReport> run() {
        auto head = reader_.look();
        if (!head) return std::unexpected(std::move(head).error());
        const auto frame = dnstap::inspect_frame(*head);
        const bool tap = options_.format == kDnstap ||
                         (options_.format.empty() && frame.kind == dnstap::FrameKind::Control);
        if (tap) return run_dnstap();
        VEDETTE_TRY(choose(as_text(*head)));
        return run_lines();
    }

  private:
    Result<void> choose(std::string_view head) {
        info_ = options_.format.empty() ? nullptr : find_format(options_.format);
        for (int i = 0; i < kLinesLooked && info_ == nullptr && !head.empty(); ++i) {
            const std::size_t end = head.find('\n');
            const std::string_view line = head.substr(0, end);
            for (const FormatInfo& format : format_table()) {
                if (info_ == nullptr && format.knows(line)) info_ = &format;
            }
            head.remove_prefix(end == head.npos ? head.size() : end + 1);
        }
        if (info_ == nullptr)
            return fail(ErrorKind::InvalidInput,
                        path_ + ": no format that is known here; --format names one");
        format_ = info_->make({modified_time(path_)});
        report_.format = info_->name;
        return {};
    }

    Result<ImportReport> run_lines() {
        batch_.origin.sensor =
            options_.sensor.empty() ? std::string(info_->sensor) : options_.sensor;
        std::string_view line;
        for (;;) {
            const Result<bool> there = reader_.next(line);
            if (!there) return std::unexpected(there.error());
            if (!*there) break;
            ++report_.lines;
            if (reader_.was_cut()) {
                note_damage("longer than a mebibyte");
                continue;
            }
            VEDETTE_TRY(take(line));
        }
        format_->finish(batch_);
        VEDETTE_TRY(hand_over());
        report_.problem = reader_.problem();
        return std::move(report_);
    }

    Result<void> take(std::string_view line) {
        if (line.empty()) return {};
        const bool content = !line.starts_with('#');
        if (content && !identified_) identify(line);
        if (content && report_.lines <= report_.before) {
            format_->remember(line);
            return {};
        }
        switch (format_->take(line, batch_)) {
            case LineKind::Taken:
                ++report_.taken;
                break;
            case LineKind::Damaged:
                note_damage(format_->why());
                break;
            case LineKind::Skipped:
                break;
        }
        const std::size_t events = batch_.size();
        const bool due = events >= kBatchEvents && !format_->is_open();
        return due || events >= kMostEvents ? hand_over() : Result<void>{};
    }

    void identify(std::string_view line) {
        identified_ = true;
        if (info_->again == Again::Harmless || options_.again) return;
        stream_ = identity_of(info_->name, line);
        if (options_.stored) report_.before = options_.stored(batch_.origin.sensor, stream_);
    }

    void note_damage(std::string_view why) {
        ++report_.damaged;
        if (report_.first_damaged.size() < kShownDamage)
            report_.first_damaged.push_back({report_.lines, std::string(why)});
    }

    Result<void> hand_over() {
        if (batch_.empty()) return {};
        const std::string sensor = batch_.origin.sensor;
        batch_.origin.stream = stream_;
        batch_.origin.sequence = report_.lines;
        report_.events += batch_.size();
        VEDETTE_TRY(options_.take(batch_));
        batch_.clear();
        batch_.origin.sensor = sensor;
        return {};
    }

    /// A frame counts as a line.
    Result<ImportReport> run_dnstap() {
        report_.format = kDnstap;
        decode::DnstapMessages messages;
        std::vector<std::uint8_t> waiting;
        bool stopped = false;
        while (!stopped) {
            const auto bytes = reader_.next_bytes();
            if (!bytes) return std::unexpected(bytes.error());
            if (bytes->empty()) break;
            waiting.insert(waiting.end(), bytes->begin(), bytes->end());
            VEDETTE_TRY(take_frames(waiting, messages, stopped));
        }
        messages.flush(batch_);
        VEDETTE_TRY(hand_over());
        if (!stopped) report_.problem = "the file ends without its last frame";
        if (!reader_.problem().empty()) report_.problem = reader_.problem();
        return std::move(report_);
    }

    Result<void> take_frames(std::vector<std::uint8_t>& waiting, decode::DnstapMessages& messages,
                             bool& stopped) {
        std::size_t at = 0;
        while (!stopped) {
            const auto frame = dnstap::inspect_frame(ByteView(waiting).subspan(at));
            if (frame.kind == dnstap::FrameKind::Partial) break;
            if (frame.kind == dnstap::FrameKind::Broken)
                return fail(ErrorKind::InvalidInput,
                            fmt::format("{}: frame {} is none", path_, report_.lines + 1));
            at += frame.size;
            stopped =
                frame.kind == dnstap::FrameKind::Control && frame.control == dnstap::Control::Stop;
            if (frame.kind == dnstap::FrameKind::Data)
                VEDETTE_TRY(take_frame(frame.data, messages));
        }
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(at));
        return {};
    }

    Result<void> take_frame(ByteView frame, decode::DnstapMessages& messages) {
        ++report_.lines;
        if (!identified_) {
            identified_ = true;
            batch_.origin.sensor = options_.sensor.empty() ? std::string(kDnstap) : options_.sensor;
            if (!options_.again) stream_ = identity_of(kDnstap, as_text(frame));
            if (options_.stored && !stream_.empty())
                report_.before = options_.stored(batch_.origin.sensor, stream_);
        }
        if (report_.lines <= report_.before) return {};
        if (messages.take(frame, batch_)) {
            ++report_.taken;
        } else {
            note_damage("no dnstap message");
        }
        const std::size_t events = batch_.size();
        const bool due = events >= kBatchEvents && messages.waiting() == 0;
        return due || events >= kMostEvents ? hand_over() : Result<void>{};
    }

    const ImportOptions& options_;
    LineReader reader_;
    const std::string path_;
    const FormatInfo* info_ = nullptr;
    std::unique_ptr<LogFormat> format_;
    EventBatch batch_;
    ImportReport report_;
    std::string stream_;
    bool identified_ = false;
};

}  // namespace

Result<ImportReport> import_file(const std::string& path, const ImportOptions& options) {
    auto reader = LineReader::open(path);
    if (!reader) return std::unexpected(std::move(reader).error());
    return Import(options, std::move(*reader), path).run();
}

}  // namespace vedette::importer
