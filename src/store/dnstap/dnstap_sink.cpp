#include "store/dnstap/dnstap_sink.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "sys/net/sockets.hpp"
#include "sys/net/stream.hpp"
#include "sys/os/error.hpp"
#include "wire/dnstap/frame_streams.hpp"

namespace vedette::store {
namespace {

namespace dnstap = wire::dnstap;
using SteadyClock = std::chrono::steady_clock;

/// Frames gather up to here before they are written.
constexpr std::size_t kWriteBytes = 256U << 10U;
/// What may wait for a reader that is slow.
constexpr std::size_t kMaxUnsent = 16U << 20U;
constexpr std::uint16_t kDefaultPort = 6'000;
constexpr auto kRetry = std::chrono::seconds(5);
const Duration kConnectPatience = Duration::seconds(1);
const Duration kHandshakePatience = Duration::seconds(2);
const Duration kLastPatience = Duration::seconds(2);

using Bytes = std::vector<std::uint8_t>;

void append_control(Bytes& out, dnstap::Control control) {
    std::array<std::uint8_t, dnstap::kControlFrameBytes> buffer{};
    const ByteView bytes = dnstap::write_control(control, buffer);
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace

class DnstapSink::Target {
  public:
    virtual ~Target() = default;
    /// All of `frames` or nothing of it; false when it was not taken.
    [[nodiscard]] virtual Result<bool> write(ByteView frames) = 0;
    [[nodiscard]] virtual Result<void> flush() = 0;
    virtual void close() = 0;
};

namespace {

class FileTarget final : public DnstapSink::Target {
  public:
    FileTarget(sys::Descriptor file, std::string path)
        : file_(std::move(file)), path_(std::move(path)) {}

    Result<void> start() {
        Bytes bytes;
        append_control(bytes, dnstap::Control::Start);
        const auto done = write(bytes);
        if (!done) return std::unexpected(done.error());
        if (!*done) return fail(ErrorKind::NoSpace, "cannot write " + path_);
        return {};
    }
    Result<bool> write(ByteView frames) override {
        std::size_t done = 0;
        while (done < frames.size()) {
            const ssize_t count = ::write(file_.get(), frames.data() + done, frames.size() - done);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0 && errno != ENOSPC && errno != EDQUOT)
                return sys::fail_errno("cannot write " + path_);
            if (count <= 0) {
                // Half a frame would end the file for every reader.
                if (::ftruncate(file_.get(), static_cast<off_t>(size_)) == 0)
                    (void)::lseek(file_.get(), static_cast<off_t>(size_), SEEK_SET);
                return false;
            }
            done += static_cast<std::size_t>(count);
        }
        size_ += frames.size();
        return true;
    }
    Result<void> flush() override { return {}; }
    void close() override {
        Bytes bytes;
        append_control(bytes, dnstap::Control::Stop);
        (void)write(bytes);
    }

  private:
    sys::Descriptor file_;
    std::string path_;
    std::uint64_t size_ = 0;
};

class SocketTarget final : public DnstapSink::Target {
  public:
    explicit SocketTarget(std::string path) : path_(std::move(path)) {}
    explicit SocketTarget(sys::HostPort host) : host_(std::move(host)) {}

    Result<bool> write(ByteView frames) override {
        if (!stream_ && !connect()) return false;
        if (out_.size() - sent_ + frames.size() > kMaxUnsent) {
            send();
            if (out_.size() - sent_ + frames.size() > kMaxUnsent) return false;
        }
        out_.insert(out_.end(), frames.begin(), frames.end());
        send();
        return true;
    }
    Result<void> flush() override {
        send();
        return {};
    }
    void close() override {
        if (!stream_) return;
        append_control(out_, dnstap::Control::Stop);
        const auto until = SteadyClock::now() + std::chrono::nanoseconds(kLastPatience.nanos);
        while (stream_ && sent_ < out_.size() && SteadyClock::now() < until) {
            send();
            if (stream_ && sent_ < out_.size())
                (void)sys::wait_for(socket_.get(), sys::Ready::Writable, Duration::millis(100));
        }
        // The reader says FINISH when it has everything.
        if (stream_) (void)await(dnstap::Control::Finish);
    }

  private:
    [[nodiscard]] bool connect() {
        if (SteadyClock::now() < retry_at_) return false;
        retry_at_ = SteadyClock::now() + kRetry;
        auto socket =
            path_.empty() ? sys::connect_tcp(host_, kConnectPatience) : sys::connect_unix(path_);
        if (!socket) return false;
        socket_ = std::move(*socket);
        stream_ = sys::make_plain_stream(socket_.get());
        out_.clear();
        sent_ = 0;
        received_.clear();
        append_control(out_, dnstap::Control::Ready);
        send();
        if (!stream_ || !await(dnstap::Control::Accept)) {
            stream_.reset();
            return false;
        }
        append_control(out_, dnstap::Control::Start);
        return true;
    }
    /// Waits for a control frame; anything else breaks the protocol.
    [[nodiscard]] bool await(dnstap::Control wanted) {
        std::array<std::uint8_t, 1'024> buffer{};
        for (;;) {
            const auto frame = dnstap::inspect_frame(received_);
            if (frame.kind == dnstap::FrameKind::Control) {
                const bool good = frame.control == wanted && frame.speaks_dnstap;
                received_.erase(received_.begin(),
                                received_.begin() + static_cast<std::ptrdiff_t>(frame.size));
                return good;
            }
            if (frame.kind != dnstap::FrameKind::Partial) return false;
            const auto got = stream_->read(buffer);
            if (got.status == sys::IoStatus::Closed) return false;
            if (got.status == sys::IoStatus::Done)
                received_.insert(received_.end(), buffer.begin(),
                                 buffer.begin() + static_cast<std::ptrdiff_t>(got.bytes));
            else if (!sys::wait_for(socket_.get(), sys::Ready::Readable, kHandshakePatience))
                return false;
        }
    }
    void send() {
        while (stream_ && sent_ < out_.size()) {
            const auto done = stream_->write(ByteView(out_).subspan(sent_));
            if (done.status == sys::IoStatus::Closed) {
                stream_.reset();
                socket_.close();
                return;
            }
            if (done.status != sys::IoStatus::Done) break;
            sent_ += done.bytes;
        }
        if (sent_ == out_.size()) {
            out_.clear();
            sent_ = 0;
        } else if (sent_ > kMaxUnsent / 2) {
            out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(sent_));
            sent_ = 0;
        }
    }

    std::string path_;
    sys::HostPort host_;
    sys::Descriptor socket_;
    std::unique_ptr<sys::Stream> stream_;
    Bytes out_;
    std::size_t sent_ = 0;
    Bytes received_;
    SteadyClock::time_point retry_at_ = SteadyClock::time_point::min();
};

Result<std::unique_ptr<DnstapSink::Target>> open_target(const std::string& place) {
    if (place.starts_with("unix:")) return std::make_unique<SocketTarget>(place.substr(5));
    if (place.starts_with("tcp://")) {
        auto host = sys::HostPort::parse(place.substr(6), kDefaultPort);
        if (!host) return fail(ErrorKind::InvalidSettings, "'" + place + "' is no tcp://HOST:PORT");
        return std::make_unique<SocketTarget>(std::move(*host));
    }
    sys::Descriptor file(::open(place.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (!file.open()) return sys::fail_errno("cannot write " + place);
    auto target = std::make_unique<FileTarget>(std::move(file), place);
    VEDETTE_TRY(target->start());
    return target;
}

}  // namespace

DnstapSink::DnstapSink(Key, std::unique_ptr<Target> target, DnstapIdentity identity)
    : target_(std::move(target)), encoder_(std::move(identity)) {}

DnstapSink::~DnstapSink() {
    (void)flush();
    target_->close();
}

Result<std::unique_ptr<DnstapSink>> DnstapSink::open(const std::string& place,
                                                     DnstapIdentity identity) {
    auto target = open_target(place);
    if (!target) return std::unexpected(std::move(target).error());
    return std::make_unique<DnstapSink>(Key{}, std::move(*target), std::move(identity));
}

Result<void> DnstapSink::consume(const EventBatch& batch) {
    for (const DnsTransaction& event : batch.dns) {
        if (encoder_.append(event, batch.bytes, frames_) != 0) ++pending_;
        if (frames_.size() >= kWriteBytes) VEDETTE_TRY(flush());
    }
    return {};
}

Result<void> DnstapSink::flush() {
    if (frames_.empty()) return target_->flush();
    const Result<bool> taken = target_->write(frames_);
    frames_.clear();
    const std::uint64_t events = std::exchange(pending_, 0);
    if (!taken) return std::unexpected(taken.error());
    if (!*taken) lost_ += events;
    return target_->flush();
}

}  // namespace vedette::store
