// How fast one sensor brings events over loopback: encoded, compressed, spooled, sent, received,
// decoded and handed to a sink. Against it the parts that cost: the codec alone, and what it packs.
// The traffic is the store's own mixture (store/sqlite/testing), with answers.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "pipeline/sink_thread.hpp"
#include "service/certs/authority.hpp"
#include "service/collector/link/forwarder.hpp"
#include "service/collector/server/receipt_sink.hpp"
#include "service/collector/server/server.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::collector {
namespace {

constexpr std::size_t kBatchEvents = 1'024;
constexpr std::size_t kBatches = 64;  // different ones, sent in turn
constexpr std::uint64_t kSend = 1'000'000;

const std::vector<EventBatch>& traffic() {
    static const std::vector<EventBatch> batches = [] {
        store::testing::Traffic source;
        std::vector<EventBatch> made(kBatches);
        for (EventBatch& batch : made)
            source.fill(batch, kBatchEvents);
        return made;
    }();
    return batches;
}

class CountingSink final : public pipeline::EventSink {
  public:
    [[nodiscard]] std::string_view name() const noexcept override { return "count"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override {
        events += batch.size();
        return {};
    }
    [[nodiscard]] Result<void> flush() override { return {}; }
    std::uint64_t events = 0;
};

[[noreturn]] void stop(const std::string& why) {
    std::fprintf(stderr, "link_bench: %s\n", why.c_str());
    std::exit(1);
}

template <typename T>
T must(Result<T> result) {
    if (!result) stop(result.error().text);
    return std::move(*result);
}

struct Folder {
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "vedette-lb-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string path;
};

enum class Security : std::uint8_t { Plain, Tls };

/// A server, a sensor, and a million events from the one to the other.
class Link {
  public:
    explicit Link(Security security) {
        Listener listener{must(sys::listen_tcp({"127.0.0.1", 0})), Speaks::Sensors, Proof::Waived,
                          nullptr};
        ForwardSettings settings;
        settings.server = sys::bound_host_port(listener.socket);
        settings.name = "bench";
        if (security == Security::Tls) secure(listener, settings);
        std::vector<Listener> listeners;
        listeners.push_back(std::move(listener));
        server_ = must(Server::start(std::move(listeners), {}, intake_));
        ready_ = server_.get();
        forwarder_ = std::make_unique<Forwarder>(
            std::move(settings), must(Spool::open(folder_.path + "/spool", {.bytes = 2ULL << 30U})),
            Forwarder::Say{});
    }
    ~Link() {
        forwarder_.reset();
        server_->stop();
        queue_.finish();
        thread_.join();
    }
    void send(std::uint64_t events) {
        for (std::uint64_t sent = 0; sent < events; sent += kBatchEvents) {
            if (!forwarder_->consume(traffic()[next_++ % kBatches])) stop("cannot send");
        }
        if (!forwarder_->drain(Duration::seconds(120))) stop(forwarder_->status().trouble);
        if (forwarder_->lost() != 0) stop("the spool was full");
    }

  private:
    void secure(Listener& listener, ForwardSettings& settings) {
        certs::Authority authority(folder_.path + "/certs");
        must(authority.init("bench", 1));
        must(authority.issue(
            {.name = "server", .role = certs::Role::Server, .hosts = {"127.0.0.1"}, .days = 1}));
        must(authority.issue({.name = "bench", .days = 1}));
        listener.tls =
            must(sys::TlsContext::load({.certificate = authority.certificate_path("server"),
                                        .key = authority.key_path("server"),
                                        .client_ca = authority.authority_path(),
                                        .clients = sys::ClientCertificate::Required,
                                        .least = sys::TlsVersion::Tls13}));
        settings.tls =
            must(sys::TlsClient::load({.authorities = authority.authority_path(),
                                       .certificate = authority.certificate_path("bench"),
                                       .key = authority.key_path("bench"),
                                       .least = sys::TlsVersion::Tls13}));
    }

    Folder folder_;
    pipeline::BatchQueue queue_{pipeline::QueueLimits{}};
    StreamBook book_;
    SensorBoard board_;
    CollectorCounters counters_;
    Intake intake_{queue_, book_, board_, counters_};
    std::atomic<Server*> ready_{nullptr};
    CountingSink sink_;
    ReceiptSink receipts_{&sink_, book_, {{}, [this] {
                                              if (Server* const server = ready_.load())
                                                  server->wake();
                                          }}};
    pipeline::SinkThread thread_{queue_, {&receipts_}, Duration::millis(100)};
    std::unique_ptr<Server> server_;
    std::unique_ptr<Forwarder> forwarder_;
    std::size_t next_ = 0;
};

void run_link(benchmark::State& state, Security security) {
    Link link(security);
    link.send(kBatches * kBatchEvents);  // the connection is up and memory is warm
    for (auto _ : state)
        link.send(kSend);
    state.SetItemsProcessed(static_cast<std::int64_t>(kSend) * state.iterations());
}

void link_tls(benchmark::State& state) {
    run_link(state, Security::Tls);
}
void link_plain(benchmark::State& state) {
    run_link(state, Security::Plain);
}

void encode(benchmark::State& state) {
    std::vector<std::uint8_t> plain;
    std::vector<std::uint8_t> packed;
    store::BatchCompressor compressor;
    std::size_t next = 0;
    std::size_t bytes = 0;
    for (auto _ : state) {
        plain.clear();
        packed.clear();
        store::encode_batch(traffic()[next++ % kBatches], plain);
        compressor.compress(plain, packed);
        bytes += packed.size();
    }
    const auto events = static_cast<std::int64_t>(kBatchEvents) * state.iterations();
    state.SetItemsProcessed(events);
    state.counters["bytes/event"] = static_cast<double>(bytes) / static_cast<double>(events);
}

void decode(benchmark::State& state) {
    std::vector<std::uint8_t> plain;
    std::vector<std::uint8_t> packed;
    store::encode_batch(traffic()[0], plain);
    store::BatchCompressor().compress(plain, packed);
    store::BatchDecompressor decompressor;
    std::vector<std::uint8_t> out;
    EventBatch batch;
    for (auto _ : state) {
        batch.clear();
        if (!decompressor.decompress(packed, static_cast<std::uint32_t>(plain.size()), out) ||
            !store::decode_batch(out, batch).ok)
            stop("cannot decode");
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(kBatchEvents) * state.iterations());
}

BENCHMARK(link_tls)
    ->Name("sensor_link/tls")
    ->UseRealTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(link_plain)
    ->Name("sensor_link/plain")
    ->UseRealTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(encode)->Name("sensor_codec/encode");
BENCHMARK(decode)->Name("sensor_codec/decode");

}  // namespace
}  // namespace vedette::collector
