#include "service/collector/link/spool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "sys/os/error.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::collector {
namespace {

namespace frames = wire::sensor;
using frames::FrameHeader;
using frames::kHeaderBytes;

constexpr std::string_view kSuffix = ".spool";
/// Counters file: stream id, events kept, events dropped, acknowledged; numbers big-endian.
constexpr std::size_t kCountersBytes = frames::kStreamIdBytes + 3 * sizeof(std::uint64_t);

std::string file_name(const std::string& folder, std::uint64_t first) {
    return fmt::format("{}/{:020}{}", folder, first, kSuffix);
}

/// The first sequence of a spool file by its name.
std::optional<std::uint64_t> first_of(std::string_view name) noexcept {
    if (!name.ends_with(kSuffix)) return std::nullopt;
    name.remove_suffix(kSuffix.size());
    std::uint64_t first = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first);
    if (error != std::errc() || end != name.data() + name.size() || first == 0) return std::nullopt;
    return first;
}

/// Reads exactly `into`; false at the end of the file or on failure.
bool read_at(int descriptor, std::span<std::uint8_t> into, std::uint64_t offset) noexcept {
    std::size_t done = 0;
    while (done < into.size()) {
        const ssize_t count = pread(descriptor, into.data() + done, into.size() - done,
                                    static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        done += static_cast<std::size_t>(count);
    }
    return true;
}

/// The header of the frame at `offset`, when it is a whole batch within `end`.
std::optional<FrameHeader> frame_at(int descriptor, std::uint64_t offset,
                                    std::uint64_t end) noexcept {
    std::array<std::uint8_t, kHeaderBytes> bytes{};
    if (end - offset < kHeaderBytes || !read_at(descriptor, bytes, offset)) return std::nullopt;
    const frames::HeaderView view = frames::inspect_header(bytes);
    if (!view.ok() || view.header.type != frames::FrameType::Batch) return std::nullopt;
    if (end - offset - kHeaderBytes < view.header.payload_bytes) return std::nullopt;
    return view.header;
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(const std::string& folder, SpoolLimits limits) {
    if (mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
        return sys::fail_errno("cannot make the spool folder " + folder);
    auto lock = sys::FileLock::acquire(folder + "/lock");
    if (!lock) return fail(std::move(lock).error(), "spool " + folder);
    auto spool = std::make_unique<Spool>(Key{}, folder, limits, std::move(*lock));
    VEDETTE_TRY(spool->load_counters());
    if (Result<void> done = spool->load(); !done)
        return fail(std::move(done).error(), "spool " + folder);
    return spool;
}

Result<void> Spool::load_counters() {
    const std::string path = folder_ + "/counters";
    counters_ = sys::Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!counters_.open()) return sys::fail_errno("cannot open " + path);
    std::array<std::uint8_t, kCountersBytes> bytes{};
    if (!read_at(counters_.get(), bytes, 0)) {
        if (getrandom(stream_.data(), stream_.size(), 0) != static_cast<ssize_t>(stream_.size()))
            return sys::fail_errno("cannot draw a stream id");
        save_counters();
        return {};
    }
    wire::Reader reader{ByteView(bytes)};
    std::ranges::copy(reader.bytes(stream_.size()), stream_.begin());
    state_.events = reader.u64();
    state_.dropped_events = reader.u64();
    state_.acknowledged = reader.u64();
    return {};
}

void Spool::save_counters() noexcept {
    std::array<std::uint8_t, kCountersBytes> bytes{};
    std::ranges::copy(stream_, bytes.begin());
    std::size_t at = stream_.size();
    for (const std::uint64_t value : {state_.events, state_.dropped_events, state_.acknowledged}) {
        for (unsigned i = 0; i < 8; ++i)
            bytes[at++] = static_cast<std::uint8_t>(value >> (56U - 8U * i));
    }
    // Overwriting in place needs no room, so it works on a full disk too; failing, the numbers are
    // those of before.
    (void)!pwrite(counters_.get(), bytes.data(), bytes.size(), 0);
}

Result<void> Spool::load() {
    const std::unique_ptr<DIR, decltype([](DIR* d) { closedir(d); })> folder(
        opendir(folder_.c_str()));
    if (!folder) return sys::fail_errno("cannot read it");
    std::vector<std::uint64_t> firsts;
    while (const dirent* const entry = readdir(folder.get())) {
        if (const auto first = first_of(entry->d_name)) firsts.push_back(*first);
    }
    std::ranges::sort(firsts);
    for (const std::uint64_t first : firsts)
        VEDETTE_TRY(load_file(file_name(folder_, first), first));
    state_.next_sequence =
        std::max(files_.empty() ? 1 : files_.back()->next, state_.acknowledged + 1);
    if (files_.empty() || files_.back()->next != state_.next_sequence) return begin_file();
    return {};
}

/// Walks over the frames; what does not look like the next one ends the file.
Result<void> Spool::load_file(const std::string& path, std::uint64_t first) {
    auto file = std::make_shared<File>();
    file->path = path;
    file->first = file->next = first;
    file->descriptor = sys::Descriptor(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
    struct stat status{};
    if (!file->descriptor.open() || fstat(file->descriptor.get(), &status) != 0)
        return sys::fail_errno("cannot open " + path);
    const auto end = static_cast<std::uint64_t>(status.st_size);
    while (const auto header = frame_at(file->descriptor.get(), file->bytes, end)) {
        if (header->sequence != file->next) break;
        ++file->next;
        file->bytes += kHeaderBytes + header->payload_bytes;
    }
    if (file->bytes != end &&
        ftruncate(file->descriptor.get(), static_cast<off_t>(file->bytes)) != 0)
        return sys::fail_errno("cannot mend " + path);
    state_.bytes += file->bytes;
    files_.push_back(std::move(file));
    return {};
}

Result<void> Spool::begin_file() {
    auto file = std::make_shared<File>();
    file->first = file->next = state_.next_sequence;
    file->path = file_name(folder_, file->first);
    file->descriptor =
        sys::Descriptor(::open(file->path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    if (!file->descriptor.open()) return sys::fail_errno("cannot make " + file->path);
    files_.push_back(std::move(file));
    return {};
}

/// All of it or nothing.
bool Spool::write_frame(const FrameHeader& header, ByteView payload) {
    File& file = *files_.back();
    auto head = frames::write_header(header);
    std::size_t done = 0;
    const std::size_t total = head.size() + payload.size();
    while (done < total) {
        const std::size_t head_done = std::min(done, head.size());
        const std::size_t body_done = done - head_done;
        const std::array<iovec, 2> parts{
            {{head.data() + head_done, head.size() - head_done},
             {const_cast<std::uint8_t*>(payload.data()) + body_done, payload.size() - body_done}}};
        const ssize_t count = writev(file.descriptor.get(), parts.data(), parts.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            (void)!ftruncate(file.descriptor.get(), static_cast<off_t>(file.bytes));
            return false;
        }
        done += static_cast<std::size_t>(count);
    }
    return true;
}

Spool::Appended Spool::append(ByteView payload, std::uint32_t batch_bytes, Timestamp now,
                              std::uint64_t events) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t size = kHeaderBytes + payload.size();
    const bool room = state_.bytes + size <= limits_.bytes;
    const bool fresh =
        files_.back()->bytes != 0 && files_.back()->bytes + size > limits_.file_bytes;
    const FrameHeader header{.type = frames::FrameType::Batch,
                             .payload_bytes = static_cast<std::uint32_t>(payload.size()),
                             .batch_bytes = batch_bytes,
                             .sequence = state_.next_sequence,
                             .time = now};
    const bool ready = room && (!fresh || begin_file().has_value());
    if (!ready || !write_frame(header, payload)) {
        state_.dropped_events += events;
        save_counters();
        return Appended::Full;
    }
    File& file = *files_.back();
    file.bytes += size;
    ++file.next;
    ++state_.next_sequence;
    state_.bytes += size;
    state_.events += events;
    save_counters();
    return Appended::Kept;
}

std::shared_ptr<Spool::File> Spool::file_of(std::uint64_t sequence) const {
    for (const auto& file : files_) {
        if (sequence < file->next) return file;
    }
    return nullptr;
}

Result<bool> Spool::read(std::uint64_t sequence, std::vector<std::uint8_t>& frame) {
    std::uint64_t end = 0;
    {
        const std::lock_guard lock(mutex_);
        auto file = file_of(sequence);
        if (!file) return false;
        sequence = std::max(sequence, file->first);
        if (file != reading_ || reading_next_ > sequence) {
            reading_ = std::move(file);
            reading_next_ = reading_->first;
            reading_offset_ = 0;
        }
        end = reading_->bytes;
    }
    for (;;) {
        const auto header = frame_at(reading_->descriptor.get(), reading_offset_, end);
        if (!header || header->sequence != reading_next_)
            return fail(ErrorKind::Failed, reading_->path + " was changed by somebody else");
        const std::uint64_t size = kHeaderBytes + header->payload_bytes;
        const std::uint64_t at = reading_offset_;
        reading_offset_ += size;
        if (reading_next_++ < sequence) continue;
        frame.resize(size);
        if (!read_at(reading_->descriptor.get(), frame, at))
            return sys::fail_errno("cannot read " + reading_->path);
        return true;
    }
}

void Spool::acknowledge(std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    state_.acknowledged = std::max(state_.acknowledged, sequence);
    // A server that knows of more than there is here has seen another life of this folder.
    state_.next_sequence = std::max(state_.next_sequence, sequence + 1);
    const auto done = [&](const File& file) { return file.next <= state_.acknowledged + 1; };
    bool gone = false;
    while (files_.size() > 1 && done(*files_.front())) {
        state_.bytes -= files_.front()->bytes;
        (void)unlink(files_.front()->path.c_str());
        files_.pop_front();
        gone = true;
    }
    // The last file is emptied too, so that a small spool has room again.
    File& last = *files_.back();
    const bool numbering = last.next != state_.next_sequence;
    if (done(last) && (numbering || last.bytes > limits_.file_bytes / 4)) {
        if (begin_file()) {
            state_.bytes -= files_.front()->bytes;
            (void)unlink(files_.front()->path.c_str());
            files_.pop_front();
            gone = true;
        }
    }
    if (gone) save_counters();
}

SpoolState Spool::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

}  // namespace vedette::collector
