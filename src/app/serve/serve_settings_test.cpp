#include "app/serve/serve_settings.hpp"

#include <gtest/gtest.h>

#include "render/name_text.hpp"

namespace vedette::app {
namespace {

std::string error_of(const config::Settings& settings) {
    const auto made = name_service_settings(settings, "");
    return made ? "" : made.error().text;
}

TEST(ServeSettings, DefaultsServeLoopbackOnly) {
    const auto made = name_service_settings(config::Settings{}, "r.db");
    ASSERT_TRUE(made);
    ASSERT_EQ(made->server.dns.size(), 1U);
    EXPECT_EQ(made->server.dns[0].to_text(), "127.0.0.1:53");
    EXPECT_TRUE(made->answers.unknown.empty());
    EXPECT_TRUE(made->answers.chaos_version.empty());
    EXPECT_TRUE(made->answers.transfer_to.empty());
    EXPECT_EQ(made->records, "r.db");
}

TEST(ServeSettings, EveryKindOfValue) {
    config::Settings settings;
    settings.serve_listen = {"127.0.0.1:5300", "[::1]:5300", "::"};
    settings.serve_tls_listen = {"127.0.0.1"};
    settings.serve_certificate = "c";
    settings.serve_key = "k";
    settings.serve_zones = {"example.org=/z/example"};
    settings.serve_unknown = {"0.0.0.0", "::"};
    settings.serve_tsig_keys = {"k:hmac-sha256:c2VjcmV0"};
    settings.serve_transfer_to = {"192.0.2.0/24"};
    const auto made = name_service_settings(settings, "");
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(made->server.dns[2].to_text(), "[::]:53");
    EXPECT_EQ(made->server.tls[0].to_text(), "127.0.0.1:853");
    EXPECT_EQ(render::name_text(made->zones[0].apex.view()), "example.org.");
    EXPECT_EQ(made->zones[0].path, "/z/example");
    EXPECT_EQ(made->answers.unknown.size(), 2U);
    EXPECT_EQ(made->answers.tsig_keys.size(), 1U);
}

TEST(ServeSettings, MistakesNameTheirSetting) {
    config::Settings settings;
    settings.serve_listen = {"localhost"};
    EXPECT_EQ(error_of(settings),
              "serve.listen: 'localhost' is no address, address:port or [address]:port");
    settings = {};
    settings.serve_zones = {"example.org"};
    EXPECT_EQ(error_of(settings), "serve.zones: 'example.org' is no APEX=FILE");
    settings = {};
    settings.serve_https_listen = {"127.0.0.1"};
    EXPECT_EQ(error_of(settings),
              "serve.certificate and serve.key are needed for TLS, HTTPS and QUIC");
    settings = {};
    settings.serve_unknown = {"nowhere"};
    EXPECT_EQ(error_of(settings), "serve.unknown: 'nowhere' is no address");
}

}  // namespace
}  // namespace vedette::app
