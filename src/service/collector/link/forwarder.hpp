// The sensor's end: a sink that puts batches into the spool, and a thread that brings them to the
// server, again and again until it says that they are stored. A server that is away costs disk, and
// nothing else; a full spool drops, counted.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "pipeline/sinks.hpp"
#include "service/collector/link/spool.hpp"
#include "store/batch_codec/batch_codec.hpp"
#include "sys/net/sockets.hpp"
#include "sys/net/tls.hpp"

namespace vedette::collector {

struct ForwardSettings {
    sys::HostPort server;
    std::shared_ptr<sys::TlsClient> tls;  ///< none: plain
    std::string name;                     ///< of this sensor; a certificate's name goes before it
    std::string token;                    ///< secret; empty: the certificate is enough
    std::string version;                  ///< of this program
    Duration retry_least = Duration::millis(500);
    Duration retry_most = Duration::seconds(30);
};

struct ForwardStatus {
    bool connected = false;
    std::uint64_t connections = 0;
    std::uint64_t sent_batches = 0;     ///< sent again counts again
    std::uint64_t spoiled_batches = 0;  ///< that the server could not read
    std::string trouble;                ///< why there is no connection; empty with one
    SpoolState spool;
};

class Forwarder final : public pipeline::EventSink {
  public:
    /// Told once per change: connected, or why not. Called on the sending thread.
    using Say = std::function<void(const std::string&)>;

    Forwarder(ForwardSettings settings, std::unique_ptr<Spool> spool, Say say);
    ~Forwarder() override;
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    [[nodiscard]] std::string_view name() const noexcept override { return "forward"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    /// Frames are in the spool when consume() returns.
    [[nodiscard]] Result<void> flush() override { return {}; }
    [[nodiscard]] std::uint64_t lost() const noexcept override {
        return lost_.load(std::memory_order_relaxed);
    }
    /// Waits until the server has stored everything, at most `patience`; false when it has not.
    [[nodiscard]] bool drain(Duration patience);
    [[nodiscard]] ForwardStatus status() const;

  private:
    class Link;

    void keep(const EventBatch& batch);
    void run();
    void wait(Duration patience);
    void set_trouble(const std::string& trouble);
    [[nodiscard]] Result<void> talk();

    const ForwardSettings settings_;
    const std::unique_ptr<Spool> spool_;
    const Say say_;

    // The sink's thread.
    store::BatchCompressor compressor_;
    std::vector<std::uint8_t> plain_;
    std::vector<std::uint8_t> packed_;
    std::atomic<std::uint64_t> lost_{0};

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    ForwardStatus status_;  // guarded by mutex_
    sys::Descriptor wake_;  // an eventfd: there is something to send, or to stop
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace vedette::collector
