#include "captures/anonymize/checksum.hpp"

#include <bit>
#include <cstring>

namespace vedette::captures {
namespace {

/// The ones' complement sum does not care for byte order, so words are added as they lie in memory.
std::uint64_t add(std::uint64_t sum, ByteView bytes) noexcept {
    std::size_t at = 0;
    for (; bytes.size() - at >= 4; at += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes.data() + at, 4);
        sum += word;
    }
    std::uint32_t tail = 0;
    if (at < bytes.size()) std::memcpy(&tail, bytes.data() + at, bytes.size() - at);
    return sum + tail;
}

std::uint16_t fold(std::uint64_t sum) noexcept {
    while (sum >> 16U != 0)
        sum = (sum >> 16U) + (sum & 0xffffU);
    const auto folded = static_cast<std::uint16_t>(sum);
    return std::endian::native == std::endian::little ? std::byteswap(folded) : folded;
}

std::uint64_t pseudo_header(const ChecksumJob& job, bool renewed) noexcept {
    if (job.ends.size == 0) return 0;
    const Endpoints& ends = job.ends;
    std::uint64_t sum = 0;
    sum = add(sum, ByteView(renewed ? ends.new_source : ends.source).first(ends.size));
    sum = add(sum, ByteView(renewed ? ends.new_destination : ends.destination).first(ends.size));
    const std::array<std::uint8_t, 8> rest{static_cast<std::uint8_t>(job.length >> 24U),
                                           static_cast<std::uint8_t>(job.length >> 16U),
                                           static_cast<std::uint8_t>(job.length >> 8U),
                                           static_cast<std::uint8_t>(job.length),
                                           0,
                                           0,
                                           0,
                                           job.protocol};
    return add(sum, rest);
}

}  // namespace

void judge(ChecksumJob& job, ByteView original) noexcept {
    if (std::uint64_t{job.begin} + job.length > original.size()) return;
    const std::uint64_t sum =
        add(pseudo_header(job, false), original.subspan(job.begin, job.length));
    job.state = fold(sum) == 0xffff ? ChecksumJob::State::Right : ChecksumJob::State::Wrong;
}

void mend(std::span<const ChecksumJob> jobs, std::span<std::uint8_t> bytes) noexcept {
    for (std::size_t i = jobs.size(); i-- > 0;) {
        const ChecksumJob& job = jobs[i];
        std::uint8_t* const field = bytes.data() + job.field;
        field[0] = field[1] = 0;
        if (job.state == ChecksumJob::State::Unknown) continue;
        const ByteView covered = ByteView(bytes).subspan(job.begin, job.length);
        auto value = static_cast<std::uint16_t>(~fold(add(pseudo_header(job, true), covered)));
        if (job.state == ChecksumJob::State::Wrong) {
            // Neither right nor, as 0000 and ffff are, another way to write what is right.
            const auto wrong = static_cast<std::uint16_t>(value ^ 0x00ffU);
            value = wrong == 0 || wrong == 0xffff ? 0x5a5a : wrong;
        }
        if (value == 0 && job.zero_is_none) value = 0xffff;
        field[0] = static_cast<std::uint8_t>(value >> 8U);
        field[1] = static_cast<std::uint8_t>(value);
    }
}

}  // namespace vedette::captures
