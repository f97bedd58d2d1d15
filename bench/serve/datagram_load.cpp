// UDP: a fixed window of questions in flight on a few sockets, sent and received in batches; or,
// with a rate, questions sent when they are due, whatever has been answered. A latency is then the
// time from just before the call that sends a question to when the kernel had its answer for us:
// how soon we come to read it is no matter of the server's. What fell due while we had no core is
// not sent late in one burst, which would measure us, but skipped and counted.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "calm_slices.hpp"
#include "load_questions.hpp"

namespace vedette::load {
namespace {

constexpr unsigned kBatch = 32;
constexpr double kMostBehind = 64;  // questions
constexpr auto kLostAfter = std::chrono::milliseconds(300);

/// The clock of the kernel's receive timestamps.
std::int64_t wall_ns() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

/// One socket with its window. The lower bits of an id are the slot's number, the upper ones count
/// how often it was used: an answer that was given up for lost must not pass for the next one.
class Lane {
  public:
    Lane(const Load& load, std::size_t first)
        : questions_(load.questions),
          slots_(load.window),
          slot_mask_(std::bit_ceil(load.window) - 1),
          next_(first) {
        fd_ = socket(load.server.address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        const int bytes = 4 << 20;
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
        if (connect(fd_, reinterpret_cast<const sockaddr*>(&load.server.address),
                    load.server.length) != 0)
            std::abort();
        for (unsigned i = 0; i < load.window; ++i)
            free_.push_back(static_cast<std::uint16_t>(i));
        for (unsigned i = 0; i < kBatch; ++i) {
            in_parts_[i] = {in_[i].data(), in_[i].size()};
            in_headers_[i].msg_hdr.msg_iov = &in_parts_[i];
            in_headers_[i].msg_hdr.msg_iovlen = 1;
        }
        if (load.rate <= 0) return;
        const int wanted = 1;
        if (setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &wanted, sizeof(wanted)) != 0) std::abort();
        timed_ = true;
    }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] unsigned room() const { return static_cast<unsigned>(free_.size()); }

    void send_some(unsigned most, Clock::time_point now) {
        while (most > 0 && !free_.empty()) {
            const unsigned count = std::min({most, kBatch, room()});
            for (unsigned i = 0; i < count; ++i)
                prepare(i, now);
            const std::int64_t asked = timed_ ? wall_ns() : 0;
            for (unsigned i = 0; timed_ && i < count; ++i)
                slots_[out_ids_[i]].asked_ns = asked;
            const int sent = sendmmsg(fd_, out_headers_.data(), count, 0);
            for (unsigned i = sent < 0 ? 0 : static_cast<unsigned>(sent); i < count; ++i) {
                free_.push_back(out_ids_[i]);
                slots_[out_ids_[i]].question = nullptr;
            }
            if (sent < static_cast<int>(count)) return;
            most -= count;
        }
    }

    void receive(Totals& totals) {
        while (true) {
            for (unsigned i = 0; timed_ && i < kBatch; ++i) {
                in_headers_[i].msg_hdr.msg_control = in_control_[i].data();
                in_headers_[i].msg_hdr.msg_controllen = in_control_[i].size();
            }
            const int got = recvmmsg(fd_, in_headers_.data(), kBatch, 0, nullptr);
            if (got <= 0) return;
            for (int i = 0; i < got; ++i)
                judge(static_cast<std::size_t>(i), totals);
            if (got < static_cast<int>(kBatch)) return;
        }
    }

    void give_up(Totals& totals, Clock::time_point now) {
        for (std::size_t id = 0; id < slots_.size(); ++id) {
            if (slots_[id].question == nullptr || now - slots_[id].sent < kLostAfter) continue;
            slots_[id].question = nullptr;
            free_.push_back(static_cast<std::uint16_t>(id));
            ++totals.lost;
        }
    }

  private:
    struct Slot {
        const Question* question = nullptr;
        Clock::time_point sent;
        std::int64_t asked_ns = 0;
        std::uint16_t id = 0;  ///< on the wire
    };

    void prepare(unsigned i, Clock::time_point now) {
        const std::uint16_t id = free_.back();
        free_.pop_back();
        const Question& question = questions_[next_];
        next_ = next_ + 1 == questions_.size() ? 0 : next_ + 1;
        const unsigned use = slots_[id].id + slot_mask_ + 1;
        slots_[id] = {&question, now, 0, static_cast<std::uint16_t>((use & ~slot_mask_) | id)};
        out_ids_[i] = id;
        std::memcpy(out_[i].data(), question.packet.data(), question.packet.size());
        out_[i][0] = static_cast<std::uint8_t>(slots_[id].id >> 8U);
        out_[i][1] = static_cast<std::uint8_t>(slots_[id].id);
        out_parts_[i] = {out_[i].data(), question.packet.size()};
        out_headers_[i].msg_hdr.msg_iov = &out_parts_[i];
        out_headers_[i].msg_hdr.msg_iovlen = 1;
    }

