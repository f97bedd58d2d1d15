// Opens the Initial packets of QUIC clients. Their keys follow from the connection id that the
// packet itself carries (RFC 9001 5.2), so that anybody on the path may read the ClientHello in
// them: they are sealed against accidents, not against readers. OpenSSL is seen only in the source.
// One thread.
#pragma once

#include <memory>
#include <optional>

#include "base/bytes.hpp"
#include "wire/quic/initial.hpp"

namespace vedette::decode {

class QuicOpener {
  public:
    QuicOpener();
    ~QuicOpener();
    QuicOpener(const QuicOpener&) = delete;
    QuicOpener& operator=(const QuicOpener&) = delete;

    /// The frames in the packet at the front of `datagram`, which `view` is of; nothing when it is
    /// not sealed with a client's first keys, or its version is not known. They last until the next
    /// call.
    [[nodiscard]] std::optional<ByteView> open(const wire::quic::InitialView& view,
                                               ByteView datagram);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace vedette::decode
