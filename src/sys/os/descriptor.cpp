#include "sys/os/descriptor.hpp"

#include <unistd.h>

namespace vedette::sys {

void Descriptor::close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace vedette::sys