    /// When the kernel had the datagram.
    [[nodiscard]] std::int64_t arrival_ns(std::size_t index) {
        msghdr& header = in_headers_[index].msg_hdr;
        const cmsghdr* const told = CMSG_FIRSTHDR(&header);
        if (told == nullptr || told->cmsg_type != SCM_TIMESTAMPNS) std::abort();
        timespec at{};
        std::memcpy(&at, CMSG_DATA(told), sizeof(at));
        return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
    }

    void judge(std::size_t index, Totals& totals) {
        const ByteView answer(in_[index].data(), in_headers_[index].msg_len);
        if (answer.size() < 12) return;
        const unsigned echoed = static_cast<unsigned>(answer[0]) << 8U | answer[1];
        const std::size_t id = echoed & slot_mask_;
        if (id >= slots_.size() || slots_[id].question == nullptr || slots_[id].id != echoed)
            return;  // given up before
        const Question& question = *slots_[id].question;
        ++(is_right(answer, question) ? totals.answers : totals.wrong);
        if (timed_) {
            const std::int64_t taken = arrival_ns(index) - slots_[id].asked_ns;
            totals.latency_us.push_back(
                static_cast<std::uint32_t>(std::max<std::int64_t>(taken, 0) / 1'000));
        }
        slots_[id].question = nullptr;
        free_.push_back(static_cast<std::uint16_t>(id));
    }

    int fd_ = -1;
    const std::vector<Question>& questions_;
    std::vector<Slot> slots_;
    unsigned slot_mask_;
    std::vector<std::uint16_t> free_;
    std::size_t next_;
    std::array<std::array<std::uint8_t, 512>, kBatch> out_;
    std::array<std::array<std::uint8_t, 4096>, kBatch> in_;
    alignas(cmsghdr)
        std::array<std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec))>, kBatch> in_control_;
    bool timed_ = false;
    std::array<iovec, kBatch> out_parts_;
    std::array<iovec, kBatch> in_parts_;
    std::array<mmsghdr, kBatch> out_headers_{};
    std::array<mmsghdr, kBatch> in_headers_{};
    std::array<std::uint16_t, kBatch> out_ids_{};
};

/// Says how many questions are due, by the clock.
class Pace {
  public:
    explicit Pace(const Load& load) : rate_(load.rate), burst_(load.burst) {}

    [[nodiscard]] unsigned due(double elapsed, Totals& totals) {
        const double owed = elapsed * rate_ - asked_;
        if (owed < burst_) return 0;
        if (owed > kMostBehind + burst_) {
            const auto over = static_cast<std::uint64_t>(owed) - burst_;
            totals.skipped += over;
            asked_ += static_cast<double>(over);
            return burst_;
        }
        return static_cast<unsigned>(owed);
    }
    void asked(unsigned count) { asked_ += count; }

  private:
    double rate_;
    unsigned burst_;
    double asked_ = 0;  // or skipped
};

void run(std::vector<Lane>& lanes, const Load& load, Totals& totals) {
    const bool paced = load.rate > 0;
    Pace pace(load);
    CalmSlices slices(load.server_processes);
    std::vector<pollfd> polls;
    for (const Lane& lane : lanes)
        polls.push_back({lane.fd(), POLLIN, 0});
    const auto start = Clock::now();
    auto last_check = start;
    if (paced) totals.latency_us.reserve(static_cast<std::size_t>(load.rate * load.seconds) + 1);
    while (true) {
        const auto now = Clock::now();
        const double elapsed = std::chrono::duration<double>(now - start).count();
        if (paced) slices.note(now, totals.latency_us.size());
        if (elapsed >= load.seconds) break;
        for (Lane& lane : lanes) {
            lane.receive(totals);
            unsigned due = lane.room();
            if (paced) {
                due = std::min(due, pace.due(elapsed, totals));
                pace.asked(due);
            }
            lane.send_some(due, now);
        }
        if (now - last_check > kLostAfter) {
            for (Lane& lane : lanes)
                lane.give_up(totals, now);
            last_check = now;
        }
        if (!paced) (void)poll(polls.data(), polls.size(), 10);
    }
    if (paced) slices.select(totals);
}

}  // namespace

Totals run_datagrams(const Load& load) {
    std::vector<Lane> lanes;
    lanes.reserve(load.sockets);
    for (unsigned i = 0; i < load.sockets; ++i)
        lanes.emplace_back(load, i * load.questions.size() / load.sockets);
    Totals totals;
    run(lanes, load, totals);
    return totals;
}

}  // namespace vedette::load
