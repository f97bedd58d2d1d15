#include "notify/stream.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <thread>

namespace vedette::notify {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMs = 100;
constexpr auto kPause = std::chrono::milliseconds(2);

std::unexpected<Error> away(std::string_view why) {
    return fail(ErrorKind::Unavailable, std::string(why));
}

}  // namespace

Stream::Stream(const Attempt& attempt, const TlsFiles& tls)
    : attempt_(attempt),
      end_(Clock::now() + std::chrono::nanoseconds(attempt.timeout.nanos)),
      transfer_(attempt, Speaks::Other, tls) {}

Result<void> Stream::open(const EndpointUrl& url, Security security) {
    CURL* const curl = transfer_.handle();
    const std::string_view scheme = security == Security::Tls ? "https" : "http";
    const std::string address = fmt::format("{}://{}:{}/", scheme, url.authority(), url.port);
    curl_easy_setopt(curl, CURLOPT_URL, address.c_str());
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);  // it is not HTTP that follows
    if (const int code = transfer_.perform(); code != CURLE_OK)
        return away(transfer_.error_text(code));
    return {};
}

int Stream::socket() const {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(transfer_.handle(), CURLINFO_ACTIVESOCKET, &socket);
    return socket;
}

Result<void> Stream::wait(short events) {
    if (attempt_.given_up()) return away("given up: the program ends");
    if (Clock::now() >= end_) return away("no answer in time");
    pollfd state{socket(), events, 0};
    ::poll(&state, 1, kPollMs);
    return {};
}

Result<void> Stream::send(std::string_view text) {
    while (!text.empty()) {
        std::size_t sent = 0;
        const CURLcode code = curl_easy_send(transfer_.handle(), text.data(), text.size(), &sent);
        if (code == CURLE_AGAIN) {
            VEDETTE_TRY(wait(POLLOUT));
        } else if (code != CURLE_OK) {
            return away(transfer_.error_text(code));
        }
        text.remove_prefix(sent);
    }
    return {};
}

Result<std::string> Stream::receive(std::size_t count) {
    std::string text(count, '\0');
    std::size_t have = 0;
    while (have < count) {
        std::size_t got = 0;
        const CURLcode code =
            curl_easy_recv(transfer_.handle(), text.data() + have, count - have, &got);
        if (code == CURLE_AGAIN) {
            VEDETTE_TRY(wait(POLLIN));
        } else if (code != CURLE_OK) {
            return away(transfer_.error_text(code));
        } else if (got == 0) {
            return away("the other side closed the connection");
        }
        have += got;
    }
    return text;
}

Result<void> Stream::confirm() {
    while (true) {
        pollfd state{socket(), POLLRDHUP, 0};
        const bool hung_up = ::poll(&state, 1, 0) > 0 && state.revents != 0;
        int unconfirmed = 0;
        if (::ioctl(state.fd, SIOCOUTQ, &unconfirmed) != 0 || hung_up)
            return away("the connection broke before everything was taken");
        if (unconfirmed == 0) return {};
        VEDETTE_TRY(wait(0));
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace vedette::notify
