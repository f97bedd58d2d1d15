#include "capture.hpp"

#include <algorithm>
#include <fstream>

namespace demo {
namespace {

/// Blocks of the pcapng format, little-endian: written here and not with the program's own writer,
/// so that the reader meets a file of other hands.
class Blocks {
  public:
    void number(std::uint64_t value, unsigned bytes) {
        for (unsigned i = 0; i < bytes; ++i)
            out_ += static_cast<char>(value >> (8 * i));
    }
    void padded(std::string_view bytes) {
        out_ += bytes;
        out_.append((4 - bytes.size() % 4) % 4, '\0');
    }
    void option(std::uint16_t code, std::string_view value) {
        number(code, 2);
        number(value.size(), 2);
        padded(value);
    }
    void begin(std::uint32_t type) {
        start_ = out_.size();
        number(type, 4);
        number(0, 4);
    }
    void end() {
        const std::size_t length = out_.size() - start_ + 4;
        for (unsigned i = 0; i < 4; ++i)
            out_[start_ + 4 + i] = static_cast<char>(length >> (8 * i));
        number(length, 4);
    }
    [[nodiscard]] const std::string& text() const { return out_; }

  private:
    std::string out_;
    std::size_t start_ = 0;
};

constexpr std::uint32_t kSection = 0x0a0d0d0a, kInterface = 1, kEnhancedPacket = 6;
constexpr std::uint16_t kComment = 1, kName = 2, kResolution = 9;

void append_head(Blocks& out) {
    out.begin(kSection);
    out.number(0x1a2b3c4d, 4);
    out.number(1, 2);
    out.number(0, 2);
    out.number(~std::uint64_t{0}, 8);  // section length: not told
    out.option(kComment, "Vedette demo network: generated, no real machine or person");
    out.number(0, 4);
    out.end();
    out.begin(kInterface);
    out.number(1, 2);  // Ethernet
    out.number(0, 2);
    out.number(262144, 4);
    out.option(kName, "demo0");
    out.option(kResolution, "\x09");  // nanoseconds
    out.number(0, 4);
    out.end();
}

}  // namespace

bool Capture::write(const std::string& path) {
    std::ranges::stable_sort(packets_, {}, [](const Packet& packet) { return packet.time; });
    Blocks out;
    append_head(out);
    for (const Packet& packet : packets_) {
        const auto time = static_cast<std::uint64_t>(packet.time.nanos);
        out.begin(kEnhancedPacket);
        out.number(0, 4);
        out.number(time >> 32U, 4);
        out.number(time, 4);
        out.number(packet.frame.size(), 4);
        out.number(packet.frame.size(), 4);
        out.padded(vedette::as_text(packet.frame));
        if (!packet.comment.empty()) {
            out.option(kComment, packet.comment);
            out.number(0, 4);
        }
        out.end();
    }
    std::ofstream file(path, std::ios::binary);
    file << out.text();
    file.flush();
    return file.good();
}

}  // namespace demo
