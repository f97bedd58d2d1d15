#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "app/output/background_writer.hpp"
#include "app/output/listing.hpp"
#include "app/output/output.hpp"

namespace vedette::app {
namespace {

std::string read_all(const std::string& path) {
    std::string text;
    std::FILE* const file = std::fopen(path.c_str(), "r");
    if (file == nullptr) return "(missing)";
    std::array<char, 4096> buffer{};
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), file)) {
        text.append(buffer.data(), n);
    }
    std::fclose(file);
    return text;
}

std::string listed(Format format) {
    const std::string path = testing::TempDir() + "vedette-listing";
    {
        auto output = Output::open(path);
        EXPECT_TRUE(output);
        Listing listing(*output, format, render::Color::Off,
                        {{"mac", {"client"}},
                         {"queries", {"queries", render::Align::Right}},
                         {"addresses", {"addresses"}}});
        listing.add({{"aa"},
                     {"1,234", "1234", ListingCell::Json::Number},
                     {"a, b", "a b", ListingCell::Json::List}});
        listing.add({{"\x1b[2J"}, {"5", "5", ListingCell::Json::Number}, {""}});
        listing.finish();
        EXPECT_TRUE(output->finish());
    }
    const std::string text = read_all(path);
    ::unlink(path.c_str());
    return text;
}

TEST(Listing, OneListFourFormats) {
    EXPECT_EQ(listed(Format::Table),
              "client   queries  addresses\n"
              "aa         1,234  a, b\n"
              "\\x1b[2J        5\n");
    EXPECT_EQ(listed(Format::Jsonl),
              "{\"mac\":\"aa\",\"queries\":1234,\"addresses\":[\"a\",\"b\"]}\n"
              "{\"mac\":\"\\u001b[2J\",\"queries\":5}\n");
    EXPECT_EQ(listed(Format::Csv), "mac,queries,addresses\naa,1234,a b\n\x1b[2J,5,\n");
    EXPECT_EQ(listed(Format::Tsv), "mac\tqueries\taddresses\naa\t1234\ta b\n\x1b[2J\t5\t\n");
}

TEST(Output, TellsWhyItCannotWrite) {
    const auto output = Output::open("/nonexistent/file");
    ASSERT_FALSE(output);
    EXPECT_EQ(output.error().kind, ErrorKind::NotFound);
    EXPECT_EQ(output.error().text, "cannot write /nonexistent/file: No such file or directory");
}

TEST(Output, AFullDiskIsTold) {
    auto output = Output::open("/dev/full");
    ASSERT_TRUE(output);
    output->write("x");
    const auto result = output->finish();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::NoSpace);
}

TEST(BackgroundWriter, WritesAllInOrder) {
    const std::string path = testing::TempDir() + "vedette-background";
    std::string expected;
    auto output = Output::open(path);
    ASSERT_TRUE(output);
    {
        BackgroundWriter writer(*output);
        for (int i = 0; i < 1'000; ++i) {
            const std::string piece =
                std::to_string(i) + std::string(static_cast<std::size_t>(i % 300), 'x') + "\n";
            expected += piece;
            writer.write(piece);
        }
        EXPECT_TRUE(writer.finish());
        EXPECT_TRUE(writer.finish());
        EXPECT_FALSE(writer.stopped());
    }
    EXPECT_EQ(read_all(path), expected);
    (void)std::remove(path.c_str());
}

TEST(BackgroundWriter, AFullDiskStopsIt) {
    auto output = Output::open("/dev/full");
    ASSERT_TRUE(output);
    BackgroundWriter writer(*output);
    for (int i = 0; i < 100; ++i)
        writer.write(std::string(100'000, 'x'));
    const auto outcome = writer.finish();
    EXPECT_TRUE(writer.stopped());
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::NoSpace);
}

TEST(BackgroundWriter, MayBeLeftUnfinished) {
    const std::string path = testing::TempDir() + "vedette-background";
    {
        auto output = Output::open(path);
        ASSERT_TRUE(output);
        BackgroundWriter writer(*output);
        writer.write("a");
    }
    EXPECT_EQ(read_all(path), "a");
    (void)std::remove(path.c_str());
}

}  // namespace
}  // namespace vedette::app
