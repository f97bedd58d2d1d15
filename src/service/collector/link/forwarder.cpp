#include "service/collector/link/forwarder.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include <fmt/format.h>

#include "service/collector/link/batch_parts.hpp"
#include "service/collector/link/sensor_link.hpp"
#include "sys/os/error.hpp"

namespace vedette::collector {
namespace {

/// A batch that encodes to more is sent in parts. Below kMaxPayload even when nothing compresses.
constexpr std::size_t kPartBytes = 7U << 20U;

std::chrono::nanoseconds chrono(Duration duration) noexcept {
    return std::chrono::nanoseconds(duration.nanos);
}

}  // namespace

Forwarder::Forwarder(ForwardSettings settings, std::unique_ptr<Spool> spool, Say say)
    : settings_(std::move(settings)),
      spool_(std::move(spool)),
      say_(std::move(say)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    VEDETTE_ASSERT(wake_.open());
    thread_ = std::thread([this] { run(); });
}

Forwarder::~Forwarder() {
    stopping_.store(true, std::memory_order_relaxed);
    changed_.notify_all();
    const std::uint64_t one = 1;
    (void)!write(wake_.get(), &one, sizeof(one));
    thread_.join();
}

Result<void> Forwarder::consume(const EventBatch& batch) {
    if (batch.empty() && batch.sighted() == 0) return {};
    plain_.clear();
    store::encode_batch(batch, plain_);
    if (plain_.size() <= kPartBytes) {
        keep(batch);
    } else {
        for_each_part(batch, kPartBytes, [this](const EventBatch& part) {
            plain_.clear();
            store::encode_batch(part, plain_);
            keep(part);
        });
    }
    const std::uint64_t one = 1;
    (void)!write(wake_.get(), &one, sizeof(one));
    return {};
}

/// Puts what plain_ holds into the spool.
void Forwarder::keep(const EventBatch& batch) {
    packed_.clear();
    compressor_.compress(plain_, packed_);
    const SystemClock clock;
    const auto done = spool_->append(packed_, static_cast<std::uint32_t>(plain_.size()),
                                     clock.now(), batch.size());
    if (done == Spool::Appended::Full) lost_.fetch_add(batch.size(), std::memory_order_relaxed);
}

void Forwarder::set_trouble(const std::string& trouble) {
    bool news = false;
    {
        const std::lock_guard lock(mutex_);
        news = status_.trouble != trouble || (trouble.empty() && !status_.connected);
        status_.trouble = trouble;
        status_.connected = trouble.empty();
        status_.connections += trouble.empty() ? 1 : 0;
    }
    changed_.notify_all();
    if (!news || !say_) return;
    say_(trouble.empty()
             ? fmt::format("Forwarding to {}", settings_.server.to_text())
             : fmt::format("Not forwarding: {}. Keeping in the spool and trying again", trouble));
}

void Forwarder::wait(Duration patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, chrono(patience),
                      [this] { return stopping_.load(std::memory_order_relaxed); });
}

void Forwarder::run() {
    Duration pause = settings_.retry_least;
    while (!stopping_.load(std::memory_order_relaxed)) {
        const std::uint64_t before = status().sent_batches;
        const Result<void> done = talk();
        if (stopping_.load(std::memory_order_relaxed)) return;
        if (!done) set_trouble(done.error().text);
        // A link that worked is tried again at once; one that does not is left in peace.
        if (status().sent_batches != before) pause = settings_.retry_least;
        wait(pause);
        pause = std::min(Duration{pause.nanos * 2}, settings_.retry_most);
    }
}

/// One connection, from its beginning to its end; only a failure ends it.
Result<void> Forwarder::talk() {
    auto link = SensorLink::open(settings_, *spool_);
    if (!link) return std::unexpected(std::move(link).error());
    set_trouble({});
    while (!stopping_.load(std::memory_order_relaxed)) {
        VEDETTE_TRY((*link)->turn(wake_.get()));
        {
            const std::lock_guard lock(mutex_);
            status_.sent_batches += (*link)->take_sent();
            status_.spoiled_batches += (*link)->take_spoiled();
        }
        changed_.notify_all();
    }
    return {};
}

bool Forwarder::drain(Duration patience) {
    const auto done = [this] {
        const SpoolState state = spool_->state();
        return state.acknowledged + 1 == state.next_sequence;
    };
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, chrono(patience), done);
}

ForwardStatus Forwarder::status() const {
    const std::lock_guard lock(mutex_);
    ForwardStatus status = status_;
    status.spool = spool_->state();
    return status;
}

}  // namespace vedette::collector
