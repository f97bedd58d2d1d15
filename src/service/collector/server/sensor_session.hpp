// The server's side of a sensor's connection: who it is, its batches, and what is acknowledged.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipeline/batch_queue.hpp"
#include "service/collector/link/frame_stream.hpp"
#include "service/collector/server/sensor_board.hpp"
#include "service/collector/server/session.hpp"
#include "service/collector/server/stream_book.hpp"
#include "service/collector/server/tokens.hpp"
#include "store/batch_codec/batch_codec.hpp"

namespace vedette::collector {

/// What all sessions share; outlives them.
struct Intake {
    pipeline::BatchQueue& queue;
    StreamBook& book;
    SensorBoard& board;
    CollectorCounters& counters;
    /// None: a certificate, or on loopback the word of the peer.
    const TokenHolder* tokens = nullptr;
    store::BatchDecompressor decompressor = {};
    std::vector<std::uint8_t> plain = {};  ///< reused by whoever decodes
};

/// How a peer proves who it is.
enum class Proof : std::uint8_t {
    Needed,  ///< a certificate or a token
    Waived,  ///< on a listener that was opened without
};

class SensorSession final : public Session {
  public:
    SensorSession(Intake& intake, Proof proof);
    ~SensorSession() override;

    Verdict receive(ByteView bytes, const Peer& peer, std::vector<std::uint8_t>& out) override;
    Verdict resume(std::vector<std::uint8_t>& out) override;
    Verdict tick(Timestamp now, std::vector<std::uint8_t>& out) override;
    bool established() const noexcept override { return known_; }
    Duration patience() const noexcept override;
    void end(Timestamp now) override;

  private:
    [[nodiscard]] Verdict work(std::vector<std::uint8_t>& out);
    [[nodiscard]] Verdict refuse_bytes(std::vector<std::uint8_t>& out);
    void reply(std::vector<std::uint8_t>& out, wire::sensor::FrameHeader header,
               ByteView payload = {}) const;
    [[nodiscard]] Verdict take(const wire::sensor::FrameHeader& header, ByteView payload,
                               std::vector<std::uint8_t>& out);
    [[nodiscard]] Verdict greet(ByteView payload, std::vector<std::uint8_t>& out);
    [[nodiscard]] std::string identify(const wire::sensor::HelloView& hello) const;
    [[nodiscard]] Verdict take_batch(const wire::sensor::FrameHeader& header, ByteView payload,
                                     std::vector<std::uint8_t>& out);
    [[nodiscard]] bool decode(const wire::sensor::FrameHeader& header, ByteView payload);
    [[nodiscard]] bool hand_over();
    void acknowledge(std::vector<std::uint8_t>& out, Timestamp now);

    Intake& intake_;
    const Proof proof_;
    const Peer* peer_ = nullptr;  // during receive()
    FrameStream frames_;
    bool known_ = false;
    std::uint8_t version_ = wire::sensor::kVersion;  // of the peer's Hello
    StreamKey key_;
    std::uint64_t age_ = 0;     // of the book when the session began
    std::uint64_t ticket_ = 0;  // of the board: a newer connection of the sensor replaces this one
    std::uint64_t acknowledged_ = 0;
    std::unique_ptr<EventBatch> batch_;
    bool waiting_ = false;  // batch_ found no room
    Timestamp sent_;        // by the sensor's clock, of the newest batch
};

}  // namespace vedette::collector
