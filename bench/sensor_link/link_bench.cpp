// How fast one sensor brings events over loopback: encoded, compressed, spooled, sent, received,
// decoded and handed to a sink that counts, to the real store, and to the detectors and the store.
// Against it the parts that cost: the store alone, the codec alone, and what it packs. The traffic
// is the store's own mixture (store/sqlite/testing), with answers, and with the sightings that a
// sensor sends beside them; only transactions are counted.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "pipeline/sink_thread.hpp"
#include "service/certs/authority.hpp"
#include "service/collector/link/forwarder.hpp"
#include "service/collector/server/receipt_sink.hpp"
#include "service/collector/server/server.hpp"
#include "service/guard/guard.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::collector {
namespace {

constexpr std::size_t kBatchEvents = 1'024;
constexpr std::size_t kBatches = 64;  // different ones, sent in turn
constexpr std::uint64_t kSend = 1'000'000;

/// What the decoder tells of each message at once.
void add_sightings(EventBatch& batch) {
    for (const DnsTransaction& event : batch.dns) {
        DnsSighting seen;
        seen.id = event.id;
        seen.qtype = event.qtype;
        if (event.has_query()) {
            seen.time = event.query_time;
            seen.source = event.client;
            seen.destination = event.server;
            seen.source_port = event.client_port;
            seen.destination_port = event.server_port;
            seen.flags = event.query_flags;
            seen.bytes = event.query_bytes;
            seen.qname = batch.bytes.append(ByteView(std::vector<std::uint8_t>(
                batch.bytes.view(event.qname).begin(), batch.bytes.view(event.qname).end())));
            batch.sightings.push_back(seen);
        }
        if (event.has_response()) {
            seen.time = event.response_time;
            seen.source = event.server;
            seen.destination = event.client;
            seen.source_port = event.server_port;
            seen.destination_port = event.client_port;
            seen.flags = event.response_flags;
            seen.bytes = event.response_bytes;
            seen.qname = {};
            batch.sightings.push_back(seen);
        }
    }
    batch.watermark = batch.dns.back().time();
}

const std::vector<EventBatch>& traffic() {
    static const std::vector<EventBatch> batches = [] {
        store::testing::Traffic source;
        std::vector<EventBatch> made(kBatches);
        for (EventBatch& batch : made) {
            source.fill(batch, kBatchEvents);
            add_sightings(batch);
        }
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
enum class Keeps : std::uint8_t { Counts, Stores, DetectsAndStores };

class StoreSink final : public pipeline::EventSink {
  public:
    explicit StoreSink(const std::string& path)
        : writer_(must(store::open_sqlite_writer({.path = path}))) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "store"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override {
        return writer_->append(batch);
    }
    [[nodiscard]] Result<void> flush() override { return writer_->flush(); }
    [[nodiscard]] std::uint64_t lost() const noexcept override {
        return writer_->statistics().not_stored;
    }

  private:
    std::unique_ptr<store::EventWriter> writer_;
};

/// A server, a sensor, and a million events from the one to the other.
class Link {
  public:
    explicit Link(Security security, Keeps keeps = Keeps::Counts) {
        if (keeps != Keeps::Counts) store_.emplace(folder_.path + "/bench.db");
        receipts_.emplace(store_ ? static_cast<pipeline::EventSink*>(&*store_) : &sink_, book_,
                          ReceiptSink::Hooks{{}, [this] {
                                                 if (Server* const server = ready_.load())
                                                     server->wake();
                                             }});
        std::vector<pipeline::EventSink*> sinks{&*receipts_};
        if (keeps == Keeps::DetectsAndStores) {
            guard_.emplace(service::GuardOptions{}, must(store::AlertBook::in_memory()));
            sinks.insert(sinks.begin(), &*guard_);
        }
        thread_.emplace(queue_, std::move(sinks), Duration::millis(200));
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
        thread_->join();
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
    std::optional<StoreSink> store_;
    std::optional<service::Guard> guard_;
    std::optional<ReceiptSink> receipts_;
    std::optional<pipeline::SinkThread> thread_;
    std::unique_ptr<Server> server_;
    std::unique_ptr<Forwarder> forwarder_;
    std::size_t next_ = 0;
};

void run_link(benchmark::State& state, Security security, Keeps keeps = Keeps::Counts) {
    Link link(security, keeps);
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

void link_store(benchmark::State& state) {
    run_link(state, Security::Tls, Keeps::Stores);
}
void link_detect(benchmark::State& state) {
    run_link(state, Security::Tls, Keeps::DetectsAndStores);
}

/// The same events into the store without a link: the most that a link can bring.
void store_alone(benchmark::State& state) {
    const Folder folder;
    StoreSink sink(folder.path + "/bench.db");
    std::size_t next = 0;
    for (auto _ : state) {
        for (std::uint64_t sent = 0; sent < kSend; sent += kBatchEvents) {
            if (!sink.consume(traffic()[next++ % kBatches])) stop("cannot store");
        }
        if (!sink.flush()) stop("cannot flush");
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(kSend) * state.iterations());
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
BENCHMARK(store_alone)
    ->Name("sensor_store/alone")
    ->UseRealTime()
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(link_store)
    ->Name("sensor_store/tls")
    ->UseRealTime()
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(link_detect)
    ->Name("sensor_store/tls_detectors")
    ->UseRealTime()
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(encode)->Name("sensor_codec/encode");
BENCHMARK(decode)->Name("sensor_codec/decode");

}  // namespace
}  // namespace vedette::collector
