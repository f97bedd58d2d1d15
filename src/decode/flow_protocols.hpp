// What each flow was recognized as. A packet in the middle of a connection shows its protocol
// rarely; the first ones do. Memory is bounded and needs no clock: a table in which a newer flow
// pushes out an older one of the same place. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "decode/packet_facts.hpp"
#include "decode/port_table.hpp"

namespace vedette::decode {

class FlowProtocols {
  public:
    /// Payloads of a flow that are looked at before its port's word stands.
    static constexpr unsigned kMaxLooks = 4;

    FlowProtocols(const PortTable& ports, const InspectorOptions& options);

    [[nodiscard]] ProtocolId tcp(const PacketFacts& facts) noexcept;
    [[nodiscard]] ProtocolId udp(const PacketFacts& facts) noexcept;

    /// The first fragment lends the later ones its ports and protocol.
    void keep_fragment(const PacketFacts& facts, std::uint32_t id) noexcept;
    void find_fragment(PacketFacts& facts, std::uint32_t id) const noexcept;

  private:
    /// The high 48 bits of `key` name the flow; a flow whose protocol is Unknown is undecided.
    struct Flow {
        std::uint64_t name = 0;
        ProtocolId protocol = ProtocolId::Unknown;
        std::uint8_t looks = 0;
    };
    /// A port that another connection announced.
    struct Endpoint {
        std::uint64_t key = 0;
        ProtocolId protocol = ProtocolId::Unknown;
    };
    struct Fragment {
        std::uint64_t key = 0;
        std::uint16_t source_port = 0;
        std::uint16_t destination_port = 0;
        ProtocolId protocol = ProtocolId::Unknown;
    };

    [[nodiscard]] Flow& flow_of(Carrier carrier, const PacketFacts& facts) noexcept;
    [[nodiscard]] ProtocolId look(Carrier carrier, const PacketFacts& facts, ProtocolId by_port,
                                  Flow& flow) noexcept;
    [[nodiscard]] ProtocolId expected(Carrier carrier, const PacketFacts& facts) const noexcept;
    void expect(Carrier carrier, const IpAddress& address, std::uint16_t port,
                ProtocolId id) noexcept;
    void read_ftp(const PacketFacts& facts) noexcept;

    const PortTable* ports_;
    bool guess_dns_;
    std::vector<Flow> flows_;
    std::vector<Endpoint> endpoints_;
    std::vector<Fragment> fragments_;
};

}  // namespace vedette::decode
