#include <gtest/gtest.h>

#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "service/certs/authority.hpp"
#include "sys/net/sockets.hpp"
#include "sys/net/tls.hpp"

namespace vedette::certs {
namespace {

class AuthorityTest : public ::testing::Test {
  protected:
    AuthorityTest() {
        std::string name = (std::filesystem::temp_directory_path() / "vedette-ca-XXXXXX").string();
        root_ = mkdtemp(name.data());
        folder_ = root_ + "/certs";
    }
    ~AuthorityTest() override { std::filesystem::remove_all(root_); }

    static unsigned mode_of(const std::string& path) {
        struct stat status{};
        return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0U;
    }

    std::string root_;
    std::string folder_;
};

/// Drives both ends of a handshake over loopback until one byte went across; the peer's name as the
/// server sees it, or why not.
std::string shake_hands(const sys::TlsServerOptions& server_side,
                        const sys::TlsClientOptions& client_side, const std::string& name) {
    auto context = sys::TlsContext::load(server_side);
    auto client_context = sys::TlsClient::load(client_side);
    if (!context) return context.error().text;
    if (!client_context) return client_context.error().text;
    auto listener = sys::listen_tcp({"127.0.0.1", 0});
    auto out = sys::connect_tcp(sys::bound_host_port(*listener), Duration::seconds(5));
    if (!out || !sys::wait_for(listener->get(), sys::Ready::Readable, Duration::seconds(5)))
        return "no connection";
    const sys::Descriptor in = sys::accept_from(*listener);
    const auto server = (*context)->accept(in.get());
    const auto client = (*client_context)->connect(out->get(), name);
    std::array<std::uint8_t, 8> buffer{};
    bool sent = false;
    for (int round = 0; round < 200; ++round) {
        if (!sent) {
            const auto result = client->write(as_bytes("x"));
            if (result.status == sys::IoStatus::Closed) return "client: " + client->failure();
            sent = result.status == sys::IoStatus::Done;
        }
        const auto got = server->read(buffer);
        if (got.status == sys::IoStatus::Closed) return "server: " + server->failure();
        if (got.status == sys::IoStatus::Done) return "peer " + server->peer_name();
        (void)sys::wait_for(sent ? in.get() : out->get(), sys::Ready::Readable,
                            Duration::millis(20));
    }
    return "no end";
}

TEST_F(AuthorityTest, PairsServerAndClientsThatKnowEachOther) {
    Authority authority(folder_);
    const auto root = authority.init("Vedette", 3'650);
    ASSERT_TRUE(root) << root.error().text;
    EXPECT_EQ(root->role, Role::Authority);
    EXPECT_EQ(mode_of(folder_), 0700U);
    EXPECT_EQ(mode_of(authority.key_path("ca")), 0600U);
    EXPECT_EQ(authority.init("Another", 1).error().kind, ErrorKind::Busy);

    const auto server = authority.issue(
        {.name = "server", .role = Role::Server, .hosts = {"log.example", "127.0.0.1"}});
    ASSERT_TRUE(server) << server.error().text;
    EXPECT_EQ(server->hosts, (std::vector<std::string>{"log.example", "127.0.0.1"}));
    ASSERT_TRUE(authority.issue({.name = "sensor-1"}));
    EXPECT_EQ(mode_of(authority.key_path("sensor-1")), 0600U);
    EXPECT_EQ(authority.issue({.name = "sensor-1"}).error().kind, ErrorKind::Busy);

    const sys::TlsServerOptions listen{.certificate = authority.certificate_path("server"),
                                       .key = authority.key_path("server"),
                                       .client_ca = authority.authority_path(),
                                       .clients = sys::ClientCertificate::Required,
                                       .least = sys::TlsVersion::Tls13};
    sys::TlsClientOptions connect{.authorities = authority.authority_path(),
                                  .certificate = authority.certificate_path("sensor-1"),
                                  .key = authority.key_path("sensor-1"),
                                  .least = sys::TlsVersion::Tls13};
    EXPECT_EQ(shake_hands(listen, connect, "log.example"), "peer sensor-1");
    EXPECT_EQ(shake_hands(listen, connect, "127.0.0.1"), "peer sensor-1");
    // Another name than the certificate's, and a client that shows nothing.
    EXPECT_NE(shake_hands(listen, connect, "other.example").find("does not verify"),
              std::string::npos);
    connect.certificate.clear();
    EXPECT_NE(shake_hands(listen, connect, "log.example").find("peer did not return a certificate"),
              std::string::npos);

    // An authority of the same name is another one.
    Authority stranger(root_ + "/other");
    ASSERT_TRUE(stranger.init("Vedette", 3'650));
    ASSERT_TRUE(stranger.issue({.name = "sensor-1"}));
    connect.certificate = stranger.certificate_path("sensor-1");
    connect.key = stranger.key_path("sensor-1");
    EXPECT_TRUE(shake_hands(listen, connect, "log.example").starts_with("server: "));
    // A server's certificate is no client's.
    connect.certificate = authority.certificate_path("server");
    connect.key = authority.key_path("server");
    EXPECT_TRUE(shake_hands(listen, connect, "log.example").starts_with("server: "));
}

TEST_F(AuthorityTest, RenewKeepsNameRoleAndHosts) {
    Authority authority(folder_);
    ASSERT_TRUE(authority.init("Vedette", 3'650));
    const auto first =
        authority.issue({.name = "s", .role = Role::Server, .hosts = {"::1"}, .days = 1});
    ASSERT_TRUE(first);
    const auto second = authority.renew("s", 400);
    ASSERT_TRUE(second) << second.error().text;
    EXPECT_EQ(second->role, Role::Server);
    EXPECT_EQ(second->hosts, first->hosts);
    EXPECT_GT(second->not_after, first->not_after);
    EXPECT_NE(second->fingerprint, first->fingerprint);
    EXPECT_EQ(authority.renew("absent", 1).error().kind, ErrorKind::NotFound);
    const auto all = authority.list();
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 2U);
    EXPECT_EQ(all->front().role, Role::Authority);
}

TEST_F(AuthorityTest, SelfSignedNeedsNoAuthority) {
    Authority authority(folder_);
    EXPECT_EQ(authority.issue({.name = "x"}).error().kind, ErrorKind::NotFound);
    const auto own = authority.issue(
        {.name = "dns.example", .role = Role::SelfSigned, .hosts = {"dns.example"}});
    ASSERT_TRUE(own) << own.error().text;
    EXPECT_EQ(own->role, Role::SelfSigned);
    const sys::TlsServerOptions listen{.certificate = own->path,
                                       .key = authority.key_path("dns.example")};
    EXPECT_EQ(shake_hands(listen, {.authorities = own->path}, "dns.example"), "peer ");
}

TEST_F(AuthorityTest, NamesCannotLeadOutOfTheFolder) {
    Authority authority(folder_);
    ASSERT_TRUE(authority.init("Vedette", 3'650));
    for (const char* name : {"", "../x", "a/b", "ca", ".hidden", "-o", "a b"})
        EXPECT_EQ(authority.issue({.name = name}).error().kind, ErrorKind::Usage) << name;
    EXPECT_FALSE(authority.issue({.name = "s", .role = Role::Server, .hosts = {"a,DNS:b"}}));
    std::ofstream(folder_ + "/junk.pem") << "junk";
    EXPECT_EQ(read_certificate(folder_ + "/junk.pem").error().kind, ErrorKind::InvalidInput);
    EXPECT_EQ(authority.list()->size(), 1U);
}

}  // namespace
}  // namespace vedette::certs
