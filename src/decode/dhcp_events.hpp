// A DHCP view and its packet -> the owned event: which field comes from which option. Values that
// stand whole in the message are slices of it; only those put together are copied. Part of
// DhcpTracker; single thread.
#pragma once

#include <array>
#include <string>

#include "decode/packet_context.hpp"
#include "model/dhcp_message.hpp"
#include "model/event_batch.hpp"
#include "wire/dhcp/dhcp4.hpp"
#include "wire/dhcp/dhcp6.hpp"

namespace vedette::decode {

class DhcpEvents {
  public:
    /// Appends the event for one message and returns it; valid until the batch changes.
    DhcpMessage& add_v4(const PacketContext& packet, ByteView payload,
                        const wire::dhcp::MessageView4& view, EventBatch& out);
    DhcpMessage& add_v6(const PacketContext& packet, ByteView payload,
                        const wire::dhcp::MessageView6& view, EventBatch& out);

  private:
    void fill_texts_v4(DhcpMessage& event, const wire::dhcp::MessageView4& view, ByteView payload,
                       EventBatch& out);
    void fill_bindings_v6(DhcpMessage& event, const wire::dhcp::MessageView6& view);
    [[nodiscard]] ByteSlice fqdn(ByteView value, bool v6, const DhcpMessage& event,
                                 ByteView payload, EventBatch& out);

    std::array<std::uint8_t, 65'536> scratch_;  // options put together (RFC 3396)
    std::string name_;                          // names in presentation form
};

/// Whether servers send this DHCPv6 message type.
[[nodiscard]] bool is_server_type6(std::uint8_t type) noexcept;

}  // namespace vedette::decode
