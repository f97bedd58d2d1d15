// Bytes of a connection cut into frames: holds what is half received, never more than one frame.
// Not thread safe.
#pragma once

#include <vector>

#include "base/bytes.hpp"
#include "wire/sensor/frame.hpp"

namespace vedette::collector {

/// Which frames a connection may bring at this moment.
enum class Trust : std::uint8_t {
    Stranger,  ///< control frames only: nobody unknown makes us hold a batch
    Known,
};

class FrameStream {
  public:
    void append(ByteView bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

    enum class Next : std::uint8_t { Whole, Partial, Broken };
    /// The frame at the front. Its payload lasts until drop() or append().
    [[nodiscard]] Next peek(Trust trust, wire::sensor::FrameHeader& header, ByteView& payload) {
        const ByteView waiting = ByteView(bytes_).subspan(start_);
        if (waiting.size() < wire::sensor::kHeaderBytes) return Next::Partial;
        const auto view = wire::sensor::inspect_header(waiting.first(wire::sensor::kHeaderBytes));
        fault_ = view.fault;
        version_ = view.header.version;
        if (!view.ok()) return Next::Broken;
        if (trust == Trust::Stranger && view.header.type == wire::sensor::FrameType::Batch)
            return Next::Broken;
        header = view.header;
        if (waiting.size() - wire::sensor::kHeaderBytes < header.payload_bytes)
            return Next::Partial;
        payload = waiting.subspan(wire::sensor::kHeaderBytes, header.payload_bytes);
        return Next::Whole;
    }
    /// Forgets the frame that peek() gave.
    void drop(const wire::sensor::FrameHeader& header) {
        start_ += wire::sensor::kHeaderBytes + header.payload_bytes;
        if (start_ == bytes_.size()) {
            bytes_.clear();
            start_ = 0;
        } else if (start_ >= kCompactBytes) {
            bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(start_));
            start_ = 0;
        }
    }
    [[nodiscard]] wire::sensor::FrameFault fault() const noexcept { return fault_; }
    /// Of the frame that peek() looked at last.
    [[nodiscard]] std::uint8_t version() const noexcept { return version_; }
    [[nodiscard]] std::size_t held() const noexcept { return bytes_.size() - start_; }

  private:
    static constexpr std::size_t kCompactBytes = 1U << 20U;

    std::vector<std::uint8_t> bytes_;
    std::size_t start_ = 0;
    wire::sensor::FrameFault fault_ = wire::sensor::FrameFault::None;
    std::uint8_t version_ = wire::sensor::kVersion;
};

/// Appends a frame to what waits to be sent.
inline void append_frame(std::vector<std::uint8_t>& out, wire::sensor::FrameHeader header,
                         ByteView payload) {
    header.payload_bytes = static_cast<std::uint32_t>(payload.size());
    const auto head = wire::sensor::write_header(header);
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), payload.begin(), payload.end());
}

}  // namespace vedette::collector
