// IP fragments -> whole datagrams (RFC 791 3.2, RFC 8200 4.5). Bounded in bytes and in time: the
// oldest datagram leaves first. Overlaps never change bytes that came before, and are told, because
// only evasion overlaps (RFC 5722). One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/address.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/ip/ip.hpp"

namespace vedette::decode {

class IpDefragmenter {
  public:
    explicit IpDefragmenter(std::uint32_t max_bytes) noexcept : max_bytes_(max_bytes) {}

    struct Result {
        bool complete = false;
        std::uint8_t protocol = 0;    ///< of the first fragment
        ByteView payload;             ///< the whole datagram's; valid until the next add()
        wire::Damage damage;          ///< what was wrong with this fragment
        std::uint32_t timed_out = 0;  ///< older datagrams given up
        std::uint32_t dropped = 0;    ///< older datagrams dropped for the budget
    };

    /// `fragment.payload` may point into the result of an earlier add(): it is copied first.
    Result add(Timestamp time, const wire::ip::IpView& fragment);

    [[nodiscard]] std::uint64_t buffered_bytes() const noexcept { return bytes_; }

  private:
    struct Key {
        IpAddress source;
        IpAddress destination;
        std::uint32_t id = 0;
        std::uint8_t version = 0;
        std::uint8_t protocol = 0;  // IPv4 only: RFC 791's identification is per protocol
        friend bool operator==(const Key&, const Key&) noexcept = default;
    };
    struct KeyHash {
        using is_avalanching = void;
        std::size_t operator()(const Key& key) const noexcept;
    };
    struct Range {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
    };
    struct Datagram {
        std::vector<std::uint8_t> bytes;
        std::vector<Range> ranges;  // disjoint, sorted, never adjacent
        std::uint32_t total = 0;    // known once the last fragment came
        std::uint8_t protocol = 0;
        std::uint64_t generation = 0;
    };
    struct Order {
        Key key;
        std::uint64_t generation = 0;
        Timestamp time;
    };

    static wire::AnomalyId insert(Datagram& datagram, const wire::ip::IpView& fragment);
    static wire::AnomalyId copy_new_bytes(Datagram& datagram, Range range, ByteView payload);
    void expire(Timestamp time, Result& result);
    void make_room(std::size_t bytes, Result& result);
    void drop_oldest();
    void compact_order();

    std::uint32_t max_bytes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t generation_ = 0;
    boost::unordered_flat_map<Key, Datagram, KeyHash> datagrams_;
    std::deque<Order> order_;  // arrival order of first fragments; stale entries are skipped
    std::vector<std::uint8_t> completed_;
};

}  // namespace vedette::decode
