// Asks a server the questions of a plan and keeps what came of each. Many are under way at a time;
// each has its patience and its attempts. One epoll loop on the caller's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "service/replay/channel.hpp"
#include "service/replay/compare.hpp"
#include "service/replay/outcome.hpp"
#include "service/replay/pacer.hpp"
#include "service/replay/plan.hpp"
#include "sys/net/endpoint_socket.hpp"
#include "sys/net/stream.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::replay {

class StreamChannel;
class UdpChannel;

struct ReplaySettings {
    sys::SocketAddress server;
    std::string where;  ///< the server for messages
    Via via = Via::Udp;
    Pace pace;
    std::uint32_t in_flight = 100;
    unsigned sockets = 8;      ///< of UDP
    unsigned connections = 4;  ///< of TCP, TLS, traced
    Duration timeout = Duration::seconds(2);
    unsigned retries = 2;
    bool tcp_after_cut = true;  ///< asks again over TCP when a datagram's answer is cut (TC)
    bool keep_answers = false;  ///< for answer()
    bool compare = true;        ///< with the plan's answers
    /// Makes the stream over a connected socket; empty: plain.
    std::function<std::unique_ptr<sys::Stream>(int socket)> wrap;
};

struct ReplayTotals {
    std::uint64_t sent = 0;      ///< messages, repetitions included
    std::uint64_t repeated = 0;  ///< of them
    std::uint64_t answered = 0;  ///< messages
    std::uint64_t lost = 0;      ///< messages
    std::uint64_t strays = 0;    ///< what came and answered nothing under way
    std::uint64_t fell_back = 0;
    Duration elapsed;
    std::string no_connection;  ///< why the last connection failed; empty: none did
    std::string ended_early;    ///< why; empty when every question was asked
};

struct ReplayProgress {
    std::uint64_t done = 0;  ///< messages
    std::uint64_t total = 0;
    std::uint64_t lost = 0;
    Duration elapsed;
};

class Replayer final : private ChannelOwner {
  public:
    /// The plan and the clock must outlive it. `clock` should be a SteadyClock.
    [[nodiscard]] static Result<std::unique_ptr<Replayer>> open(Plan& plan, ReplaySettings settings,
                                                                const Clock& clock);
    class Key {
        friend class Replayer;
        Key() = default;
    };
    Replayer(Key, Plan& plan, ReplaySettings settings, const Clock& clock);
    ~Replayer() override;

    /// Once. Every question has an outcome afterwards, whatever happened.
    [[nodiscard]] Result<void> run(const sys::StopFlag& stop,
                                   const std::function<void(const ReplayProgress&)>& on_progress);
    /// By row of the plan.
    [[nodiscard]] const std::vector<Outcome>& outcomes() const noexcept { return outcomes_; }
    [[nodiscard]] const ReplayTotals& totals() const noexcept { return totals_; }
    /// The answer to a message of the plan, when they are kept; empty when there is none.
    [[nodiscard]] ByteView answer(std::uint32_t message) const noexcept;

  private:
    struct KeptAnswer {
        std::size_t offset = 0;
        std::uint32_t bytes = 0;
    };

    [[nodiscard]] Result<void> open_channels();
    [[nodiscard]] StreamChannel& streams();
    [[nodiscard]] Channel& channel_of(const Flight& flight) noexcept;

    void on_answer(Ticket ticket, ByteView message, bool more) override;
    void on_empty(Ticket ticket) override;
    void on_failure(Ticket ticket, Cause cause, bool progress) override;
    void on_stray() override { ++totals_.strays; }

    void send_due();
    void send_again();
    void dispatch(Ticket ticket);
    void expire();
    [[nodiscard]] Result<void> wait();
    [[nodiscard]] Duration patience() const;
    [[nodiscard]] bool is_over(const sys::StopFlag& stop);
    [[nodiscard]] Cause silence_of(Ticket ticket) const noexcept;
    void check_hopeless();
    void lose(Ticket ticket, Cause cause);
    void done(Ticket ticket);
    void fall_back(Ticket ticket);
    void fill(const PlannedMessage& planned, ByteView message, const Outcome& common);
    void keep(std::uint32_t message, ByteView answer);
    void close_books(Cause cause);

    Plan& plan_;
    ReplaySettings settings_;
    const Clock& clock_;
    Pacer pacer_;
    Flights flights_;
    std::vector<Outcome> outcomes_;
    std::vector<Ticket> again_;  // to be sent once more, in order
    std::unique_ptr<UdpChannel> udp_;
    std::unique_ptr<StreamChannel> streams_;
    AnswerComparer comparer_;
    std::vector<KeptAnswer> kept_;
    std::vector<std::uint8_t> kept_bytes_;
    sys::Descriptor epoll_;
    ReplayTotals totals_;
    Timestamp now_{0};
    Timestamp next_due_{0};
    std::uint32_t next_ = 0;  // message of the plan
    bool unreachable_ = false;
    bool hopeless_ = false;
};

}  // namespace vedette::replay
