// A byte stream to another machine, plain or over TLS with the certificate checked, for protocols
// that libcurl does not speak itself: it connects, the words are ours. Everything ends when the
// attempt's time is up or it is given up. One thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "notify/channel.hpp"
#include "notify/endpoint_url.hpp"
#include "notify/transfer.hpp"

namespace vedette::notify {

class Stream {
  public:
    enum class Security : std::uint8_t { Plain, Tls };

    /// `attempt` must outlive the stream. Its time begins now.
    Stream(const Attempt& attempt, const TlsFiles& tls);

    [[nodiscard]] Result<void> open(const EndpointUrl& url, Security security);
    /// All of it.
    [[nodiscard]] Result<void> send(std::string_view text);
    /// Exactly `count` bytes.
    [[nodiscard]] Result<std::string> receive(std::size_t count);
    /// Waits until the other side's kernel has confirmed every byte; Unavailable when it hung up.
    [[nodiscard]] Result<void> confirm();

  private:
    [[nodiscard]] Result<void> wait(short events);
    [[nodiscard]] int socket() const;

    const Attempt& attempt_;
    std::chrono::steady_clock::time_point end_;
    Transfer transfer_;
};

}  // namespace vedette::notify
