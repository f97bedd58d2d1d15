#include "app/output/background_writer.hpp"

namespace vedette::app {

BackgroundWriter::BackgroundWriter(Output& output) : output_(output), thread_([this] { run(); }) {}

void BackgroundWriter::write(std::string_view text) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return given_ - written_ < kPieces; });
    // The piece is ours until given_ moves on.
    std::string& piece = pieces_[given_ % kPieces];
    lock.unlock();
    piece.assign(text);
    lock.lock();
    ++given_;
    lock.unlock();
    changed_.notify_all();
}

void BackgroundWriter::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return given_ != written_ || ended_; });
        if (given_ == written_) return;
        const std::string& piece = pieces_[written_ % kPieces];
        lock.unlock();
        output_.write(piece);
        if (output_.closed() || output_.failed()) stopped_ = true;
        lock.lock();
        ++written_;
        changed_.notify_all();
    }
}

void BackgroundWriter::join() {
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> BackgroundWriter::finish() {
    join();
    return output_.finish();
}

}  // namespace vedette::app
