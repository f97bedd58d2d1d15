#include "pipeline/packet_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "sys/capture/file_source.hpp"

namespace vedette::pipeline {
namespace {

TEST(PacketFile, WhatIsKeptReadsBackTheSame) {
    std::string folder = (std::filesystem::temp_directory_path() / "vedette-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const std::string path = folder + "/kept.pcapng";
    sys::PacketBatch batch;
    const std::string data = "some bytes";
    for (std::uint16_t i = 0; i < 4; ++i) {
        batch.packets.push_back({{i * 1'000'003},
                                 as_bytes(data).data(),
                                 static_cast<std::uint32_t>(data.size()),
                                 60,
                                 static_cast<std::uint16_t>(i % 2 == 0 ? 1 : 101),
                                 static_cast<std::uint16_t>(i % 2)});
    }
    Result<PacketFile> file = PacketFile::create(path);
    ASSERT_TRUE(file.has_value()) << file.error().text;
    ASSERT_TRUE(file->consume(batch, {{"eth0", 1}, {"tun0", 101}}, nullptr).has_value());
    ASSERT_TRUE(file->flush().has_value());

    auto source = sys::make_file_source({path});
    sys::PacketBatch again;
    ASSERT_EQ(*(*source)->read(again), sys::ReadStatus::Packets);
    ASSERT_EQ(again.packets.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(as_text(again.packets[i].bytes()), data);
        EXPECT_EQ(again.packets[i].time, batch.packets[i].time);
        EXPECT_EQ(again.packets[i].link_type, batch.packets[i].link_type);
    }
    EXPECT_EQ((*source)->interfaces()[again.packets[1].interface].name, "tun0");
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace vedette::pipeline
