// A DHCPv6 message as a view (RFC 8415). inspect() opens relay envelopes down to the client's own
// message, iteratively and to a limit, and keeps what was readable; after that, accessors cannot
// fail. The view borrows the message and dies with it. No heap; safe on any thread.
//
//  client, server:  0 type | 1 transaction-id (3) | 4 options
//  relay:           0 type | 1 hop-count | 2 link-address (16) | 18 peer-address (16) | 34 options
//  option:          0 code (2) | 2 length (2) | 4 data
#pragma once

#include <array>
#include <cstdint>
#include <ranges>

#include "base/bytes.hpp"
#include "wire/anomaly/anomaly.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::dhcp {

inline constexpr std::uint8_t kRelayForward = 12;
inline constexpr std::uint8_t kRelayReply = 13;
/// RFC 8415 7.6: HOP_COUNT_LIMIT is 8, counted from 0.
inline constexpr unsigned kMaxRelays = 9;

struct Option6 {
    std::uint16_t code = 0;
    ByteView data;
};

/// Walks options at one level.
class OptionCursor6 {
  public:
    explicit OptionCursor6(ByteView options) noexcept : reader_(options) {}
    /// False at the end or at an option that does not fit.
    [[nodiscard]] bool next(Option6& option) noexcept;
    [[nodiscard]] bool damaged() const noexcept { return !reader_.ok(); }
    /// Where the last option's header began, within the options.
    [[nodiscard]] std::size_t at() const noexcept { return at_; }

  private:
    Reader reader_;
    std::size_t at_ = 0;
};

enum class BindingKind : std::uint8_t { Address, Temporary, Prefix };

/// One address or prefix inside an IA_NA, IA_TA or IA_PD.
struct Binding {
    BindingKind kind = BindingKind::Address;
    std::uint8_t prefix_length = 128;
    std::uint32_t iaid = 0;
    std::uint32_t renewal_seconds = 0;    ///< T1
    std::uint32_t rebinding_seconds = 0;  ///< T2
    std::uint32_t preferred_seconds = 0;
    std::uint32_t valid_seconds = 0;  ///< 0xffffffff is for ever
    ByteView address;                 ///< 16 bytes
};

/// Walks every address and prefix of a client's or server's options.
class BindingCursor {
  public:
    explicit BindingCursor(ByteView options) noexcept : outer_(options), inner_(ByteView{}) {}
    [[nodiscard]] bool next(Binding& binding) noexcept;

  private:
    OptionCursor6 outer_;
    OptionCursor6 inner_;
    Binding shared_;  // what all bindings of one IA share
};

class MessageView6 {
  public:
    /// Reads a message. Never fails. `missing`: bytes that were on the wire but not captured;
    /// running out of bytes is then the capture's doing.
    [[nodiscard]] static MessageView6 inspect(ByteView message, std::uint32_t missing = 0) noexcept;
    /// A temporary container would leave the view dangling.
    template <typename Container>
        requires(!std::ranges::borrowed_range<Container>)
    static MessageView6 inspect(Container&&, std::uint32_t = 0) = delete;

    /// The first damage; without damage the first oddity (Severity::Info).
    [[nodiscard]] const Damage& damage() const noexcept { return damage_ ? damage_ : oddity_; }
    /// msg-type of the packet as sent: a relay's when it was relayed.
    [[nodiscard]] std::uint8_t outer_type() const noexcept { return outer_type_; }
    /// msg-type of the client's or server's own message, inside all relays; the relay's when there
    /// is nothing readable inside.
    [[nodiscard]] std::uint8_t type() const noexcept { return type_; }
    [[nodiscard]] std::uint32_t transaction_id() const noexcept { return transaction_id_; }
    [[nodiscard]] unsigned relays() const noexcept { return relays_; }
    /// link-address of the outermost relay, 16 bytes; empty without a relay.
    [[nodiscard]] ByteView relay_link() const noexcept { return relay_link_; }
    /// peer-address of the relay next to the client: the client's own; empty without a relay.
    [[nodiscard]] ByteView relay_peer() const noexcept { return relay_peer_; }
    /// Of the relay next to the client, whole options: RFC 6939, RFC 4649, RFC 8415 21.18, RFC
    /// 4580.
    [[nodiscard]] ByteView client_link_layer() const noexcept { return relay_options_[0]; }
    [[nodiscard]] ByteView remote_id() const noexcept { return relay_options_[1]; }
    [[nodiscard]] ByteView interface_id() const noexcept { return relay_options_[2]; }
    [[nodiscard]] ByteView subscriber_id() const noexcept { return relay_options_[3]; }

    /// All options of the innermost message, up to the first that does not fit.
    [[nodiscard]] ByteView options() const noexcept { return options_; }
    /// The first option with this code at the innermost message's own level; empty when absent (or
    /// empty itself: see has()).
    [[nodiscard]] ByteView find(std::uint16_t code) const noexcept;
    [[nodiscard]] bool has(std::uint16_t code) const noexcept;
    [[nodiscard]] BindingCursor bindings() const noexcept { return BindingCursor(options_); }
    /// Option 13 of the message, else of the first IA or address that has one; 0 when none does.
    [[nodiscard]] std::uint16_t status() const noexcept { return status_; }
    [[nodiscard]] ByteView status_text() const noexcept { return status_text_; }
    /// The Ethernet address that option 79 tells; empty when absent or another kind of link.
    [[nodiscard]] ByteView client_link_mac() const noexcept;

  private:
    friend class Inspector6;
    MessageView6() noexcept = default;

    Damage damage_;
    Damage oddity_;
    ByteView options_;
    ByteView relay_link_;
    ByteView relay_peer_;
    std::array<ByteView, 4> relay_options_;
    ByteView status_text_;
    std::uint32_t transaction_id_ = 0;
    unsigned relays_ = 0;
    std::uint16_t status_ = 0;
    std::uint8_t outer_type_ = 0;
    std::uint8_t type_ = 0;
};

}  // namespace vedette::wire::dhcp
