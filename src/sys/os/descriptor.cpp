#include "sys/os/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace vedette::sys {

void Descriptor::close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Descriptor Descriptor::duplicate() const noexcept {
    return Descriptor(::fcntl(fd_, F_DUPFD_CLOEXEC, 0));
}

}  // namespace vedette::sys
