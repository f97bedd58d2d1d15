// A file that only grows, by whole records: a write either lands entirely or leaves the file as it
// was, so a full disk never leaves half a line behind. Not thread safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vedette::sys {

class AppendFile {
  public:
    /// Opens or creates `path` (mode 0640). The parent folder must exist.
    [[nodiscard]] static Result<AppendFile> open(const std::string& path);

    AppendFile(AppendFile&& other) noexcept;
    AppendFile& operator=(AppendFile&& other) noexcept;
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;
    ~AppendFile();

    /// All of `bytes` or nothing. NoSpace when the disk (or a quota, or a size limit) is full.
    [[nodiscard]] Result<void> append(std::string_view bytes);
    /// Forces what was appended to the disk.
    [[nodiscard]] Result<void> sync();
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    AppendFile(int descriptor, std::string path, std::uint64_t size) noexcept;
    void close() noexcept;

    int descriptor_ = -1;
    std::string path_;
    std::uint64_t size_ = 0;
};

/// An exclusive advisory lock held as long as the object lives; tells who else holds it. The lock
/// ends with the process, however it ends.
class FileLock {
  public:
    /// Busy, naming the holder's process id, when somebody else has it.
    [[nodiscard]] static Result<FileLock> acquire(const std::string& path);

    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int descriptor) noexcept : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

/// The Error for `errno`: "<what>: <path>: <system's words>", with the kind that fits.
[[nodiscard]] Error system_error(std::string_view what, std::string_view path, int error_number);

}  // namespace vedette::sys
