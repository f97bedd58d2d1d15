#include "sys/capture/file_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sys/capture/capture_file.hpp"
#include "sys/os/error.hpp"

namespace vedette::sys {
namespace {

constexpr std::string_view kStandardInput = "-";

/// Size of a regular file; 0 for what has none (pipes, devices).
Result<std::uint64_t> check(const std::string& path) {
    if (path == kStandardInput) return 0U;
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || ::access(path.c_str(), R_OK) != 0) {
        return fail_errno(fmt::format("cannot read {}", path));
    }
    if (S_ISDIR(status.st_mode)) {
        return fail(ErrorKind::InvalidInput, fmt::format("cannot read {}: it is a folder", path));
    }
    return S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0U;
}

Result<Descriptor> open_file(const std::string& path) {
    // Standard input stays open for whoever else uses it.
    const int fd = path == kStandardInput ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                          : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_errno(fmt::format("cannot read {}", path));
    return Descriptor(fd);
}

class FileSource final : public PacketSource {
  public:
    FileSource(std::vector<std::string> paths, std::uint64_t total_bytes)
        : paths_(std::move(paths)) {
        statistics_.file_bytes_total = total_bytes;
    }

    Result<ReadStatus> read(PacketBatch& batch) override {
        batch.clear();
        while (file_ || next_ < paths_.size()) {
            if (!file_) VEDETTE_TRY(open_next());
            Result<ReadStatus> status = file_->read(batch);
            statistics_.file_bytes_read = finished_bytes_ + file_->bytes_taken();
            if (!status || *status == ReadStatus::Idle) return status;
            if (*status == ReadStatus::Packets) {
                count(batch);
                return status;
            }
            close();
        }
        return ReadStatus::End;
    }

    SourceStatistics statistics() const noexcept override { return statistics_; }
    const std::vector<InterfaceInfo>& interfaces() const noexcept override {
        return interfaces_.list();
    }
    bool is_live() const noexcept override { return false; }
    const std::vector<std::string>& warnings() const noexcept override { return warnings_; }

  private:
    Result<void> open_next() {
        const std::string& path = paths_[next_];
        Result<Descriptor> file = open_file(path);
        if (!file) return std::unexpected(std::move(file.error()));
        ++next_;
        file_ = std::make_unique<CaptureFile>(path == kStandardInput ? "standard input" : path,
                                              make_descriptor_input(std::move(*file)), interfaces_);
        return {};
    }

    void count(const PacketBatch& batch) noexcept {
        statistics_.packets += batch.packets.size();
        for (const PacketRecord& packet : batch.packets)
            statistics_.bytes += packet.captured;
    }

    void close() {
        for (std::string& warning : file_->take_warnings())
            warnings_.push_back(std::move(warning));
        finished_bytes_ += file_->bytes_taken();
        file_.reset();
    }

    std::vector<std::string> paths_;
    std::size_t next_ = 0;
    InterfaceTable interfaces_;
    std::unique_ptr<CaptureFile> file_;
    std::uint64_t finished_bytes_ = 0;
    SourceStatistics statistics_;
    std::vector<std::string> warnings_;
};

}  // namespace

Result<std::unique_ptr<PacketSource>> make_file_source(std::vector<std::string> paths) {
    std::uint64_t total = 0;
    bool known = true;
    for (const std::string& path : paths) {
        const Result<std::uint64_t> bytes = check(path);
        if (!bytes) return std::unexpected(bytes.error());
        known = known && *bytes > 0;
        total += *bytes;
    }
    return std::make_unique<FileSource>(std::move(paths), known ? total : 0);
}

}  // namespace vedette::sys
