// A format of other people's logs: lines in, events out. One object per file; it keeps what earlier
// lines said (Zeek's columns, dnsmasq's open queries). One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/event_batch.hpp"

namespace vedette::importer {

/// What became of a line.
enum class LineKind : std::uint8_t {
    Taken,    ///< it told something
    Skipped,  ///< a header, a comment, or about something else
    Damaged,  ///< it should have told something; why() says what is wrong
};

/// How often a file of this kind may be read again.
enum class Again : std::uint8_t {
    Once,     ///< every line is an event: it must not be stored twice
    Harmless  ///< a state (leases): storing it again changes nothing
};

class LogFormat {
  public:
    virtual ~LogFormat() = default;
    [[nodiscard]] virtual LineKind take(std::string_view line, EventBatch& out) = 0;
    /// A line that an earlier import stored: keeps what later lines lean on (leases).
    virtual void remember(std::string_view line) { (void)line; }
    /// The end of the file: tells what was still open.
    virtual void finish(EventBatch& out) { (void)out; }
    /// Whether a line to come could change what is not told yet; batches are cut elsewhere.
    [[nodiscard]] virtual bool is_open() const noexcept { return false; }
    /// Of the last damaged line; valid until the next take().
    [[nodiscard]] std::string_view why() const noexcept { return why_; }

  protected:
    LineKind damaged(std::string_view why) noexcept {
        why_ = why;
        return LineKind::Damaged;
    }

  private:
    std::string_view why_;  // always a literal
};

/// What a format may need to know of the file.
struct FileFacts {
    Timestamp modified;  ///< for logs whose times have no year
};

struct FormatInfo {
    std::string_view name;  ///< as in --format, and the sensor that rows carry
    std::string_view sensor;
    std::string_view what;  ///< for a person
    Again again = Again::Once;
    std::unique_ptr<LogFormat> (*make)(const FileFacts& facts) = nullptr;
    /// Whether this line, the first that is not empty (or one after comments), is of the format.
    bool (*knows)(std::string_view line) = nullptr;
};

/// In the order in which they are tried.
[[nodiscard]] std::span<const FormatInfo> format_table() noexcept;
[[nodiscard]] const FormatInfo* find_format(std::string_view name) noexcept;

std::unique_ptr<LogFormat> make_zeek(const FileFacts& facts);
std::unique_ptr<LogFormat> make_suricata(const FileFacts& facts);
std::unique_ptr<LogFormat> make_kea_leases(const FileFacts& facts);
std::unique_ptr<LogFormat> make_kea_log(const FileFacts& facts);
std::unique_ptr<LogFormat> make_dnsmasq_leases(const FileFacts& facts);
std::unique_ptr<LogFormat> make_dnsmasq_log(const FileFacts& facts);

}  // namespace vedette::importer
