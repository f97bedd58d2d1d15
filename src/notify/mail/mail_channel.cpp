#include "notify/mail/mail_channel.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.hpp"
#include "notify/credentials.hpp"
#include "notify/transfer.hpp"

namespace vedette::notify {
namespace {

struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

/// The message as libcurl takes it, piece by piece; knows whether all of it was taken.
struct Upload {
    std::string_view left;
    bool finished = false;

    static std::size_t read(char* out, std::size_t, std::size_t room, void* user) {
        Upload& upload = *static_cast<Upload*>(user);
        const std::size_t count = std::min(room, upload.left.size());
        std::copy_n(upload.left.data(), count, out);
        upload.left.remove_prefix(count);
        upload.finished = count == 0;
        return count;
    }
};

/// libcurl says EHLO with what stands in the URL's path.
std::string greeting_url(const std::string& url, std::string_view host) {
    const std::size_t authority = url.find("://");
    const std::size_t path =
        authority == std::string::npos ? authority : url.find('/', authority + 3);
    if (path != std::string::npos && path + 1 < url.size()) return url;
    return fmt::format("{}/{}", url.substr(0, path), domain_text(host));
}

class MailChannel final : public Channel {
  public:
    explicit MailChannel(MailSettings settings) : settings_(std::move(settings)) {}

    Outcome send(const Digest& digest, const Attempt& attempt) override {
        const auto password = secret_or(settings_.password_file, "");
        if (!password) return not_tried(password.error());
        Transfer transfer(attempt, Speaks::Smtp, settings_.tls);
        CURL* const curl = transfer.handle();
        const std::string url = greeting_url(settings_.url, digest.host);
        const std::string sender = "<" + settings_.heads.from + ">";
        const std::string message = mail_message(digest, settings_.heads);
        Upload upload{message};
        curl_slist* list = nullptr;
        for (const std::string& to : settings_.heads.to) {
            curl_slist* const longer = curl_slist_append(list, ("<" + to + ">").c_str());
            VEDETTE_ASSERT(longer != nullptr);
            list = longer;
        }
        const std::unique_ptr<curl_slist, FreeList> recipients(list);
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
        if (settings_.starttls == MailSettings::StartTls::Required)
            curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
        if (!settings_.user.empty()) {
            curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.user.c_str());
            curl_easy_setopt(curl, CURLOPT_PASSWORD, password->text().c_str());
        }
        curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender.c_str());
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
        // One wrong address must not keep the alert from the others.
        curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, &Upload::read);
        curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
        const int code = transfer.perform();
        return judge(transfer, code, upload);
    }

  private:
    static Outcome judge(const Transfer& transfer, int code, const Upload& upload) {
        if (code == CURLE_OK) {
            std::string text = transfer.last_line();
            if (!transfer.refused().empty())
                text += fmt::format("; not for {}", transfer.refused());
            return {Outcome::Verdict::Delivered, std::move(text), {}};
        }
        const long status = transfer.status();
        std::string text = transfer.error_text(code);
        const bool answered = status >= 400;
        if (answered) text += fmt::format(" (the server said: {})", transfer.last_line());
        // The message was handed over and no word came back: it may have been taken.
        if (upload.finished && !answered) return {Outcome::Verdict::Unclear, std::move(text), {}};
        return {verdict_of(status, transfer.rejected_command()), std::move(text), {}};
    }
    /// A message is refused for good by its sender, its recipients or its content. What is wrong
    /// between the two programs (the greeting, TLS, the login) somebody can mend meanwhile.
    static Outcome::Verdict verdict_of(long status, std::string_view command) {
        constexpr long kLoginNeeded = 530;  // RFC 4954 6, RFC 3207 4
        if (status < 500) return Outcome::Verdict::Failed;
        const bool about_message = command == "MAIL" || command == "RCPT" || command == "DATA";
        return about_message && status != kLoginNeeded ? Outcome::Verdict::Rejected
                                                       : Outcome::Verdict::Refused;
    }

    MailSettings settings_;
};

}  // namespace

std::unique_ptr<Channel> make_mail_channel(MailSettings settings) {
    return std::make_unique<MailChannel>(std::move(settings));
}

}  // namespace vedette::notify
