// What is known of QUIC packets without their connection, and the certificate they all need.
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <array>

#include "service/dnsd/net/quic_connection.hpp"

namespace vedette::dnsd {
namespace {

class Credentials final : public QuicCredentials {
  public:
    Credentials() { gnutls_certificate_allocate_credentials(&handle_); }
    ~Credentials() override { gnutls_certificate_free_credentials(handle_); }
    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;
    [[nodiscard]] void* handle() const noexcept override { return handle_; }
    [[nodiscard]] gnutls_certificate_credentials_t own() const noexcept { return handle_; }

  private:
    gnutls_certificate_credentials_t handle_ = nullptr;
};

bool fill_random(void* place, std::size_t bytes) noexcept {
    return gnutls_rnd(GNUTLS_RND_RANDOM, place, bytes) == 0;
}

}  // namespace

Result<std::shared_ptr<QuicCredentials>> QuicCredentials::load(const std::string& certificate,
                                                               const std::string& key) {
    auto made = std::make_shared<Credentials>();
    const int code = gnutls_certificate_set_x509_key_file(made->own(), certificate.c_str(),
                                                          key.c_str(), GNUTLS_X509_FMT_PEM);
    if (code < 0)
        return fail(ErrorKind::InvalidInput, "cannot use " + certificate + " with " + key +
                                                 " for QUIC: " + gnutls_strerror(code));
    return made;
}

QuicId quic_destination(ByteView packet) noexcept {
    ngtcp2_version_cid ids{};
    const int code =
        ngtcp2_pkt_decode_version_cid(&ids, packet.data(), packet.size(), kQuicIdBytes);
    if (code != 0) return {};
    return QuicId(as_text({ids.dcid, ids.dcidlen}));
}

std::vector<std::uint8_t> quic_refusal(ByteView packet, ByteView reset_secret) {
    constexpr std::size_t kLeastReset = 43;  // RFC 9000 10.3: shorter than what it answers
    constexpr std::size_t kResetNoise = 20;
    constexpr std::uint8_t kLongHeader = 0x80;
    std::vector<std::uint8_t> out(packet.size());
    ngtcp2_version_cid ids{};
    const int code =
        ngtcp2_pkt_decode_version_cid(&ids, packet.data(), packet.size(), kQuicIdBytes);
    ngtcp2_ssize bytes = 0;
    if (code == NGTCP2_ERR_VERSION_NEGOTIATION) {
        constexpr std::array<std::uint32_t, 2> kVersions{NGTCP2_PROTO_VER_V1,
                                                         NGTCP2_PROTO_VER_V2_DRAFT};
        std::uint8_t noise = 0;
        (void)fill_random(&noise, 1);
        bytes = ngtcp2_pkt_write_version_negotiation(out.data(), out.size(), noise, ids.scid,
                                                     ids.scidlen, ids.dcid, ids.dcidlen,
                                                     kVersions.data(), 1);
    } else if (code == 0 && ids.dcidlen == kQuicIdBytes && (packet[0] & kLongHeader) == 0 &&
               packet.size() > kLeastReset) {
        ngtcp2_cid id{};
        ngtcp2_cid_init(&id, ids.dcid, ids.dcidlen);
        std::array<std::uint8_t, NGTCP2_STATELESS_RESET_TOKENLEN> token{};
        std::array<std::uint8_t, kResetNoise> noise{};
        if (!fill_random(noise.data(), noise.size()) ||
            ngtcp2_crypto_generate_stateless_reset_token(token.data(), reset_secret.data(),
                                                         reset_secret.size(), &id) != 0)
            return {};
        bytes = ngtcp2_pkt_write_stateless_reset(out.data(), out.size() - 1, token.data(),
                                                 noise.data(), noise.size());
    }
    out.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    return out;
}

}  // namespace vedette::dnsd
