// One libcurl transfer with the house's terms: time limits, TLS 1.2 or newer with the certificate
// checked, no redirects, cancelled when asked, and its conversation told without a secret in it.
// libcurl, because it is the client that everybody's servers are tried against. One thread; one
// use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "notify/channel.hpp"

namespace vedette::notify {

/// Which words of our own side may be shown.
enum class Speaks : std::uint8_t { Http, Smtp, Other };

class Transfer {
  public:
    Transfer(const Attempt& attempt, Speaks speaks, const TlsFiles& tls);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    /// The easy handle (CURL* is void*), for options of one protocol.
    [[nodiscard]] void* handle() const noexcept;
    /// Runs it. 0 (CURLE_OK) when the protocol's own answer came; see status().
    [[nodiscard]] int perform();
    /// The last code that the other side gave, 0 when none.
    [[nodiscard]] long status() const;
    /// Of HTTP: what the other side asked for, or 0.
    [[nodiscard]] Duration retry_after() const;
    /// The first bytes of the body that came back.
    [[nodiscard]] const std::string& reply() const noexcept;
    /// The last line that the other side sent before it was over (SMTP).
    [[nodiscard]] const std::string& last_line() const noexcept;
    /// The command that the other side refused for good last (5yz, RFC 5321 4.2.1), without its
    /// arguments; empty when none (SMTP).
    [[nodiscard]] const std::string& rejected_command() const noexcept;
    /// Recipients that were refused, with the other side's words (SMTP).
    [[nodiscard]] const std::string& refused() const noexcept;
    /// What perform()'s code means, in libcurl's words.
    [[nodiscard]] std::string error_text(int code) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// An HTTP POST.
struct HttpPost {
    std::string url;
    std::vector<std::string> headers;  ///< whole lines
    std::string user;                  ///< with `secret` as its password
    std::string secret;                ///< else a bearer token when not empty
    TlsFiles tls;
};

/// Delivered for 2xx; Failed for 5xx, 408, 425, 429; Refused for the rest; Unclear when the answer
/// was lost.
[[nodiscard]] Outcome http_post(const HttpPost& post, std::string_view body,
                                const Attempt& attempt);

}  // namespace vedette::notify
