#include "notify/digest_text.hpp"

#include <fmt/format.h>

#include "render/table/safe_text.hpp"
#include "sys/clock/local_time.hpp"

namespace vedette::notify {
namespace {

using render::safe_text;

// Beyond this a mail is read by nobody; `vedette alerts list` shows all.
constexpr std::size_t kDetailed = 50;
constexpr std::size_t kTitleBytes = 200;

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

void add_line(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) out += fmt::format("  {:<10} {}\n", name, value);
}

std::string moment(Timestamp time) {
    return fmt::format("{} {}", sys::date_text(time), sys::clock_text(time).substr(0, 8));
}

void add_details(std::string& out, const Notice& notice) {
    const Alert& alert = notice.alert;
    const FindingInfo& about = info(alert.kind);
    out += fmt::format("{} ({}, {})\n", headline(notice), to_text(alert.severity), about.id);
    add_line(out, "why", safe_text(alert.reason));
    if (notice.news != News::Started) add_line(out, "news", to_text(notice.news));
    add_line(out, "first", moment(alert.first));
    if (alert.last != alert.first) add_line(out, "last", moment(alert.last));
    if (alert.count > 1) add_line(out, "events", fmt::format("{}", alert.count));
    std::string client = safe_text(alert.client);
    if (!alert.client_mac.empty())
        client += fmt::format("{}{}", client.empty() ? "" : ", ", safe_text(alert.client_mac));
    add_line(out, "client", client);
    add_line(out, "server", safe_text(alert.server));
    add_line(out, "name", safe_text(alert.name));
    if (notice.news != News::Ended) add_line(out, "what to do", about.advice);
    if (alert.id > 0) add_line(out, "more", fmt::format("vedette alerts show {}", alert.id));
    if (!alert.filter.empty())
        add_line(out, "", fmt::format("vedette logs '{}'", safe_text(alert.filter)));
    out += '\n';
}

std::string count_text(const Digest& digest) {
    const std::size_t all = digest.notices.size();
    const std::size_t ended = summary(digest).ended;
    if (ended == 0) return counted(all, "alert");
    if (ended == all) return counted(all, "alert") + " ended";
    return fmt::format("{}, {} ended", counted(all, "alert"), ended);
}

}  // namespace

std::string headline(const Notice& notice) {
    const FindingInfo& about = info(notice.alert.kind);
    const std::string_view before = notice.news == News::Ended ? "Ended: " : "";
    if (notice.alert.subject.empty()) return fmt::format("{}{}", before, about.title);
    return fmt::format("{}{}: {}", before, about.title, safe_text(notice.alert.subject));
}

std::string title(const Digest& digest, std::string_view prefix) {
    std::string text(prefix);
    if (!text.empty()) text += ' ';
    if (digest.sample) return text + fmt::format("test of target {}", digest.target);
    if (digest.notices.empty())
        return text + fmt::format("{} not told", counted(digest.dropped, "alert"));
    if (digest.notices.size() == 1) {
        const Notice& only = digest.notices.front();
        const bool ended = only.news == News::Ended;
        text += ended ? headline(only)
                      : fmt::format("{}: {}", to_text(only.alert.severity), headline(only));
    } else {
        text += fmt::format("{}, worst {}: {}", count_text(digest), to_text(summary(digest).worst),
                            headline(digest.notices.front()));
    }
    return std::string(clip(text, kTitleBytes));
}

std::string plain_text(const Digest& digest) {
    std::string out;
    if (!digest.notices.empty())
        out = fmt::format("{} on {}.\n\n", count_text(digest), safe_text(digest.host));
    std::size_t at = 0;
    for (const Notice& notice : digest.notices) {
        if (at++ < kDetailed) {
            add_details(out, notice);
        } else {
            out += headline(notice) + '\n';
        }
    }
    if (digest.dropped > 0) {
        out += fmt::format(
            "{} never told here, because too many waited or for too long: vedette alerts list\n",
            counted(digest.dropped, "alert"));
    }
    return out +
           fmt::format("-- \nVedette on {}, target {}\n", safe_text(digest.host), digest.target);
}

std::string short_text(const Digest& digest, std::size_t bytes) {
    constexpr std::size_t kReserve = 80;  // for the line that tells what did not fit
    std::string out;
    std::size_t told = 0;
    for (const Notice& notice : digest.notices) {
        std::string line = fmt::format("{}: {}\n{}\n", to_text(notice.alert.severity),
                                       headline(notice), safe_text(notice.alert.reason));
        if (told == 0 && line.size() + kReserve > bytes)
            line = std::string(clip(line, bytes - kReserve)) + '\n';
        if (out.size() + line.size() + kReserve > bytes) break;
        out += line;
        ++told;
    }
    const std::uint64_t left = digest.notices.size() - told + digest.dropped;
    if (left > 0) out += fmt::format("and {} more: vedette alerts list\n", left);
    if (!out.empty()) out.pop_back();
    return out;
}

std::string_view clip(std::string_view text, std::size_t bytes) noexcept {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U)
        --bytes;
    return text.substr(0, bytes);
}

}  // namespace vedette::notify
