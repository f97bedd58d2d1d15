// Honesty: on every capture of the comparison set the books balance to the packet and to the event,
// from the file to the last sink.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "pipeline/decoder_stage.hpp"
#include "pipeline/pipeline.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette {
namespace {

class CountingSink final : public pipeline::EventSink {
  public:
    std::string_view name() const noexcept override { return "counter"; }
    Result<void> consume(const EventBatch& batch) override {
        dns += batch.dns.size();
        return {};
    }
    Result<void> flush() override { return {}; }

    std::uint64_t dns = 0;
};

pipeline::RunReport trace(const std::string& path, CountingSink& sink) {
    auto source = sys::make_file_source({path});
    EXPECT_TRUE(source.has_value()) << source.error().text;
    decode::Decoder decoder;
    pipeline::DecoderStage stage(decoder);
    const sys::StopFlag stop;
    return pipeline::run({**source, stage, {&sink}, stop, SystemClock()});
}

TEST(Ledger, BalancesOnEveryCapture) {
    const std::filesystem::path folder = "../shared/data";
    std::ifstream truth(folder / "truth.tsv");
    if (!truth) GTEST_SKIP() << "no comparison captures at ../shared/data";
    std::string line;
    std::getline(truth, line);
    while (std::getline(truth, line)) {
        const std::string file = line.substr(0, line.find('\t'));
        CountingSink sink;
        const pipeline::RunReport report = trace(folder / file, sink);
        EXPECT_TRUE(report.outcome.has_value()) << file << ": " << report.outcome.error().text;
        EXPECT_EQ(report.ledger.imbalance(), "") << file;
        const TraceCounts& counts = report.ledger.counts;
        EXPECT_EQ(sink.dns, counts.matched + counts.unanswered + counts.orphans + counts.one_way)
            << file;
    }
}

TEST(Ledger, BalancesOnTheDemoCapture) {
    CountingSink sink;
    const pipeline::RunReport report = trace("samples/demo.pcapng", sink);
    ASSERT_TRUE(report.outcome.has_value()) << report.outcome.error().text;
    EXPECT_EQ(report.ledger.imbalance(), "");
    EXPECT_GT(sink.dns, 0U);
    EXPECT_TRUE(report.warnings.empty());
}

}  // namespace
}  // namespace vedette
