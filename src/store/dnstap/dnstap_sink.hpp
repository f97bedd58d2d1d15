// Everything that was seen as a dnstap stream: into a file, or to a reader on a unix or TCP socket
// (with the handshake of bidirectional Frame Streams). A reader that is away or slow costs frames,
// counted; it never holds up the storage thread for longer than a connection attempt on loopback.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "pipeline/sinks.hpp"
#include "store/dnstap/dnstap_encoder.hpp"

namespace vedette::store {

class DnstapSink final : public pipeline::EventSink {
  public:
    /// `place` is a file's path, "unix:PATH" or "tcp://HOST:PORT". A file is created or emptied.
    [[nodiscard]] static Result<std::unique_ptr<DnstapSink>> open(const std::string& place,
                                                                  DnstapIdentity identity);
    ~DnstapSink() override;
    DnstapSink(const DnstapSink&) = delete;
    DnstapSink& operator=(const DnstapSink&) = delete;

    [[nodiscard]] std::string_view name() const noexcept override { return "dnstap"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override;
    [[nodiscard]] std::uint64_t lost() const noexcept override { return lost_; }

    /// Where frames go.
    class Target;
    class Key {
        friend class DnstapSink;
        Key() = default;
    };
    DnstapSink(Key, std::unique_ptr<Target> target, DnstapIdentity identity);

  private:
    std::unique_ptr<Target> target_;
    DnstapEncoder encoder_;
    std::vector<std::uint8_t> frames_;
    std::uint64_t pending_ = 0;  // events whose frames are in frames_
    std::uint64_t lost_ = 0;
};

}  // namespace vedette::store
