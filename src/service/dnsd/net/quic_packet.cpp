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

// A client comes back at once; and a token that was seen on the way is soon of no use.
constexpr ngtcp2_duration kTokenLife = 10 * NGTCP2_SECONDS;
constexpr std::size_t kMaxRefusal = 512;  // a first packet has 1200 octets at least

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

QuicFirst read_quic_first(ByteView packet, const QuicPath& path, ByteView secret, QuicTime now) {
    ngtcp2_version_cid ids{};  // refuses versions that are not spoken here
    if (ngtcp2_pkt_decode_version_cid(&ids, packet.data(), packet.size(), kQuicIdBytes) != 0 ||
        ids.version == 0 || ids.dcidlen > NGTCP2_MAX_CIDLEN || ids.scidlen > NGTCP2_MAX_CIDLEN)
        return {};
    ngtcp2_pkt_hd head{};
    if (ngtcp2_accept(&head, packet.data(), packet.size()) != 0) return {};
    QuicFirst first;
    first.begins = true;
    if (head.token.len == 0) return first;
    // Others than those of a Retry were never given out.
    sockaddr_storage client{};
    const ngtcp2_socklen length = to_socket_address(path.client, client);
    ngtcp2_cid original{};
    const bool good =
        ngtcp2_crypto_verify_retry_token(&original, head.token.base, head.token.len, secret.data(),
                                         secret.size(), head.version, generic_address(client),
                                         length, &head.dcid, kTokenLife, now) == 0;
    first.token = good ? QuicFirst::Token::Good : QuicFirst::Token::Bad;
    if (good) first.original = QuicId(as_text({original.data, original.datalen}));
    return first;
}

std::vector<std::uint8_t> quic_retry(ByteView first, const QuicPath& path, ByteView secret,
                                     QuicTime now) {
    ngtcp2_pkt_hd head{};
    if (ngtcp2_accept(&head, first.data(), first.size()) != 0) return {};
    sockaddr_storage client{};
    const ngtcp2_socklen length = to_socket_address(path.client, client);
    ngtcp2_cid own{};
    own.datalen = kQuicIdBytes;
    std::array<std::uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token{};
    if (!fill_random(own.data, own.datalen)) return {};
    const ngtcp2_ssize token_bytes =
        ngtcp2_crypto_generate_retry_token(token.data(), secret.data(), secret.size(), head.version,
                                           generic_address(client), length, &own, &head.dcid, now);
    if (token_bytes < 0) return {};
    std::vector<std::uint8_t> out(kMaxRefusal);
    const ngtcp2_ssize bytes =
        ngtcp2_crypto_write_retry(out.data(), out.size(), head.version, &head.scid, &own,
                                  &head.dcid, token.data(), static_cast<std::size_t>(token_bytes));
    out.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    return out;
}

std::vector<std::uint8_t> quic_end(ByteView first, QuicEnd why) {
    ngtcp2_pkt_hd head{};
    if (ngtcp2_accept(&head, first.data(), first.size()) != 0) return {};
    std::vector<std::uint8_t> out(kMaxRefusal);
    const ngtcp2_ssize bytes = ngtcp2_crypto_write_connection_close(
        out.data(), out.size(), head.version, &head.scid, &head.dcid,
        static_cast<std::uint64_t>(why), nullptr, 0);
    out.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
    return out;
}

}  // namespace vedette::dnsd
