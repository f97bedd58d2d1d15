#include "sys/capture/filtered_source.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "sys/capture/capture_bytes.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette::sys {
namespace {

class FilteredSourceTest : public testing::Test {
  protected:
    FilteredSourceTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "vedette-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        // Lengths decide, so that any bytes will do: `greater` and `less` read the length only.
        CaptureBytes file;
        file.section().interface(1).interface(113);
        file.enhanced(0, 1, std::string(50, 's')).enhanced(0, 2, std::string(200, 'l'));
        file.enhanced(1, 3, std::string(300, 'c')).enhanced(0, 4, std::string(20, 't'));
        path_ = folder_ / "f";
        std::ofstream(path_, std::ios::binary)
            .write(as_text(file.view()).data(), std::ssize(file.view()));
    }
    ~FilteredSourceTest() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path folder_;
    std::string path_;
};

TEST_F(FilteredSourceTest, RefusedPacketsAreCounted) {
    auto source = make_filtered_source(std::move(*make_file_source({path_})), "greater 100");
    ASSERT_TRUE(source.has_value());
    PacketBatch batch;
    ASSERT_EQ(*(*source)->read(batch), ReadStatus::Packets);
    EXPECT_EQ(batch.packets.size(), 2U);
    EXPECT_EQ(*(*source)->read(batch), ReadStatus::End);
    EXPECT_EQ((*source)->statistics().packets, 2U);
    EXPECT_EQ((*source)->statistics().filtered, 2U);
    EXPECT_EQ((*source)->statistics().bytes, 500U);
}

TEST_F(FilteredSourceTest, LinkTypesWithoutMeaningAreRefusedWithAWarning) {
    auto source = make_filtered_source(std::move(*make_file_source({path_})), "ether[0] = 0x73");
    PacketBatch batch;
    ASSERT_EQ(*(*source)->read(batch), ReadStatus::Packets);
    EXPECT_EQ(batch.packets.size(), 1U);
    auto wireless = make_filtered_source(std::move(*make_file_source({path_})), "ether broadcast");
    EXPECT_EQ(*(*wireless)->read(batch), ReadStatus::End) << "nothing passes";
    EXPECT_EQ((*wireless)->statistics().filtered, 4U);
    ASSERT_EQ((*wireless)->warnings().size(), 1U);
    EXPECT_TRUE((*wireless)->warnings()[0].starts_with("packets of link type 113 are left out"));
}

TEST_F(FilteredSourceTest, AMistakeIsToldBeforeReading) {
    const auto source = make_filtered_source(std::move(*make_file_source({path_})), "port port");
    ASSERT_FALSE(source.has_value());
    EXPECT_EQ(source.error().kind, ErrorKind::Usage);
}

}  // namespace
}  // namespace vedette::sys
