// For tests: a log server on loopback whose store is a list, and sensors for it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/sink_thread.hpp"
#include "service/collector/link/forwarder.hpp"
#include "service/collector/server/listen_aside.hpp"
#include "service/collector/server/receipt_sink.hpp"
#include "service/collector/server/server.hpp"

namespace vedette::collector::testing {

/// Keeps the ids of the events it is given, and can be told to fail like a full disk.
class ListSink final : public pipeline::EventSink {
  public:
    [[nodiscard]] std::string_view name() const noexcept override { return "list"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override {
        const std::lock_guard lock(mutex_);
        if (failing_) {
            lost_ += batch.size();
            return {};
        }
        for (const DnsTransaction& event : batch.dns)
            open_.push_back(event.query_packet);
        if (batch.origin.numbered()) {
            sequence_ = batch.origin.sequence;
            key_ = {batch.origin.sensor, batch.origin.stream};
        }
        sensors_.push_back(batch.origin.sensor);
        return {};
    }
    [[nodiscard]] Result<void> flush() override {
        const std::lock_guard lock(mutex_);
        ids_.insert(ids_.end(), open_.begin(), open_.end());
        open_.clear();
        durable_ = sequence_;
        return {};
    }
    [[nodiscard]] std::uint64_t lost() const noexcept override {
        const std::lock_guard lock(mutex_);
        return lost_;
    }
    /// From now on the disk is full, and what was not flushed is undone.
    void fail(bool failing) {
        const std::lock_guard lock(mutex_);
        failing_ = failing;
        if (!failing) return;
        lost_ += open_.size() + 1;
        open_.clear();
        sequence_ = durable_;
    }
    [[nodiscard]] std::vector<std::uint64_t> ids() const {
        const std::lock_guard lock(mutex_);
        return ids_;
    }
    [[nodiscard]] std::vector<std::string> sensors() const {
        const std::lock_guard lock(mutex_);
        return sensors_;
    }
    [[nodiscard]] std::pair<StreamKey, std::uint64_t> durable() const {
        const std::lock_guard lock(mutex_);
        return {key_, durable_};
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::uint64_t> open_;
    std::vector<std::uint64_t> ids_;
    std::vector<std::string> sensors_;
    StreamKey key_;
    std::uint64_t sequence_ = 0;
    std::uint64_t durable_ = 0;
    std::uint64_t lost_ = 0;
    bool failing_ = false;
};

/// The parts of a log server, put together as `vedette collect` does.
class ExampleServer {
  public:
    explicit ExampleServer(pipeline::EventSink& store, std::uint16_t port = 0,
                           const ServerLimits& limits = {}, pipeline::QueueLimits queue = {},
                           std::function<Result<void>(StreamBook&)> reload = {})
        : queue_(queue),
          receipts_(&store, book_, {std::move(reload), [this] { wake(); }}),
          thread_(queue_, {&receipts_}, Duration::millis(20)) {
        std::vector<Listener> listeners;
        for (const Speaks speaks : {Speaks::Sensors, Speaks::Dnstap}) {
            auto socket = listen_aside(speaks == Speaks::Sensors ? port : std::uint16_t{0});
            EXPECT_TRUE(socket) << (socket ? "" : socket.error().text);
            (speaks == Speaks::Sensors ? sensors_ : dnstap_) = sys::bound_host_port(*socket);
            listeners.push_back({std::move(*socket), speaks, Proof::Waived, nullptr});
        }
        auto server = Server::start(std::move(listeners), limits, intake_);
        EXPECT_TRUE(server) << (server ? "" : server.error().text);
        server_ = std::move(*server);
        ready_ = server_.get();
    }
    ~ExampleServer() { stop(); }
    void stop() {
        if (!server_) return;
        server_->stop();
        queue_.finish();
        thread_.join();
        ready_ = nullptr;
        server_.reset();
    }
    const sys::HostPort& sensors() const noexcept { return sensors_; }
    const sys::HostPort& dnstap() const noexcept { return dnstap_; }
    StreamBook& book() noexcept { return book_; }
    SensorBoard& board() noexcept { return board_; }
    CollectorCounters counters() const { return server_->counters(); }

  private:
    void wake() {
        if (Server* const server = ready_.load()) server->wake();
    }

    pipeline::BatchQueue queue_;
    StreamBook book_;
    SensorBoard board_;
    CollectorCounters counters_;
    Intake intake_{queue_, book_, board_, counters_};
    std::atomic<Server*> ready_{nullptr};
    ReceiptSink receipts_;
    pipeline::SinkThread thread_;
    std::unique_ptr<Server> server_;
    sys::HostPort sensors_;
    sys::HostPort dnstap_;
};

/// A batch of `count` transactions with ids from `first`.
inline EventBatch numbered_batch(std::uint64_t first, std::uint64_t count) {
    EventBatch batch;
    for (std::uint64_t i = 0; i < count; ++i) {
        DnsTransaction& event = batch.dns.emplace_back();
        event.query_packet = first + i;
        event.query_time = Timestamp{1'700'000'000'000'000'000 + static_cast<std::int64_t>(i)};
        event.kind = TransactionKind::Unanswered;
        event.qname = batch.bytes.append(std::string_view("\4test\0", 6));
    }
    return batch;
}

}  // namespace vedette::collector::testing
