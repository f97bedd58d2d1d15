#include <gtest/gtest.h>

#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "sys/net/sockets.hpp"
#include "sys/net/stream.hpp"
#include "sys/net/tls.hpp"

namespace vedette::sys {
namespace {

const Duration kPatience = Duration::seconds(5);

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "vedette-net-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

TEST(HostPort, ReadsWhatPeopleType) {
    EXPECT_EQ(HostPort::parse("log.example:6054", 1), (HostPort{"log.example", 6054}));
    EXPECT_EQ(HostPort::parse("log.example", 1), (HostPort{"log.example", 1}));
    EXPECT_EQ(HostPort::parse("[2001:db8::1]:6054", 1), (HostPort{"2001:db8::1", 6054}));
    EXPECT_EQ(HostPort::parse("2001:db8::1", 1), (HostPort{"2001:db8::1", 1}));
    for (const char* wrong : {"", ":1", "a:", "a:65536", "a:1x", "[::1", "[::1]1", "a/b:1"})
        EXPECT_FALSE(HostPort::parse(wrong, 1)) << wrong;
    EXPECT_EQ((HostPort{"::1", 7}.to_text()), "[::1]:7");
    EXPECT_TRUE((HostPort{"127.0.0.2", 7}.is_loopback()));
    EXPECT_FALSE((HostPort{"192.0.2.2", 7}.is_loopback()));
}

TEST(Sockets, ConnectToAListenerAndMoveBytes) {
    auto listener = listen_tcp({"127.0.0.1", 0});
    ASSERT_TRUE(listener) << listener.error().text;
    const HostPort where = bound_host_port(*listener);
    EXPECT_NE(where.port, 0);
    auto client = connect_tcp({"localhost", where.port}, kPatience);
    if (!client) client = connect_tcp(where, kPatience);
    ASSERT_TRUE(client) << client.error().text;
    ASSERT_TRUE(wait_for(listener->get(), Ready::Readable, kPatience));
    const Descriptor server = accept_from(*listener);
    ASSERT_TRUE(server.open());
    EXPECT_TRUE(peer_text(server).starts_with("127.0.0.1:"));
    EXPECT_FALSE(accept_from(*listener).open());

    const auto one = make_plain_stream(client->get());
    const auto other = make_plain_stream(server.get());
    EXPECT_EQ(one->write(as_bytes("hello")).bytes, 5U);
    ASSERT_TRUE(wait_for(server.get(), Ready::Readable, kPatience));
    std::array<std::uint8_t, 16> buffer{};
    EXPECT_EQ(other->read(buffer).bytes, 5U);
    EXPECT_EQ(other->read(buffer).status, IoStatus::WantRead);
    client->close();
    ASSERT_TRUE(wait_for(server.get(), Ready::Readable, kPatience));
    EXPECT_EQ(other->read(buffer).status, IoStatus::Closed);
}

TEST(Sockets, SayWhatIsAway) {
    auto listener = listen_tcp({"127.0.0.1", 0});
    ASSERT_TRUE(listener);
    const HostPort where = bound_host_port(*listener);
    listener->close();
    const auto refused = connect_tcp(where, kPatience);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unavailable);
    EXPECT_NE(refused.error().text.find(where.to_text()), std::string::npos);
}

TEST(Sockets, AUnixSocketReplacesOnlyADeadOne) {
    const Folder folder;
    const std::string path = folder.file("tap.sock");
    auto first = listen_unix(path);
    ASSERT_TRUE(first) << first.error().text;
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
    const auto second = listen_unix(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Busy);
    first->close();
    EXPECT_TRUE(listen_unix(path));

    std::ofstream(folder.file("notes")) << "mine";
    EXPECT_FALSE(listen_unix(folder.file("notes")));
    EXPECT_FALSE(listen_unix(folder.file(std::string(200, 'x'))));
}

TEST(Tls, FilesThatAreNoCertificatesAreRefusedByName) {
    const Folder folder;
    std::ofstream(folder.file("bad.pem")) << "no certificate";
    const auto server = TlsContext::load({.certificate = folder.file("bad.pem"), .key = "x"});
    ASSERT_FALSE(server);
    EXPECT_NE(server.error().text.find("bad.pem"), std::string::npos);
    const auto client = TlsClient::load({.authorities = folder.file("absent.pem")});
    ASSERT_FALSE(client);
    EXPECT_NE(client.error().text.find("absent.pem"), std::string::npos);
}

}  // namespace
}  // namespace vedette::sys
