#include <array>
#include <cstring>
#include <deque>

#include "service/dnsd/net/session.hpp"

namespace vedette::dnsd {
namespace {

// Transfers at a time on one connection; questions behind more than that wait.
constexpr std::size_t kTransfers = 4;
constexpr std::size_t kMaxWaiting = 65'536;  // octets of them

class DnsSession final : public Session {
  public:
    DnsSession(StreamAnswerer& answerer, Transport transport, const Endpoint& client) noexcept
        : answerer_(answerer), transport_(transport), client_(client) {}

    bool receive(ByteView bytes, std::vector<std::uint8_t>& out) override {
        if (transfers_.size() == kTransfers) {
            partial_.insert(partial_.end(), bytes.begin(), bytes.end());
            return partial_.size() <= kMaxWaiting;
        }
        if (!partial_.empty()) {
            partial_.insert(partial_.end(), bytes.begin(), bytes.end());
            const std::size_t used = take(partial_, out);
            partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(used));
            return true;
        }
        const std::size_t used = take(bytes, out);
        partial_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(used), bytes.end());
        return true;
    }
    bool in_message() const noexcept override {
        return !partial_.empty() && transfers_.size() < kTransfers && !held_back_;
    }
    bool holds_back() const noexcept override { return held_back_; }
    bool produce(std::vector<std::uint8_t>& out) override {
        if (held_back_) {
            (void)receive({}, out);
            if (!out.empty()) return true;
        }
        while (!transfers_.empty()) {
            std::unique_ptr<ZoneTransfer> transfer = std::move(transfers_.front());
            transfers_.pop_front();
            std::vector<std::uint8_t> message;
            if (transfer->next(message, answerer_.now())) {
                transfers_.push_back(std::move(transfer));
                put_framed(message, out);
                return true;
            }
            (void)receive({}, out);  // what waited for a place
            if (!out.empty()) return true;
        }
        return false;
    }

  private:
    // Answers every whole message; returns how many bytes they were. A transfer only begins: its
    // messages come between the answers to what is asked after it (RFC 7766 6.2.1.1).
    std::size_t take(ByteView bytes, std::vector<std::uint8_t>& out) {
        wire::Reader reader(bytes);
        std::size_t used = 0;
        held_back_ = false;
        while (transfers_.size() < kTransfers) {
            held_back_ = out.size() >= kMaxAnswered;
            if (held_back_) return used;
            const std::uint16_t length = reader.u16();
            const ByteView query = reader.bytes(length);
            if (!reader.ok()) return used;
            used = reader.offset();
            const ByteView answer = answerer_.answer(query, transport_, client_);
            if (answer.empty()) continue;
            if (auto transfer = answerer_.transfer(client_))
                transfers_.push_back(std::move(transfer));
            else
                put_framed(answer, out);
        }
        return used;
    }

    static void put_framed(ByteView message, std::vector<std::uint8_t>& out) {
        const std::array length{static_cast<std::uint8_t>(message.size() >> 8U),
                                static_cast<std::uint8_t>(message.size())};
        out.insert(out.end(), length.begin(), length.end());
        out.insert(out.end(), message.begin(), message.end());
    }

    StreamAnswerer& answerer_;
    Transport transport_;
    Endpoint client_;
    std::deque<std::unique_ptr<ZoneTransfer>> transfers_;  // being sent, a message each in turn
    bool held_back_ = false;
    std::vector<std::uint8_t> partial_;  // at most one message and what came with its end
};

}  // namespace

std::unique_ptr<Session> make_dns_session(StreamAnswerer& answerer, Transport transport,
                                          const Endpoint& client) {
    return std::make_unique<DnsSession>(answerer, transport, client);
}

}  // namespace vedette::dnsd
