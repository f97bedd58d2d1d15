#include "sys/os/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace vedette::sys {
namespace {

ErrorKind kind_of(int code) noexcept {
    switch (code) {
        case EACCES:
        case EPERM:
        case EROFS:
            return ErrorKind::Permission;
        case ENOENT:
        case ENOTDIR:
        case ENODEV:
        case ENXIO:
            return ErrorKind::NotFound;
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return ErrorKind::NoSpace;
        case EBUSY:
        case EAGAIN:
        case EADDRINUSE:
            return ErrorKind::Busy;
        case EISDIR:
        case EINVAL:
            return ErrorKind::InvalidInput;
        case ECONNREFUSED:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ETIMEDOUT:
            return ErrorKind::Unavailable;
        default:
            return ErrorKind::Failed;
    }
}

}  // namespace

Error os_error(int code, std::string_view what) {
    return {kind_of(code), fmt::format("{}: {}", what, std::generic_category().message(code))};
}

std::unexpected<Error> fail_errno(std::string_view what) {
    return std::unexpected(os_error(errno, what));
}

}  // namespace vedette::sys
