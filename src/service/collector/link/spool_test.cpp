#include "service/collector/link/spool.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vedette::collector {
namespace {

using Bytes = std::vector<std::uint8_t>;

class SpoolTest : public ::testing::Test {
  protected:
    SpoolTest() {
        std::string name = (std::filesystem::temp_directory_path() / "vedette-sp-XXXXXX").string();
        root_ = mkdtemp(name.data());
        folder_ = root_ + "/spool";
    }
    ~SpoolTest() override { std::filesystem::remove_all(root_); }

    std::unique_ptr<Spool> open(SpoolLimits limits = {}) {
        auto spool = Spool::open(folder_, limits);
        EXPECT_TRUE(spool) << (spool ? "" : spool.error().text);
        return std::move(*spool);
    }
    static Spool::Appended append(Spool& spool, std::size_t size) {
        const Bytes payload(size, 0xab);
        return spool.append(payload, 1'000, Timestamp{5}, 10);
    }
    /// The sequence of the frame that is read, 0 for none.
    static std::uint64_t read(Spool& spool, std::uint64_t sequence) {
        Bytes frame;
        const auto there = spool.read(sequence, frame);
        EXPECT_TRUE(there) << (there ? "" : there.error().text);
        if (!*there) return 0;
        const auto view =
            wire::sensor::inspect_header(ByteView(frame).first(wire::sensor::kHeaderBytes));
        EXPECT_TRUE(view.ok());
        EXPECT_EQ(frame.size(), wire::sensor::kHeaderBytes + view.header.payload_bytes);
        return view.header.sequence;
    }
    [[nodiscard]] std::size_t files() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder_))
            count += entry.path().extension() == ".spool" ? 1 : 0;
        return count;
    }

    std::string root_;
    std::string folder_;
};

TEST_F(SpoolTest, FramesComeBackInOrderAcrossFilesAndRestarts) {
    const SpoolLimits limits{.bytes = 1U << 20U, .file_bytes = 1'000};
    Bytes stream;
    {
        auto spool = open(limits);
        stream.assign(spool->stream().begin(), spool->stream().end());
        for (int i = 0; i < 20; ++i)
            EXPECT_EQ(append(*spool, 300), Spool::Appended::Kept);
        EXPECT_GT(files(), 5U);
        for (std::uint64_t sequence = 1; sequence <= 20; ++sequence)
            EXPECT_EQ(read(*spool, sequence), sequence);
        EXPECT_EQ(read(*spool, 21), 0U);
        EXPECT_EQ(read(*spool, 3), 3U);  // a new connection begins anywhere
    }
    auto spool = open(limits);
    EXPECT_EQ(Bytes(spool->stream().begin(), spool->stream().end()), stream);
    EXPECT_EQ(spool->state().next_sequence, 21U);
    EXPECT_EQ(spool->state().events, 200U);
    EXPECT_EQ(read(*spool, 20), 20U);
    spool->acknowledge(18);
    EXPECT_EQ(read(*spool, 1), 19U);  // three frames a file: those before are gone
    spool->acknowledge(20);
    EXPECT_EQ(append(*spool, 300), Spool::Appended::Kept);
    EXPECT_EQ(read(*spool, 21), 21U);
}

TEST_F(SpoolTest, AFullSpoolRefusesAndCountsAcrossRestarts) {
    const SpoolLimits limits{.bytes = 4'000, .file_bytes = 1'000};
    std::uint64_t kept = 0;
    {
        auto spool = open(limits);
        for (int i = 0; i < 20; ++i)
            kept += append(*spool, 300) == Spool::Appended::Kept ? 1U : 0U;
        EXPECT_EQ(kept, 4'000U / 332U);
        EXPECT_EQ(spool->state().dropped_events, (20 - kept) * 10);
        EXPECT_LE(spool->state().bytes, limits.bytes);
    }
    auto spool = open(limits);
    EXPECT_EQ(spool->state().dropped_events, (20 - kept) * 10);
    EXPECT_EQ(spool->state().next_sequence, kept + 1);
    // What is stored makes room again, also in the file that is being written.
    spool->acknowledge(kept);
    EXPECT_EQ(append(*spool, 3'000), Spool::Appended::Kept);
    EXPECT_EQ(read(*spool, kept + 1), kept + 1);
    EXPECT_EQ(append(*spool, 3'000), Spool::Appended::Full);
}

TEST_F(SpoolTest, AFrameThatWasCutIsTakenOff) {
    {
        auto spool = open();
        for (int i = 0; i < 3; ++i)
            append(*spool, 100);
    }
    std::string path;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
        if (entry.path().extension() == ".spool") path = entry.path();
    const auto whole = std::filesystem::file_size(path);
    for (std::uintmax_t size = whole - 132; size <= whole; ++size) {
        const std::string copy = root_ + "/copy" + std::to_string(size);
        std::filesystem::copy(folder_, copy);
        std::filesystem::resize_file(copy + path.substr(folder_.size()), size);
        auto spool = Spool::open(copy);
        ASSERT_TRUE(spool);
        const std::uint64_t expected = size == whole ? 4 : 3;
        EXPECT_EQ((*spool)->state().next_sequence, expected) << size;
        EXPECT_EQ(append(**spool, 50), Spool::Appended::Kept);
        EXPECT_EQ(read(**spool, expected), expected);
        std::filesystem::remove_all(copy);
    }
}

TEST_F(SpoolTest, AServerThatKnowsMoreMovesTheNumbersOn) {
    auto spool = open();
    append(*spool, 100);
    spool->acknowledge(50);
    append(*spool, 100);
    EXPECT_EQ(read(*spool, 51), 51U);
    spool.reset();
    spool = open();
    EXPECT_EQ(spool->state().next_sequence, 52U);
}

TEST_F(SpoolTest, TwoProcessesDoNotShareOne) {
    const auto first = open();
    const auto second = Spool::open(folder_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Busy);
}

TEST_F(SpoolTest, ForeignFilesAreLeftAlone) {
    std::filesystem::create_directory(folder_);
    std::ofstream(folder_ + "/notes.txt") << "mine";
    std::ofstream(folder_ + "/x.spool") << "not a number";
    auto spool = open();
    append(*spool, 10);
    EXPECT_EQ(read(*spool, 1), 1U);
    EXPECT_TRUE(std::filesystem::exists(folder_ + "/x.spool"));
}

}  // namespace
}  // namespace vedette::collector
