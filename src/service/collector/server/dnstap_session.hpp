// The log server's side of a dnstap connection: Frame Streams with or without the handshake of its
// bidirectional form, queries and responses paired, batches handed on. There are no
// acknowledgements in the protocol: what the producer has sent is ours.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "decode/dnstap_messages.hpp"
#include "service/collector/server/sensor_session.hpp"
#include "service/collector/server/session.hpp"
#include "wire/dnstap/frame_streams.hpp"

namespace vedette::collector {

class DnstapSession final : public Session {
  public:
    explicit DnstapSession(Intake& intake);
    ~DnstapSession() override;

    Verdict receive(ByteView bytes, const Peer& peer, std::vector<std::uint8_t>& out) override;
    Verdict resume(std::vector<std::uint8_t>& out) override;
    Verdict tick(Timestamp now, std::vector<std::uint8_t>& out) override;
    bool established() const noexcept override { return started_; }
    /// A name server may have nothing to tell for hours; TCP's keepalive finds the dead ones.
    Duration patience() const noexcept override { return {}; }
    void end(Timestamp now) override;

  private:
    [[nodiscard]] Verdict work(std::vector<std::uint8_t>& out);
    [[nodiscard]] Verdict take(const wire::dnstap::FrameView& frame,
                               std::vector<std::uint8_t>& out);
    [[nodiscard]] Verdict control(const wire::dnstap::FrameView& frame,
                                  std::vector<std::uint8_t>& out);
    [[nodiscard]] bool hand_over(Duration patience);
    void name_batch();

    Intake& intake_;
    decode::DnstapMessages messages_;
    std::unique_ptr<EventBatch> batch_;
    std::vector<std::uint8_t> bytes_;
    std::size_t start_ = 0;
    bool started_ = false;
    bool waiting_ = false;  // batch_ found no room
};

}  // namespace vedette::collector
