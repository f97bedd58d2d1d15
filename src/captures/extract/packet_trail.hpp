// The packets that carried parts of selected messages: the other fragments of a datagram, the other
// segments of a TCP message, the whole connection of a zone transfer. Reads the capture once more,
// looking back from each selected packet. Bounded. One thread.
#pragma once

#include <cstdint>
#include <memory>

#include "captures/extract/selection.hpp"
#include "decode/packet_facts.hpp"

namespace vedette::captures {

class PacketTrail {
  public:
    /// `selection` gets the packets; it must outlive this.
    explicit PacketTrail(Selection& selection);
    ~PacketTrail();
    PacketTrail(const PacketTrail&) = delete;
    PacketTrail& operator=(const PacketTrail&) = delete;

    /// Whether anything can be missing at all: no TCP and no fragment, no second look.
    void add(const decode::PacketFacts& facts);
    /// The selection is whole afterwards.
    void finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::captures
