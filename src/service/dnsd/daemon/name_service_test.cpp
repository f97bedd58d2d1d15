#include "service/dnsd/daemon/name_service.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "service/dnsd/answer/test_zone.hpp"

namespace vedette::dnsd {
namespace {

class NameServiceTest : public ::testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/vedette-names-XXXXXX";
        directory_ = mkdtemp(name);
        write_zone("www A 192.0.2.1\n");
        settings_.zones = {{*render::parse_name("example."), directory_ + "/example.zone"}};
        settings_.records = directory_ + "/records.db";
        settings_.server.dns = {{*IpAddress::parse("127.0.0.1"), 0}};
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    // Written some time ago: a file that rests.
    void write_zone(const std::string& body, std::uint32_t serial = 1) {
        const std::string path = directory_ + "/new";
        std::ofstream(path) << "@ 300 SOA ns h " << serial << " 2 3 4 5\n" << body;
        std::filesystem::last_write_time(
            path, std::filesystem::file_time_type::clock::now() - std::chrono::seconds(10));
        std::filesystem::rename(path, directory_ + "/example.zone");
    }
    void add_record(const char* owner, std::uint16_t type, std::string_view rdata) {
        auto store = store::RecordStore::open(settings_.records, store::OpenMode::ReadWrite);
        const auto name = render::parse_name(owner);
        ASSERT_TRUE(store->begin());
        ASSERT_TRUE(store->add({name->view(), type, 300, as_bytes(rdata)}));
        ASSERT_TRUE(store->commit());
    }
    // Port 0 gives a port that is free for UDP; TCP may have it in use for a connection.
    Result<std::unique_ptr<NameService>> start_service() {
        auto service = NameService::start(settings_, nullptr);
        for (int tries = 0; tries < 20 && !service && service.error().text.contains("in use");
             ++tries) {
            service = NameService::start(settings_, nullptr);
        }
        EXPECT_TRUE(service) << (service ? "" : service.error().text);
        return service;
    }
    static int rcode(const NameService& service, const char* name) {
        Responder responder;
        std::vector<std::uint8_t> out(512);
        const auto query = test::Ask{name}.message();
        return responder.answer(query, {}, *service.snapshot(), out).rcode;
    }
    std::string directory_;
    NameServiceSettings settings_;
};

TEST_F(NameServiceTest, ServesFilesAndRecordsAndTheirChanges) {
    auto service = start_service();
    ASSERT_TRUE(service);
    EXPECT_EQ(rcode(**service, "www.example."), 0);
    EXPECT_EQ(rcode(**service, "fromage.fr."), 5);
    add_record("fromage.fr", 1, "\x0b\x17\x21\x15");
    EXPECT_TRUE((*service)->tick().empty());
    EXPECT_EQ(rcode(**service, "fromage.fr."), 0);
    EXPECT_EQ(rcode(**service, "no.fromage.fr."), 3);
    write_zone("other A 192.0.2.1\n");
    EXPECT_TRUE((*service)->tick().empty());
    EXPECT_EQ(rcode(**service, "other.example."), 0);
    EXPECT_EQ(rcode(**service, "www.example."), 3);
    (*service)->stop();
}

TEST_F(NameServiceTest, ABadZoneNeverReplacesAGoodOne) {
    auto service = start_service();
    ASSERT_TRUE(service);
    write_zone("www A 192.0.2.1\nbad A 1.2.3\n");
    const auto messages = (*service)->tick();
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(messages[0], settings_.zones[0].path +
                               ":3: '1.2.3' is no IPv4 address; the zone from before stays in "
                               "service");
    EXPECT_EQ(rcode(**service, "www.example."), 0);
    EXPECT_TRUE((*service)->tick().empty()) << "told once";
    std::filesystem::remove(settings_.zones[0].path);
    EXPECT_EQ((*service)->tick().size(), 1U);
    EXPECT_EQ(rcode(**service, "www.example."), 0);
}

TEST_F(NameServiceTest, AFileThatIsBeingWrittenIsLeftAlone) {
    auto service = start_service();
    ASSERT_TRUE(service);
    const std::string path = settings_.zones[0].path;
    std::ofstream(path) << "@ 300 SOA ns h 2 2 3 4 5\n";  // its names are still to come
    EXPECT_TRUE((*service)->tick().empty());
    EXPECT_EQ(rcode(**service, "www.example."), 0);
    for (int i = 0; i < 40 && rcode(**service, "www.example.") == 0; ++i) {
        usleep(25'000);
        EXPECT_TRUE((*service)->tick().empty());
    }
    EXPECT_EQ(rcode(**service, "www.example."), 3) << "it rests, so this is the zone";
}

TEST_F(NameServiceTest, SecondariesNeedNameServersAndGrowingSerials) {
    settings_.answers.transfer_to = {*Prefix::parse("127.0.0.1")};
    auto service = start_service();
    ASSERT_TRUE(service);
    EXPECT_EQ((*service)->tick(), std::vector<std::string>{"example.: has no NS record, and some "
                                                           "secondaries take no such zone"});
    EXPECT_TRUE((*service)->reload().empty()) << "told once, and nothing has changed";
    write_zone("other A 192.0.2.1\n", 1);
    EXPECT_EQ((*service)->tick(),
              std::vector<std::string>{
                  "example.: changed, but its serial is still 1; secondaries keep what they have"});
    write_zone("@ NS ns\n", 4'294'967'295);
    EXPECT_EQ((*service)->tick(),
              std::vector<std::string>{"example.: its serial went back from 1 to 4294967295; "
                                       "secondaries keep what they have"});
    write_zone("@ NS ns\nmore A 192.0.2.1\n", 2);
    EXPECT_TRUE((*service)->tick().empty()) << "serials go round (RFC 1982)";
}

TEST_F(NameServiceTest, ABadZoneFailsTheStart) {
    write_zone("bad A 1.2.3\n");
    const auto service = NameService::start(settings_, nullptr);
    ASSERT_FALSE(service);
    EXPECT_EQ(service.error().text, settings_.zones[0].path + ":2: '1.2.3' is no IPv4 address");
}

TEST_F(NameServiceTest, SecondariesAreToldUntilTheyAnswer) {
    auto secondary = open_udp({*IpAddress::parse("127.0.0.1"), 0});
    ASSERT_TRUE(secondary);
    settings_.notify = {bound_endpoint(*secondary)};
    auto service = start_service();
    ASSERT_TRUE(service);
    EXPECT_TRUE((*service)->tick().empty());
    write_zone("more A 192.0.2.1\n", 2);
    EXPECT_TRUE((*service)->tick().empty());
    std::array<std::uint8_t, 512> buffer;
    sockaddr_storage from{};
    socklen_t length = sizeof(from);
    const ssize_t got =
        recvfrom(secondary->get(), buffer.data(), buffer.size(), 0, generic_address(from), &length);
    ASSERT_EQ(got, 12 + 9 + 4);
    EXPECT_EQ(buffer[2], 0x24);
    EXPECT_EQ((*service)->notices_waiting(), 1U);
    buffer[2] |= 0x80U;
    (void)sendto(secondary->get(), buffer.data(), static_cast<std::size_t>(got), 0,
                 generic_address(from), length);
    for (int i = 0; i < 100 && (*service)->notices_waiting() != 0; ++i) {
        usleep(10'000);
        (void)(*service)->tick();
    }
    EXPECT_EQ((*service)->notices_waiting(), 0U);
}

}  // namespace
}  // namespace vedette::dnsd
