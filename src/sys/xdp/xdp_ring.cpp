#include "sys/xdp/xdp_ring.hpp"

#include <sys/mman.h>

#include <utility>

#include "sys/os/error.hpp"

namespace vedette::sys {

Result<RingMemory> RingMemory::map(const Descriptor& socket, const xdp_ring_offset& offsets,
                                   std::size_t entries_bytes, std::uint64_t place) {
    RingMemory memory;
    memory.bytes_ = static_cast<std::size_t>(offsets.desc) + entries_bytes;
    void* const start = ::mmap(nullptr, memory.bytes_, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_POPULATE, socket.get(), static_cast<off_t>(place));
    if (start == MAP_FAILED) return fail_errno("cannot map a ring of AF_XDP");
    memory.start_ = static_cast<std::uint8_t*>(start);
    return memory;
}

RingMemory::RingMemory(RingMemory&& other) noexcept
    : start_(std::exchange(other.start_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

RingMemory& RingMemory::operator=(RingMemory&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

RingMemory::~RingMemory() {
    if (start_ != nullptr) ::munmap(start_, bytes_);
}

}  // namespace vedette::sys
