#include "notify/transfer.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "notify/digest_text.hpp"
#include "render/table/safe_text.hpp"

namespace vedette::notify {
namespace {

constexpr std::size_t kMaxReply = 4'096;
constexpr std::size_t kMaxLine = 512;
constexpr long kConnectSeconds = 20;

/// libcurl wants to be begun once per process; its own lock makes that safe since 7.84.
void begin_curl() {
    static const CURLcode begun = curl_global_init(CURL_GLOBAL_DEFAULT);
    VEDETTE_ASSERT(begun == CURLE_OK);
}

// What libcurl says about a connection, without what it says about requests: that could be secret.
constexpr std::array<std::string_view, 9> kTellable{
    "Trying ",    "Connected to ", "connect to ",  "Could not resolve", "SSL connection using",
    " subject: ", " issuer: ",     " expire date", "SSL certificate "};
// What we say ourselves, where it is no secret.
constexpr std::array<std::string_view, 7> kSmtpWords{"EHLO", "HELO", "STARTTLS", "MAIL",
                                                     "RCPT", "DATA", "QUIT"};

bool begins_with_one_of(std::string_view text, std::span<const std::string_view> words) {
    return std::ranges::any_of(words,
                               [&](std::string_view word) { return text.starts_with(word); });
}

}  // namespace

struct Transfer::State {
    const Attempt& attempt;
    Speaks speaks;
    CURL* handle = nullptr;
    std::array<char, CURL_ERROR_SIZE> error{};
    std::string reply;
    std::string last_line;
    std::string last_sent;
    std::string refused;
    std::string rejected;

    State(const Attempt& terms, Speaks language) : attempt(terms), speaks(language) {}

    void told_by_curl(std::string_view text) const {
        while (text.ends_with('\n'))
            text.remove_suffix(1);
        if (begins_with_one_of(text, kTellable))
            attempt.tell(fmt::format("* {}", render::safe_text(clip(text, kMaxLine))));
    }
    void heard(std::string_view line) {
        last_line = render::safe_text(clip(line, kMaxLine));
        attempt.tell(fmt::format("< {}", last_line));
        const bool refusal = line.starts_with('4') || line.starts_with('5');
        if (speaks == Speaks::Smtp && line.starts_with('5'))
            rejected = last_sent.substr(0, last_sent.find(' '));
        if (speaks == Speaks::Smtp && refusal && last_sent.starts_with("RCPT TO:"))
            refused += fmt::format("{}{}: {}", refused.empty() ? "" : "; ", last_sent.substr(8),
                                   last_line);
    }
    void said(std::string_view line) {
        std::string shown = "(hidden)";
        if (speaks == Speaks::Smtp) {
            last_sent = render::safe_text(clip(line, kMaxLine));
            shown = begins_with_one_of(line, kSmtpWords) ? last_sent
                    : line.starts_with("AUTH ")          ? "AUTH (hidden)"
                                                         : "(hidden)";
        } else if (speaks == Speaks::Http) {
            if (!line.starts_with("POST ")) return;  // the path and the headers may be secret
            shown = "POST";
        }
        attempt.tell(fmt::format("> {}", shown));
    }
    template <typename Take>
    static void each_line(std::string_view text, const Take& take) {
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            std::string_view line = text.substr(0, end);
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (!line.empty()) take(line);
            text = end == std::string_view::npos ? "" : text.substr(end + 1);
        }
    }

    static int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
        State& state = *static_cast<State*>(user);
        const std::string_view text(data, size);
        if (type == CURLINFO_TEXT) state.told_by_curl(text);
        if (type == CURLINFO_HEADER_IN)
            each_line(text, [&](std::string_view line) { state.heard(line); });
        if (type == CURLINFO_HEADER_OUT)
            each_line(text, [&](std::string_view line) { state.said(line); });
        return 0;
    }
    static std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
        State& state = *static_cast<State*>(user);
        state.reply.append(data, std::min(size, kMaxReply - state.reply.size()));
        return size;
    }
    static int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        return static_cast<State*>(user)->attempt.given_up() ? 1 : 0;
    }
};

Transfer::Transfer(const Attempt& attempt, Speaks speaks, const TlsFiles& tls)
    : state_(std::make_unique<State>(attempt, speaks)) {
    begin_curl();
    CURL* const curl = state_->handle = curl_easy_init();
    VEDETTE_ASSERT(curl != nullptr);
    const auto set = [&](CURLoption option, auto value) {
        const CURLcode code = curl_easy_setopt(curl, option, value);
        VEDETTE_ASSERT(code == CURLE_OK || code == CURLE_OUT_OF_MEMORY);
    };
    const long limit = std::max<long>(attempt.timeout.nanos / kNanosPerMilli, 1);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, limit);
    set(CURLOPT_CONNECTTIMEOUT_MS, std::min(limit, kConnectSeconds * 1'000));
    set(CURLOPT_ERRORBUFFER, state_->error.data());
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_VERBOSE, 1L);
    set(CURLOPT_DEBUGFUNCTION, &State::on_debug);
    set(CURLOPT_DEBUGDATA, state_.get());
    set(CURLOPT_WRITEFUNCTION, &State::on_body);
    set(CURLOPT_WRITEDATA, state_.get());
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &State::on_progress);
    set(CURLOPT_XFERINFODATA, state_.get());
    if (!tls.ca_file.empty()) set(CURLOPT_CAINFO, tls.ca_file.c_str());
    if (!tls.certificate.empty()) set(CURLOPT_SSLCERT, tls.certificate.c_str());
    if (!tls.key.empty()) set(CURLOPT_SSLKEY, tls.key.c_str());
}

Transfer::~Transfer() {
    curl_easy_cleanup(state_->handle);
}

void* Transfer::handle() const noexcept {
    return state_->handle;
}

int Transfer::perform() {
    return curl_easy_perform(state_->handle);
}

long Transfer::status() const {
    long code = 0;
    curl_easy_getinfo(state_->handle, CURLINFO_RESPONSE_CODE, &code);
    return code;
}

Duration Transfer::retry_after() const {
    curl_off_t seconds = 0;
    curl_easy_getinfo(state_->handle, CURLINFO_RETRY_AFTER, &seconds);
    constexpr curl_off_t kMostSeconds = 86'400;
    return Duration::seconds(std::clamp<curl_off_t>(seconds, 0, kMostSeconds));
}

const std::string& Transfer::reply() const noexcept {
    return state_->reply;
}

const std::string& Transfer::last_line() const noexcept {
    return state_->last_line;
}

const std::string& Transfer::rejected_command() const noexcept {
    return state_->rejected;
}

const std::string& Transfer::refused() const noexcept {
    return state_->refused;
}

std::string Transfer::error_text(int code) const {
    if (state_->attempt.given_up()) return "given up: the program ends";
    const std::string_view detail = state_->error.data();
    return detail.empty() ? curl_easy_strerror(static_cast<CURLcode>(code))
                          : render::safe_text(clip(detail, kMaxLine));
}

}  // namespace vedette::notify
