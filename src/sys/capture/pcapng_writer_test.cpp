#include "sys/capture/pcapng_writer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "sys/capture/file_source.hpp"

namespace vedette::sys {
namespace {

class PcapngWriterTest : public testing::Test {
  protected:
    PcapngWriterTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "vedette-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~PcapngWriterTest() override { std::filesystem::remove_all(folder_); }

    static PacketRecord packet(std::string_view data, std::int64_t nanos) {
        const ByteView bytes = as_bytes(data);
        const auto length = static_cast<std::uint32_t>(bytes.size());
        return {{nanos}, bytes.data(), length, length + 5, 1, 0};
    }

    std::filesystem::path folder_;
};

TEST_F(PcapngWriterTest, OurReaderReadsWhatWasWritten) {
    const std::string path = folder_ / "out.pcapng";
    Result<PcapngWriter> writer = PcapngWriter::create(path);
    ASSERT_TRUE(writer.has_value()) << writer.error().text;
    PacketRecord second = packet("on another interface", 1'800'000'000'000'000'001);
    second.interface = 3;
    second.link_type = 276;
    ASSERT_TRUE(writer->write(packet("one", 7), "eth0").has_value());
    ASSERT_TRUE(writer->write(second, "any", "seen twice").has_value());
    ASSERT_TRUE(writer->write(packet("", 8), "eth0").has_value());
    ASSERT_TRUE(writer->flush().has_value());
    EXPECT_EQ(writer->size(), std::filesystem::file_size(path));

    auto source = make_file_source({path});
    PacketBatch batch;
    ASSERT_EQ(*(*source)->read(batch), ReadStatus::Packets);
    ASSERT_EQ(batch.packets.size(), 3U);
    EXPECT_EQ(as_text(batch.packets[0].bytes()), "one");
    EXPECT_EQ(batch.packets[0].original, 8U);
    EXPECT_EQ(batch.packets[0].time.nanos, 7);
    EXPECT_EQ(batch.packets[1].time.nanos, 1'800'000'000'000'000'001);
    EXPECT_EQ(batch.packets[1].link_type, 276U);
    EXPECT_EQ((*source)->interfaces()[batch.packets[1].interface].name, "any");
    EXPECT_EQ(batch.packets[2].interface, batch.packets[0].interface);
    EXPECT_EQ(*(*source)->read(batch), ReadStatus::End);
    EXPECT_TRUE((*source)->warnings().empty());
}

TEST_F(PcapngWriterTest, EqualPacketsGiveEqualFiles) {
    const auto content = [this](const std::string& name) {
        {
            Result<PcapngWriter> writer = PcapngWriter::create(folder_ / name);
            EXPECT_TRUE(writer->write(packet("same", 1), "eth0").has_value());
        }  // the destructor writes
        std::ifstream file(folder_ / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_EQ(content("a"), content("b"));
    EXPECT_GT(content("a").size(), 100U);
}

TEST_F(PcapngWriterTest, FullDiskIsToldAndAnUnwritablePathToo) {
    Result<PcapngWriter> full = PcapngWriter::create("/dev/full");
    if (!full) GTEST_SKIP() << "no /dev/full here";
    ASSERT_TRUE(full->write(packet("x", 1), "").has_value()) << "buffered";
    const Result<void> flushed = full->flush();
    ASSERT_FALSE(flushed.has_value());
    EXPECT_EQ(flushed.error().kind, ErrorKind::NoSpace);
    EXPECT_EQ(PcapngWriter::create(folder_ / "no" / "folder").error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace vedette::sys
