#include "sys/capture/pcapng_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sys/capture/pcapng_time.hpp"
#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr std::size_t kMaxComment = 4'096;
constexpr std::uint32_t kMaxPacketBytes = 256U << 10U;  // what every reader accepts

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kOptionInterfaceName = 2;
constexpr std::uint16_t kOptionApplication = 4;
constexpr std::uint16_t kOptionResolution = 9;

}  // namespace

Result<PcapngWriter> PcapngWriter::create(const std::string& path) {
    const int fd = path == "-"
                       ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                       : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0) return fail_errno(fmt::format("cannot write {}", path));
    PcapngWriter writer(Descriptor(fd), path);
    const std::size_t start = writer.begin_block(kSectionHeader);
    writer.put(0x1a2b3c4d, 4);
    writer.put(1, 2);
    writer.put(0, 2);
    writer.put(~std::uint64_t{0}, 8);  // section length: not known
    writer.put_option(kOptionApplication, "Vedette");
    writer.put(0, 4);
    writer.end_block(start);
    return writer;
}

PcapngWriter::~PcapngWriter() {
    if (file_.open()) (void)flush();
}

Result<void> PcapngWriter::write(const PacketRecord& packet, std::string_view interface_name,
                                 std::string_view comment) {
    const std::uint32_t interface = interface_block(packet, interface_name);
    const auto nanos =
        static_cast<std::uint64_t>(std::clamp<std::int64_t>(packet.time.nanos, 0, kMaxTimeNanos));
    const std::uint32_t captured = std::min(packet.captured, kMaxPacketBytes);
    const std::size_t start = begin_block(kEnhancedPacket);
    put(interface, 4);
    put(nanos >> 32U, 4);
    put(nanos & 0xffffffffU, 4);
    put(captured, 4);
    put(packet.original, 4);
    put_padded(as_text(packet.bytes().first(captured)));
    if (!comment.empty()) {
        put_option(kOptionComment, comment.substr(0, kMaxComment));
        put(0, 4);
    }
    end_block(start);
    return buffer_.size() < kBufferBytes ? Result<void>{} : flush();
}

std::uint32_t PcapngWriter::interface_block(const PacketRecord& packet, std::string_view name) {
    const auto known = std::ranges::find_if(interfaces_, [&packet](const Interface& interface) {
        return interface.number == packet.interface && interface.link_type == packet.link_type;
    });
    if (known != interfaces_.end()) {
        return static_cast<std::uint32_t>(known - interfaces_.begin());
    }
    const std::size_t start = begin_block(kInterfaceDescription);
    put(packet.link_type, 2);
    put(0, 2);
    put(0, 4);  // no snap length
    if (!name.empty()) put_option(kOptionInterfaceName, name);
    put_option(kOptionResolution, "\x09");
    put(0, 4);
    end_block(start);
    interfaces_.push_back({packet.interface, packet.link_type});
    return static_cast<std::uint32_t>(interfaces_.size() - 1);
}

Result<void> PcapngWriter::flush() {
    std::size_t done = 0;
    while (done < buffer_.size()) {
        const ssize_t wrote = ::write(file_.get(), buffer_.data() + done, buffer_.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) {
            const Error error = os_error(errno, fmt::format("cannot write {}", path_));
            // Only a regular file can forget the part that was written; a pipe's reader sees a cut.
            if (done > 0 && ::ftruncate(file_.get(), static_cast<off_t>(written_)) != 0) {
                // The write's own error says enough.
            }
            (void)::lseek(file_.get(), static_cast<off_t>(written_), SEEK_SET);
            buffer_.clear();
            return std::unexpected(error);
        }
        done += static_cast<std::size_t>(wrote);
    }
    written_ += buffer_.size();
    buffer_.clear();
    return {};
}

std::size_t PcapngWriter::begin_block(std::uint32_t type) {
    const std::size_t start = buffer_.size();
    put(type, 4);
    put(0, 4);
    return start;
}

void PcapngWriter::end_block(std::size_t start) {
    const auto length = static_cast<std::uint32_t>(buffer_.size() - start + 4);
    put(length, 4);
    for (unsigned i = 0; i < 4; ++i)
        buffer_[start + 4 + i] = static_cast<char>(length >> 8U * i);
}

void PcapngWriter::put(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i)
        buffer_.push_back(static_cast<char>(value >> 8U * i));
}

void PcapngWriter::put_option(std::uint16_t code, std::string_view value) {
    put(code, 2);
    put(value.size(), 2);
    put_padded(value);
}

void PcapngWriter::put_padded(std::string_view bytes) {
    buffer_.append(bytes);
    buffer_.append((4 - bytes.size() % 4) % 4, '\0');
}

}  // namespace vedette::sys
