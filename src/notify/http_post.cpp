#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "notify/digest_text.hpp"
#include "notify/transfer.hpp"
#include "render/table/safe_text.hpp"

namespace vedette::notify {
namespace {

constexpr std::size_t kShownReply = 300;

struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void add(HeaderList& list, const std::string& line) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    VEDETTE_ASSERT(longer != nullptr);
    static_cast<void>(list.release());
    list.reset(longer);
}

Outcome::Verdict verdict_of(long status) noexcept {
    if (status >= 200 && status < 300) return Outcome::Verdict::Delivered;
    // Request Timeout, Too Early and Too Many Requests pass; other 4xx say that we are wrong.
    const bool passing = status == 408 || status == 425 || status == 429 || status >= 500;
    return passing ? Outcome::Verdict::Failed : Outcome::Verdict::Refused;
}

/// Whether the request may have been acted upon although no answer came.
bool was_sent(void* curl, int code, std::size_t body) {
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) return false;
    curl_off_t sent = 0;
    curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    return static_cast<std::size_t>(sent) >= body;
}

}  // namespace

Outcome http_post(const HttpPost& post, std::string_view body, const Attempt& attempt) {
    Transfer transfer(attempt, Speaks::Http, post.tls);
    CURL* const curl = transfer.handle();
    HeaderList headers;
    add(headers, "Expect:");  // no waiting for 100 Continue
    for (const std::string& line : post.headers)
        add(headers, line);
    if (!post.user.empty()) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, post.user.c_str());
        curl_easy_setopt(curl, CURLOPT_PASSWORD, post.secret.c_str());
    } else if (!post.secret.empty()) {
        add(headers, "Authorization: Bearer " + post.secret);
    }
    curl_easy_setopt(curl, CURLOPT_URL, post.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    const int code = transfer.perform();
    if (code != CURLE_OK) {
        const bool sent = was_sent(curl, code, body.size());
        return {sent ? Outcome::Verdict::Unclear : Outcome::Verdict::Failed,
                transfer.error_text(code),
                {}};
    }
    const long status = transfer.status();
    std::string text = fmt::format("HTTP {}", status);
    if (status >= 300 && status < 400) text += ", a redirect; give the final URL";
    if (!transfer.reply().empty())
        text += fmt::format(": {}", render::safe_text(clip(transfer.reply(), kShownReply)));
    return {verdict_of(status), std::move(text), transfer.retry_after()};
}

}  // namespace vedette::notify
