#include <array>
#include <cstring>

#include "service/dnsd/net/session.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kMaxWaiting = 65'536;  // behind a transfer

class DnsSession final : public Session {
  public:
    DnsSession(StreamAnswerer& answerer, Transport transport, const Endpoint& client) noexcept
        : answerer_(answerer), transport_(transport), client_(client) {}

    bool receive(ByteView bytes, std::vector<std::uint8_t>& out) override {
        if (transfer_) {  // questions wait for the end of the transfer
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
    bool in_message() const noexcept override { return !partial_.empty(); }
    bool produce(std::vector<std::uint8_t>& out) override {
        if (!transfer_) return false;
        std::vector<std::uint8_t> message;
        if (transfer_->next(message, answerer_.now())) {
            put_framed(message, out);
            return true;
        }
        transfer_.reset();
        return !partial_.empty() && receive({}, out) && !out.empty();
    }

  private:
    // Answers every whole message; returns how many bytes they were.
    std::size_t take(ByteView bytes, std::vector<std::uint8_t>& out) {
        wire::Reader reader(bytes);
        std::size_t used = 0;
        while (true) {
            const std::uint16_t length = reader.u16();
            const ByteView query = reader.bytes(length);
            if (!reader.ok()) return used;
            used = reader.offset();
            const ByteView answer = answerer_.answer(query, transport_, client_);
            if (answer.empty()) continue;
            transfer_ = answerer_.transfer(client_);
            if (transfer_) return used;
            put_framed(answer, out);
        }
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
    std::unique_ptr<ZoneTransfer> transfer_;  // being sent
    std::vector<std::uint8_t> partial_;       // at most one message and what came with its end
};

}  // namespace

std::unique_ptr<Session> make_dns_session(StreamAnswerer& answerer, Transport transport,
                                          const Endpoint& client) {
    return std::make_unique<DnsSession>(answerer, transport, client);
}

}  // namespace vedette::dnsd
