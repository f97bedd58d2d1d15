#include "sys/capture/file_source.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sys/capture/capture_bytes.hpp"
#include "sys/capture/capture_parser.hpp"

namespace vedette::sys {
namespace {

using Bytes = std::vector<std::uint8_t>;

class FileSource : public testing::Test {
  protected:
    FileSource() {
        std::string pattern = (std::filesystem::temp_directory_path() / "vedette-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~FileSource() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, ByteView bytes) const {
        const std::string path = folder_ / name;
        std::ofstream(path, std::ios::binary).write(as_text(bytes).data(), std::ssize(bytes));
        return path;
    }

    std::filesystem::path folder_;
};

struct Outcome {
    std::vector<std::string> contents;
    std::vector<std::string> warnings;
    std::vector<InterfaceInfo> interfaces;
    SourceStatistics statistics;
    std::string error;
};

Outcome read_all(std::vector<std::string> paths) {
    Outcome outcome;
    auto source = make_file_source(std::move(paths));
    if (!source) {
        outcome.error = source.error().text;
        return outcome;
    }
    PacketBatch batch;
    while (true) {
        const Result<ReadStatus> status = (*source)->read(batch);
        if (!status) {
            outcome.error = status.error().text;
            break;
        }
        if (*status == ReadStatus::End) break;
        for (const PacketRecord& packet : batch.packets) {
            outcome.contents.emplace_back(as_text(packet.bytes()));
        }
    }
    outcome.warnings = (*source)->warnings();
    outcome.interfaces = (*source)->interfaces();
    outcome.statistics = (*source)->statistics();
    return outcome;
}

/// `count` numbered packets of uneven sizes.
CaptureBytes numbered(int count, const std::string& tag = "packet") {
    CaptureBytes file;
    file.pcap_header(0xa1b2c3d4);
    for (int i = 0; i < count; ++i) {
        file.pcap_record(
            1'000, static_cast<std::uint32_t>(i),
            tag + std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), '.'));
    }
    return file;
}

Bytes gzip(ByteView bytes) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    Bytes out(deflateBound(&stream, bytes.size()));
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

Bytes zstd(ByteView bytes) {
    Bytes out(ZSTD_compressBound(bytes.size()));
    out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
    return out;
}

TEST_F(FileSource, ReadsFilesInTheOrderGiven) {
    CaptureBytes second;
    second.section().interface(113).enhanced(0, 1, "from the second");
    const Outcome outcome =
        read_all({write("b.pcapng", second.view()), write("a.pcap", numbered(3).view())});
    ASSERT_EQ(outcome.contents.size(), 4U);
    EXPECT_EQ(outcome.contents[0], "from the second");
    EXPECT_EQ(outcome.contents[1], "packet0");
    EXPECT_EQ(outcome.interfaces.size(), 2U);
    EXPECT_EQ(outcome.statistics.packets, 4U);
    EXPECT_EQ(outcome.statistics.file_bytes_read, outcome.statistics.file_bytes_total);
    EXPECT_TRUE(outcome.warnings.empty());
}

TEST_F(FileSource, LargeFilesCrossManyWindowsAndBatches) {
    const CaptureBytes file = numbered(50'000);
    const Outcome plain = read_all({write("plain", file.view())});
    ASSERT_EQ(plain.contents.size(), 50'000U);
    EXPECT_TRUE(plain.contents[49'999].starts_with("packet49999"));
    EXPECT_EQ(read_all({write("gz", gzip(file.view()))}).contents, plain.contents);
    EXPECT_EQ(read_all({write("zst", zstd(file.view()))}).contents, plain.contents);
}

TEST_F(FileSource, CompressedMembersInARowAreOneStream) {
    const CaptureBytes file = numbered(100);
    const ByteView bytes = file.view();
    for (const auto& compress : {gzip, zstd}) {
        Bytes both = compress(bytes.first(777));
        const Bytes rest = compress(bytes.subspan(777));
        both.insert(both.end(), rest.begin(), rest.end());
        const Outcome outcome = read_all({write("members", both)});
        EXPECT_EQ(outcome.contents.size(), 100U) << outcome.error;
        EXPECT_TRUE(outcome.warnings.empty());
    }
}

TEST_F(FileSource, EveryCutOfACompressedFileIsToldAndReadUpTo) {
    const CaptureBytes file = numbered(40);
    for (const auto& compress : {gzip, zstd}) {
        const Bytes whole = compress(file.view());
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            const Outcome outcome = read_all({write("cut", ByteView(whole).first(cut))});
            EXPECT_FALSE(outcome.error.empty() && outcome.warnings.empty()) << cut;
        }
    }
}

TEST_F(FileSource, EveryChangedByteOfACompressedFileEnds) {
    const CaptureBytes file = numbered(40);
    for (const auto& compress : {gzip, zstd}) {
        Bytes whole = compress(file.view());
        for (std::size_t i = 0; i < whole.size(); ++i) {
            whole[i] ^= 0x55;
            EXPECT_LE(read_all({write("changed", whole)}).contents.size(), 100'000U);
            whole[i] ^= 0x55;
        }
    }
}

TEST_F(FileSource, CutFileGivesWholePacketsAndAWarning) {
    const CaptureBytes file = numbered(10);
    const std::string path = write("cut.pcap", file.view().first(file.view().size() - 1));
    const Outcome outcome = read_all({path});
    EXPECT_EQ(outcome.contents.size(), 9U);
    ASSERT_EQ(outcome.warnings.size(), 1U);
    EXPECT_EQ(outcome.warnings[0],
              path + " is cut inside the record after packet 9 (31 of 32 bytes)");
}

TEST_F(FileSource, DamageInTheMiddleKeepsWhatCameBefore) {
    CaptureBytes file = numbered(2);
    file.u32(1).u32(1).u32(0xffffffff).u32(0xffffffff);
    const Outcome outcome = read_all({write("x", file.view()), write("y", numbered(1).view())});
    EXPECT_EQ(outcome.contents.size(), 3U) << "the next file is still read";
    ASSERT_EQ(outcome.warnings.size(), 1U);
    EXPECT_TRUE(outcome.warnings[0].ends_with(
        "x is damaged after packet 2: packet 3 claims 4294967295 captured bytes"));
}

TEST_F(FileSource, SkippedBlocksLargerThanTheWindow) {
    CaptureBytes file;
    file.section().interface(1);
    CaptureBytes large = file.body();
    large.text(std::string(5U << 20U, 'x'));
    file.block(0x0bad, large).enhanced(0, 1, "after");
    EXPECT_EQ(read_all({write("f", file.view())}).contents, std::vector<std::string>{"after"});
    const Outcome cut = read_all({write("g", file.view().first(3U << 20U))});
    EXPECT_EQ(cut.warnings.size(), 1U);
}

TEST_F(FileSource, PacketsLargerThanTheWindowGrowIt) {
    CaptureBytes file;
    const std::string large(3U << 20U, 'L');
    file.pcap_header(0xa1b2c3d4)
        .pcap_record(1, 1, "a")
        .pcap_record(1, 1, large)
        .pcap_record(1, 1, "b");
    const Outcome outcome = read_all({write("f", file.view())});
    EXPECT_EQ(outcome.contents, (std::vector<std::string>{"a", large, "b"}));
}

TEST_F(FileSource, WhatIsNotACaptureIsNamed) {
    const auto error_of = [&](std::string_view bytes) {
        return read_all({write("f", as_bytes(bytes))}).error;
    };
    const std::string path = folder_ / "f";
    EXPECT_EQ(error_of(""), path + " is empty");
    EXPECT_EQ(error_of("{\"json\": true}"), path + " is no capture file: a JSON document");
    EXPECT_EQ(error_of("garbage, of at least twenty-four bytes"),
              path +
                  " is no capture file: neither pcap nor pcapng; it begins with 67 61 72 62 (if " +
                  "Wireshark opens it, `editcap -F pcapng IN OUT` converts it)");
    EXPECT_EQ(error_of("\xd4\xc3\xb2\xa1short"),
              path + " is cut inside its file header (9 of 24 bytes)");
    EXPECT_EQ(error_of("\x0a\x0d\x0d\x0agarbage that is no section at all"),
              path + " is damaged: a block of type 168627466 claims 1651663207 bytes");
}

TEST_F(FileSource, UnreadablePathsAreToldBeforeAnythingIsRead) {
    const std::string good = write("good", numbered(1).view());
    const auto missing = make_file_source({good, folder_ / "missing"});
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
    const auto folder = make_file_source({good, folder_});
    ASSERT_FALSE(folder.has_value());
    EXPECT_TRUE(folder.error().text.ends_with("it is a folder"));
}

TEST_F(FileSource, DashIsStandardInputAlsoCompressed) {
    const int before = ::dup(STDIN_FILENO);
    for (const bool compressed : {false, true}) {
        const CaptureBytes file = numbered(10);
        const std::string path =
            write("in", compressed ? ByteView(gzip(file.view())) : file.view());
        const int fd = ::open(path.c_str(), O_RDONLY);
        ::dup2(fd, STDIN_FILENO);
        ::close(fd);
        const Outcome outcome = read_all({"-"});
        EXPECT_EQ(outcome.contents.size(), 10U) << outcome.error;
        EXPECT_EQ(outcome.statistics.file_bytes_total, 0U);
    }
    ::dup2(before, STDIN_FILENO);
    ::close(before);
}

TEST_F(FileSource, PipesDeliverPacketsAsTheyCome) {
    const std::string path = folder_ / "pipe";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    std::jthread writer([&] {
        const int fd = ::open(path.c_str(), O_WRONLY);
        const CaptureBytes file = numbered(20'000);
        std::size_t offset = 0;
        while (offset < file.view().size()) {  // in uneven pieces
            const std::size_t piece = std::min<std::size_t>(4'999, file.view().size() - offset);
            const ssize_t wrote = ::write(fd, file.view().data() + offset, piece);
            if (wrote <= 0) break;
            offset += static_cast<std::size_t>(wrote);
        }
        ::close(fd);
    });
    const Outcome outcome = read_all({path});
    EXPECT_EQ(outcome.contents.size(), 20'000U);
    EXPECT_EQ(outcome.statistics.file_bytes_total, 0U);
}

TEST_F(FileSource, ABatchWhoseWindowIsHeldStaysAsItIs) {
    // Several windows full, with records that end up across their edges.
    CaptureBytes file;
    file.pcap_header(0xa1b2c3d4);
    constexpr std::size_t kPackets = 3'000;
    for (std::size_t i = 0; i < kPackets; ++i)
        file.pcap_record(1, 0, std::string(300 + i % 101, static_cast<char>('a' + i % 26)));
    auto source = make_file_source({write("many", file.view())});
    ASSERT_TRUE(source.has_value());
    std::vector<PacketBatch> batches(1);
    while (*(*source)->read(batches.back()) == ReadStatus::Packets)
        batches.emplace_back();
    EXPECT_GE(batches.size(), 4U);
    std::size_t packets = 0;
    for (const PacketBatch& batch : batches) {
        for (const PacketRecord& packet : batch.packets) {
            const std::string expected(300 + packets % 101, static_cast<char>('a' + packets % 26));
            ASSERT_EQ(as_text(packet.bytes()), expected);
            ++packets;
        }
    }
    EXPECT_EQ(packets, kPackets);
}

TEST_F(FileSource, AWindowThatNobodyHoldsIsUsedAgain) {
    CaptureBytes file;
    file.pcap_header(0xa1b2c3d4);
    for (int i = 0; i < 3'000; ++i)
        file.pcap_record(1, 0, std::string(400, 'x'));
    auto source = make_file_source({write("many", file.view())});
    PacketBatch batch;
    ASSERT_EQ(*(*source)->read(batch), ReadStatus::Packets);
    const std::uint8_t* const window = batch.window.get();
    while (*(*source)->read(batch) == ReadStatus::Packets)
        ASSERT_EQ(batch.window.get(), window);
}

}  // namespace
}  // namespace vedette::sys
