// The questions under way: a fixed number of slots, each in a queue by deadline. A ticket is a
// slot's number; it is given again when its question is done. Nothing is allocated after
// construction. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/assert.hpp"
#include "base/time.hpp"

namespace vedette::replay {

using Ticket = std::uint32_t;
inline constexpr Ticket kNoTicket = UINT32_MAX;

/// Tickets in flight at most: what 16-bit ids can tell apart.
inline constexpr std::uint32_t kMostInFlight = 65'535;

struct Flight {
    Timestamp first_sent;
    Timestamp deadline;
    std::uint32_t message = 0;     ///< of the plan
    std::uint32_t id = kNoTicket;  ///< the channel's; kNoTicket while no channel has it
    std::uint16_t lane = 0;        ///< the channel's: which socket or connection
    std::uint8_t attempts = 0;
    std::uint8_t channel = 0;  ///< which one has it
    bool used = false;
    bool queued = false;
    Ticket before = kNoTicket;  // in the queue
    Ticket after = kNoTicket;
};

/// Patience is one for all that share a queue, so each queue is in order by itself.
class Flights {
  public:
    static constexpr std::size_t kQueues = 2;

    explicit Flights(std::uint32_t capacity) : slots_(capacity) {
        free_.reserve(capacity);
        for (Ticket ticket = capacity; ticket-- > 0;)
            free_.push_back(ticket);
    }

    [[nodiscard]] Flight& at(Ticket ticket) noexcept { return slots_[ticket]; }
    [[nodiscard]] const Flight& at(Ticket ticket) const noexcept { return slots_[ticket]; }
    [[nodiscard]] std::uint32_t room() const noexcept {
        return static_cast<std::uint32_t>(free_.size());
    }
    [[nodiscard]] std::uint32_t capacity() const noexcept {
        return static_cast<std::uint32_t>(slots_.size());
    }
    [[nodiscard]] std::uint32_t under_way() const noexcept { return capacity() - room(); }

    /// There must be room.
    [[nodiscard]] Ticket take(std::uint32_t message) noexcept {
        VEDETTE_ASSERT(!free_.empty());
        const Ticket ticket = free_.back();
        free_.pop_back();
        slots_[ticket] = Flight{};
        slots_[ticket].message = message;
        slots_[ticket].used = true;
        return ticket;
    }
    /// Must not be queued.
    void give_back(Ticket ticket) noexcept {
        VEDETTE_ASSERT(slots_[ticket].used && !slots_[ticket].queued);
        slots_[ticket].used = false;
        free_.push_back(ticket);
    }

    /// Appends to its channel's queue; deadlines must not go back.
    void queue(Ticket ticket) noexcept {
        Flight& flight = slots_[ticket];
        Queue& queue = queues_[flight.channel];
        VEDETTE_ASSERT(!flight.queued);
        flight.queued = true;
        flight.before = queue.last;
        flight.after = kNoTicket;
        (queue.last == kNoTicket ? queue.first : slots_[queue.last].after) = ticket;
        queue.last = ticket;
    }
    /// Nothing happens to one that is not queued.
    void unqueue(Ticket ticket) noexcept {
        Flight& flight = slots_[ticket];
        if (!flight.queued) return;
        flight.queued = false;
        Queue& queue = queues_[flight.channel];
        (flight.before == kNoTicket ? queue.first : slots_[flight.before].after) = flight.after;
        (flight.after == kNoTicket ? queue.last : slots_[flight.after].before) = flight.before;
    }
    /// The next to be late, or kNoTicket.
    [[nodiscard]] Ticket first(std::size_t queue) const noexcept { return queues_[queue].first; }

  private:
    struct Queue {
        Ticket first = kNoTicket;
        Ticket last = kNoTicket;
    };
    std::vector<Flight> slots_;
    std::vector<Ticket> free_;
    std::array<Queue, kQueues> queues_;
};

}  // namespace vedette::replay
