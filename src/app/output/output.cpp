#include "app/output/output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sys/os/error.hpp"
#include "sys/os/terminal.hpp"

namespace vedette::app {
namespace {

constexpr std::size_t kBufferBytes = 64U << 10U;

}  // namespace

Output::Output(int descriptor, std::string path)
    : descriptor_(descriptor),
      path_(std::move(path)),
      columns_(sys::terminal_columns(descriptor)) {}

Output::Output(Output&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      buffer_(std::move(other.buffer_)),
      columns_(other.columns_),
      sent_(other.sent_),
      write_back_(std::move(other.write_back_)),
      error_(other.error_),
      closed_(other.closed_) {
    other.buffer_.clear();
}

Output::~Output() {
    flush();
    write_back_.reset();
    if (descriptor_ > sys::kStandardError) ::close(descriptor_);
}

Result<Output> Output::open(const std::string& path) {
    if (path == "-") return Output(sys::kStandardOutput, "standard output");
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return sys::fail_errno("cannot write " + path);
    return Output(descriptor, path);
}

void Output::write(std::string_view text) {
    if (closed_ || error_ != 0) return;
    // Large pieces need no copy.
    if (buffer_.empty() && text.size() >= kBufferBytes) return send(text);
    buffer_ += text;
    if (buffer_.size() >= kBufferBytes) flush();
}

void Output::flush() {
    send(buffer_);
    buffer_.clear();
}

void Output::send(std::string_view left) {
    while (!left.empty() && !closed_ && error_ == 0 && descriptor_ >= 0) {
        const ssize_t written = ::write(descriptor_, left.data(), left.size());
        if (written >= 0) {
            left.remove_prefix(static_cast<std::size_t>(written));
            sent_ += static_cast<std::size_t>(written);
        } else if (errno == EPIPE) {
            closed_ = true;
        } else if (errno != EINTR) {
            error_ = errno;
        }
    }
    if (sent_ >= WriteBack::kPartBytes) start_write_back();
}

/// Files only; standard output may be anything, and at any place in it.
void Output::start_write_back() {
    if (descriptor_ <= sys::kStandardError) return;
    if (write_back_ == nullptr) write_back_ = std::make_unique<WriteBack>(descriptor_);
    write_back_->reached(sent_);
}

Result<void> Output::finish() {
    flush();
    if (error_ != 0) return std::unexpected(sys::os_error(error_, "cannot write " + path_));
    return {};
}

}  // namespace vedette::app
