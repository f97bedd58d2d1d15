#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>

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

TEST(Output, ALongFileIsWholeWhateverIsOnItsWayToTheDisk) {
    const std::string path = testing::TempDir() + "vedette-long";
    std::string expected;
    {
        auto output = Output::open(path);
        ASSERT_TRUE(output);
        for (int i = 0; i < 200; ++i) {
            const std::string piece(100'000, static_cast<char>('a' + i % 26));
            expected += piece;
            output->write(piece);
        }
        Output moved(std::move(*output));
        moved.write("end");
        EXPECT_TRUE(moved.finish());
    }
    EXPECT_TRUE(read_all(path) == expected + "end");
    (void)std::remove(path.c_str());
}

}  // namespace
}  // namespace vedette::app
