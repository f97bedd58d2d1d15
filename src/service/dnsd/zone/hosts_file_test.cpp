#include "service/dnsd/zone/hosts_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "render/rdata_text.hpp"

namespace vedette::dnsd {
namespace {

std::string read(std::string_view text) {
    std::string records;
    const auto done = read_hosts_text(text, "hosts", 300, [&](const ParsedRecord& record) {
        records += render::name_text(record.owner) + " " + render::type_text(record.type) + " " +
                   render::rdata_text(record.type, record.rdata) + "\n";
        return Result<void>();
    });
    return done ? records + std::to_string(*done) : done.error().text;
}

TEST(HostsFile, LinesOfAddressesAndNames) {
    EXPECT_EQ(read(""), "0");
    EXPECT_EQ(read("# nothing\n\n   \t\n"), "0");
    EXPECT_EQ(read("192.0.2.1 a b.example # c\r\n\t2001:db8::1\td\n"),
              "a. A 192.0.2.1\nb.example. A 192.0.2.1\nd. AAAA 2001:db8::1\n3");
    EXPECT_EQ(read("192.0.2.1 a"), "a. A 192.0.2.1\n1") << "no end of line";
    EXPECT_EQ(read("fe80::1%lo0 localhost\n"), "0") << "an address of one link";
}

TEST(HostsFile, ErrorsNameTheLine) {
    EXPECT_EQ(read("192.0.2.1 a\n192.0.2 b\n"), "hosts:2: '192.0.2' is no address");
    EXPECT_EQ(read("\n\n192.0.2.1 # a\n"), "hosts:3: no name behind the address '192.0.2.1'");
    EXPECT_TRUE(read("192.0.2.1 a..b\n").starts_with("hosts:1: "));
    EXPECT_TRUE(read("192.0.2.1 " + std::string(64, 'x')).starts_with("hosts:1: "));
    const auto refused = read_hosts_text("192.0.2.1 a\n", "hosts", 300, [](const ParsedRecord&) {
        return Result<void>(fail(ErrorKind::InvalidInput, "not this one"));
    });
    EXPECT_EQ(refused.error().text, "hosts:1: not this one");
}

TEST(HostsFile, Files) {
    const auto never = [](const ParsedRecord&) { return Result<void>(); };
    EXPECT_EQ(read_hosts_file("/nowhere/hosts", 300, never).error().kind, ErrorKind::NotFound);
    const std::string path = testing::TempDir() + "hosts_file_test";
    std::ofstream(path) << "192.0.2.1 a b c\n";
    EXPECT_EQ(read_hosts_file(path, 300, never), 3U);
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace vedette::dnsd
