// The numbers of the store, each side of a ratio in the same run:
//   insert    rows/s of the store against a bare prepared-statement loop of the same rows into an
//             unindexed table, in a store that has seen the network for a million transactions and
//             in an empty one (where every name and answer is new)
//   query     newest 1,000 of one MAC, one name, one manufacturer, and of one MAC within a time
//             range, over VEDETTE_STORE_ROWS transactions (20 million)
// The traffic is testing/traffic.hpp's; its header says what it is made of.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "model/vendor/vendor.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/sqlite/store_files.hpp"
#include "store/sqlite/testing/traffic.hpp"

namespace vedette::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 4'096;
constexpr std::size_t kInsertEvents = 524'288;
constexpr std::size_t kWarmUpEvents = 1'048'576;
constexpr std::size_t kRowsPerCommit = 65'536;

/// CPU time of the whole process or of this thread: comparable also on a busy machine.
double cpu_seconds(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void stop(const Error& error) {
    std::fprintf(stderr, "store_bench: %s\n", error.text.c_str());
    std::exit(1);
}

template <typename T>
T must(Result<T> result) {
    if (!result) stop(result.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string fresh_file(const char* name) {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "vedette-bench";
    std::filesystem::create_directories(folder);
    const std::string path = (folder / name).string();
    for (const char* side : {"", "-wal", "-shm", "-lock"})
        std::filesystem::remove(path + side);
    return path;
}

std::vector<EventBatch> make_batches(testing::Traffic& traffic, std::size_t events) {
    std::vector<EventBatch> batches(events / kBatch);
    for (EventBatch& batch : batches)
        traffic.fill(batch, kBatch);
    return batches;
}

/// What a plain program would do with the same rows.
double bare_rows_per_second(const std::vector<EventBatch>& batches, double& cpu_ns) {
    Connection connection = must(open_for_writing(fresh_file("bare.db")));
    must(connection.execute(
        "CREATE TABLE bare(id INTEGER PRIMARY KEY, time INTEGER, client INTEGER, "
        "server INTEGER, ports INTEGER, name INTEGER, type INTEGER, form INTEGER, "
        "latency INTEGER, sizes INTEGER, answers INTEGER, ttl)"));
    Statement insert =
        must(connection.prepare("INSERT INTO bare VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?)"));
    EventEncoder encoder(1, {});
    std::vector<WriteJob> jobs(batches.size());
    for (std::size_t i = 0; i < batches.size(); ++i)
        encoder.encode(batches[i], jobs[i]);
    std::size_t rows = 0;
    const Clock::time_point start = Clock::now();
    const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    must(connection.execute("BEGIN"));
    for (const WriteJob& job : jobs) {
        for (const DnsRow& row : job.rows) {
            insert.bind(1, row.time);
            insert.bind(2, std::int64_t{row.client});
            insert.bind(3, std::int64_t{row.server});
            insert.bind(4, std::int64_t{row.ports});
            insert.bind(5, std::int64_t{row.name});
            insert.bind(6, std::int64_t{row.type});
            insert.bind(7, std::int64_t{row.form});
            insert.bind(8, row.latency);
            insert.bind(9, row.sizes);
            insert.bind(10, std::int64_t{row.answers});
            if (row.ttls.empty()) {
                insert.bind(11, std::int64_t{row.ttl});
            } else {
                insert.bind(11, job.bytes.text(row.ttls));
            }
            must(insert.run());
            if (++rows % kRowsPerCommit == 0) must(connection.execute("COMMIT; BEGIN"));
        }
    }
    must(connection.execute("COMMIT"));
    cpu_ns = (cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e9 / static_cast<double>(rows);
    return static_cast<double>(rows) / seconds_since(start);
}

struct StoreRun {
    double rows_per_second = 0;
    double cpu_ns = 0;         ///< per row, both threads
    double caller_cpu_ns = 0;  ///< per row, the thread that appends
    double bytes_per_row = 0;
};

/// Appends `warm_up` first, untimed, then `batches`.
StoreRun store_run(const std::vector<EventBatch>& warm_up, const std::vector<EventBatch>& batches) {
    const std::string path = fresh_file("store.db");
    StoreRun run;
    std::size_t rows = 0;
    {
        SqliteWriterOptions options;
        options.path = path;
        const auto writer = must(open_sqlite_writer(options));
        for (const EventBatch& batch : warm_up)
            must(writer->append(batch));
        must(writer->flush());
        const Clock::time_point start = Clock::now();
        const double cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
        const double caller = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
        for (const EventBatch& batch : batches) {
            must(writer->append(batch));
            rows += batch.dns.size();
        }
        must(writer->flush());
        const double count = static_cast<double>(rows);
        run.cpu_ns = (cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e9 / count;
        run.caller_cpu_ns = (cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - caller) * 1e9 / count;
        run.rows_per_second = static_cast<double>(rows) / seconds_since(start);
    }
    rows += warm_up.size() * kBatch;
    run.bytes_per_row =
        static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(rows);
    return run;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

double peak_memory_mb() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

void insert(benchmark::State& state) {
    testing::Traffic traffic;
    const std::vector<EventBatch> early = make_batches(traffic, kWarmUpEvents);
    const std::vector<EventBatch> batches = make_batches(traffic, kInsertEvents);
    for (auto _ : state) {
        std::vector<double> bare;
        std::vector<double> store;
        std::vector<double> empty;
        StoreRun run;
        double bare_cpu_ns = 0;
        for (int round = 0; round < 3; ++round) {
            bare.push_back(bare_rows_per_second(batches, bare_cpu_ns));
            run = store_run(early, batches);
            store.push_back(run.rows_per_second);
            empty.push_back(store_run({}, batches).rows_per_second);
        }
        state.counters["bare_rows_per_second"] = median(bare);
        state.counters["store_rows_per_second"] = median(store);
        state.counters["empty_store_rows_per_second"] = median(empty);
        state.counters["ratio"] = median(store) / median(bare);
        state.counters["empty_store_ratio"] = median(empty) / median(bare);
        state.counters["bare_cpu_ns"] = bare_cpu_ns;
        state.counters["store_cpu_ns"] = run.cpu_ns;
        state.counters["store_caller_cpu_ns"] = run.caller_cpu_ns;
        state.counters["bytes_per_transaction"] = run.bytes_per_row;
    }
}
BENCHMARK(insert)->Iterations(1)->Unit(benchmark::kSecond);

std::size_t wanted_rows() {
    const char* text = std::getenv("VEDETTE_STORE_ROWS");
    return text == nullptr ? 20'000'000 : std::strtoull(text, nullptr, 10);
}

Filter one_term(FilterField field, FilterValue value) {
    FilterTerm term;
    term.field = field;
    term.any_of = {std::move(value)};
    Filter filter;
    filter.terms.push_back(std::move(term));
    return filter;
}

/// 95th percentile over many queries of one shape, in milliseconds; each opens the store anew.
double p95_ms(const std::string& path, const std::function<Filter(std::uint32_t)>& make,
              std::uint64_t& found) {
    std::vector<double> times;
    for (std::uint32_t i = 0; i < 100; ++i) {
        LogQuery query;
        query.filter = make(i);
        query.limit = 1'000;
        const Clock::time_point start = Clock::now();
        const auto reader = must(open_sqlite_reader(path));
        must(reader->logs(query, [&](const LogRow&) {
            ++found;
            return true;
        }));
        times.push_back(seconds_since(start) * 1'000);
    }
    std::ranges::sort(times);
    return times[94];
}

void query(benchmark::State& state) {
    const std::size_t rows = wanted_rows();
    const std::string path = fresh_file("query.db");
    testing::Traffic traffic;
    const std::int64_t begin = traffic.now();
    {
        SqliteWriterOptions options;
        options.path = path;
        const auto writer = must(open_sqlite_writer(options));
        EventBatch batch;
        for (std::size_t done = 0; done < rows; done += kBatch) {
            batch.clear();
            traffic.fill(batch, kBatch);
            must(writer->append(batch));
        }
        must(writer->flush());
    }
    const std::int64_t span = traffic.now() - begin;
    state.counters["writer_peak_memory_mb"] = peak_memory_mb();
    state.counters["bytes_per_transaction"] =
        static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(rows);
    std::mt19937_64 random(7);
    for (auto _ : state) {
        std::uint64_t found = 0;
        state.counters["mac_p95_ms"] = p95_ms(
            path,
            [&](std::uint32_t i) {
                return one_term(FilterField::Client, traffic.client_mac(i * 4));
            },
            found);
        state.counters["name_p95_ms"] = p95_ms(
            path,
            [&](std::uint32_t i) { return one_term(FilterField::Name, traffic.name(i * i * 4)); },
            found);
        state.counters["vendor_p95_ms"] = p95_ms(
            path,
            [&](std::uint32_t i) {
                return one_term(FilterField::Vendor,
                                std::string(vendor_name(traffic.client_mac(i))));
            },
            found);
        state.counters["mac_in_range_p95_ms"] = p95_ms(
            path,
            [&](std::uint32_t i) {
                Filter filter = one_term(FilterField::Client, traffic.client_mac(i * 4));
                const std::int64_t from =
                    begin +
                    static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span * 9 / 10));
                FilterTerm since;
                since.field = FilterField::Time;
                since.op = FilterOperator::GreaterEqual;
                since.any_of = {Timestamp{from}};
                FilterTerm until = since;
                until.op = FilterOperator::Less;
                until.any_of = {Timestamp{from + span / 20}};
                filter.terms.push_back(since);
                filter.terms.push_back(until);
                return filter;
            },
            found);
        state.counters["absent_name_p95_ms"] = p95_ms(
            path,
            [&](std::uint32_t i) {
                return one_term(FilterField::Name, "absent" + std::to_string(i) + ".example.com.");
            },
            found);
        state.counters["rows_found"] = static_cast<double>(found);
    }
}
BENCHMARK(query)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace vedette::store
