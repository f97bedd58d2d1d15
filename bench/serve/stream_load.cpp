// TCP and TLS: connections that stay open, each with a window of questions in flight, all that can
// be asked written at once (RFC 7766 6.2.1.1).
#include <openssl/ssl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "load_questions.hpp"
#include "tls_socket.hpp"

namespace vedette::load {
namespace {

/// Slot i of the window uses id i.
class Lane {
  public:
    Lane(const Load& load, Encryption encryption, std::size_t first)
        : load_(load),
          socket_(connect_stream(load.server), encryption, {}),
          slots_(load.window),
          next_(first) {
        for (unsigned i = 0; i < load.window; ++i)
            free_.push_back(static_cast<std::uint16_t>(i));
    }
    [[nodiscard]] pollfd wanted() const noexcept { return socket_.wanted(); }

    /// False when the connection is over.
    [[nodiscard]] bool turn(Totals& totals) {
        if (!socket_.receive(in_)) return false;
        std::size_t at = 0;
        while (in_.size() - at >= 2) {
            const std::size_t length = static_cast<std::size_t>(in_[at]) << 8U | in_[at + 1];
            if (in_.size() - at - 2 < length) break;
            judge(ByteView(in_).subspan(at + 2, length), totals);
            at += 2 + length;
        }
        in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(at));
        ask();
        return socket_.send();
    }

  private:
    void ask() {
        Bytes& out = socket_.out();
        for (; !free_.empty(); free_.pop_back()) {
            const std::uint16_t id = free_.back();
            const Question& question = load_.questions[next_];
            next_ = next_ + 1 == load_.questions.size() ? 0 : next_ + 1;
            slots_[id] = &question;
            const std::size_t size = question.packet.size();
            const std::size_t at = out.size();
            out.resize(at + 2 + size);
            out[at] = static_cast<std::uint8_t>(size >> 8U);
            out[at + 1] = static_cast<std::uint8_t>(size);
            std::memcpy(&out[at + 2], question.packet.data(), size);
            out[at + 2] = static_cast<std::uint8_t>(id >> 8U);
            out[at + 3] = static_cast<std::uint8_t>(id);
        }
    }

    void judge(ByteView answer, Totals& totals) {
        const std::size_t id = answer.size() < 2
                                   ? slots_.size()
                                   : static_cast<std::size_t>(answer[0]) << 8U | answer[1];
        if (id >= slots_.size() || slots_[id] == nullptr) {
            ++totals.wrong;
            return;
        }
        ++(is_right(answer, *slots_[id]) ? totals.answers : totals.wrong);
        slots_[id] = nullptr;
        free_.push_back(static_cast<std::uint16_t>(id));
    }

    const Load& load_;
    TlsSocket socket_;
    std::vector<const Question*> slots_;
    std::vector<std::uint16_t> free_;
    std::size_t next_;
    Bytes in_;
};

}  // namespace

Totals run_streams(const Load& load, Encryption encryption) {
    std::vector<Lane> lanes;
    lanes.reserve(load.sockets);
    for (unsigned i = 0; i < load.sockets; ++i)
        lanes.emplace_back(load, encryption, i * load.questions.size() / load.sockets);
    return run_lanes(lanes, load.seconds);
}

}  // namespace vedette::load
