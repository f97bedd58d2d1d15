#include "sys/file/append_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "sys/os/error.hpp"

namespace vedette::sys {

Error system_error(std::string_view what, std::string_view path, int error_number) {
    return os_error(error_number, fmt::format("{}: {}", what, path));
}

AppendFile::AppendFile(int descriptor, std::string path, std::uint64_t size) noexcept
    : descriptor_(descriptor), path_(std::move(path)), size_(size) {}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      size_(other.size_) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
    if (this != &other) {
        close();
        descriptor_ = std::exchange(other.descriptor_, -1);
        path_ = std::move(other.path_);
        size_ = other.size_;
    }
    return *this;
}

AppendFile::~AppendFile() {
    close();
}

void AppendFile::close() noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

Result<AppendFile> AppendFile::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (descriptor < 0) return std::unexpected(system_error("cannot open log file", path, errno));
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) {
        const int error_number = errno;
        ::close(descriptor);
        return std::unexpected(system_error("cannot read size of", path, error_number));
    }
    return AppendFile(descriptor, path, static_cast<std::uint64_t>(status.st_size));
}

Result<void> AppendFile::append(std::string_view bytes) {
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(descriptor_, bytes.data() + written, bytes.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            const int error_number = count == 0 ? ENOSPC : errno;
            // Take the part back; failing that, the next reader sees one cut record.
            if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) size_ += written;
            return std::unexpected(system_error("cannot write", path_, error_number));
        }
        written += static_cast<std::size_t>(count);
    }
    size_ += written;
    return {};
}

Result<void> AppendFile::sync() {
    if (::fdatasync(descriptor_) != 0) {
        return std::unexpected(system_error("cannot sync", path_, errno));
    }
    return {};
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FileLock> FileLock::acquire(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (descriptor < 0) return std::unexpected(system_error("cannot open lock", path, errno));
    FileLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return std::unexpected(system_error("cannot lock", path, errno));
        }
        std::array<char, 32> holder{};
        const ssize_t count = ::pread(descriptor, holder.data(), holder.size() - 1, 0);
        return fail(ErrorKind::Busy, fmt::format("{} is in use by another writer{}{}", path,
                                                 count > 0 ? ", process " : "", holder.data()));
    }
    const std::string own = fmt::format("{}", ::getpid());
    const bool told =
        ::ftruncate(descriptor, 0) == 0 &&
        ::pwrite(descriptor, own.data(), own.size(), 0) == static_cast<ssize_t>(own.size());
    if (!told) return std::unexpected(system_error("cannot write lock", path, errno));
    return lock;
}

}  // namespace vedette::sys
