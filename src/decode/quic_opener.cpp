#include "decode/quic_opener.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace vedette::decode {
namespace {

namespace quic = wire::quic;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kIvBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kSampleOffset = 4;  // as if the packet number had four bytes: RFC 9001 5.4.2
constexpr std::size_t kLargestPacket = 65'535;

using Secret = std::array<std::uint8_t, kSecretBytes>;

/// What a version derives its first keys from.
struct Salt {
    std::uint32_t first = 0;  ///< versions from this one
    std::uint32_t last = 0;   ///< to this one
    std::array<std::uint8_t, 20> salt{};
    std::string_view key;  ///< labels
    std::string_view iv;
    std::string_view header;
};
constexpr std::array<Salt, 3> kSalts{{
    // RFC 9001 5.2
    {quic::kVersion1,
     quic::kVersion1,
     {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     "quic key",
     "quic iv",
     "quic hp"},
    // RFC 9369 3.3.1
    {quic::kVersion2,
     quic::kVersion2,
     {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     "quicv2 key",
     "quicv2 iv",
     "quicv2 hp"},
    // draft-ietf-quic-tls-29 5.2
    {quic::kDraft29,
     quic::kDraft29 + 3,
     {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
      0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
     "quic key",
     "quic iv",
     "quic hp"},
}};

const Salt* find_salt(std::uint32_t version) noexcept {
    for (const Salt& salt : kSalts) {
        if (version >= salt.first && version <= salt.last) return &salt;
    }
    return nullptr;
}

/// RFC 2104; HKDF-Extract is this with the salt as key (RFC 5869 2.2).
bool authenticate(ByteView key, ByteView text, Secret& out) noexcept {
    unsigned length = 0;
    return ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text.data(), text.size(),
                  out.data(), &length) != nullptr &&
           length == out.size();
}

/// HKDF-Expand-Label of RFC 8446 7.1 with an empty context, at most 32 bytes of it.
bool expand(const Secret& secret, std::string_view label, std::span<std::uint8_t> out) noexcept {
    constexpr std::string_view kPrefix = "tls13 ";
    std::array<std::uint8_t, 64> info{};
    std::size_t size = 0;
    info[size++] = 0;
    info[size++] = static_cast<std::uint8_t>(out.size());
    info[size++] = static_cast<std::uint8_t>(kPrefix.size() + label.size());
    for (const std::string_view part : {kPrefix, label}) {
        std::ranges::copy(as_bytes(part), info.begin() + static_cast<std::ptrdiff_t>(size));
        size += part.size();
    }
    info[size++] = 0;  // no context
    info[size++] = 1;  // RFC 5869 2.3: the first block
    Secret block{};
    if (!authenticate(secret, ByteView(info).first(size), block)) return false;
    std::ranges::copy_n(block.begin(), static_cast<std::ptrdiff_t>(out.size()), out.begin());
    return true;
}

struct Keys {
    std::array<std::uint8_t, kKeyBytes> key{};
    std::array<std::uint8_t, kIvBytes> iv{};
    std::array<std::uint8_t, kKeyBytes> header{};
};

bool derive(const Salt& salt, ByteView connection, Keys& keys) noexcept {
    Secret initial{};
    Secret client{};
    return authenticate(salt.salt, connection, initial) && expand(initial, "client in", client) &&
           expand(client, salt.key, keys.key) && expand(client, salt.iv, keys.iv) &&
           expand(client, salt.header, keys.header);
}

}  // namespace

struct QuicOpener::State {
    EVP_CIPHER_CTX* mask = EVP_CIPHER_CTX_new();
    EVP_CIPHER_CTX* seal = EVP_CIPHER_CTX_new();
    std::vector<std::uint8_t> header;
    std::vector<std::uint8_t> plain;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        EVP_CIPHER_CTX_free(mask);
        EVP_CIPHER_CTX_free(seal);
    }

    /// Takes the mask off the header, which goes into `header`; its packet number, or nothing.
    std::optional<std::uint32_t> unmask(const quic::InitialView& view, ByteView packet,
                                        const Keys& keys) {
        std::array<std::uint8_t, kKeyBytes> bits{};
        int done = 0;
        const std::uint8_t* const sample = packet.data() + view.number_offset + kSampleOffset;
        if (EVP_EncryptInit_ex(mask, EVP_aes_128_ecb(), nullptr, keys.header.data(), nullptr) !=
                1 ||
            EVP_EncryptUpdate(mask, bits.data(), &done, sample, kKeyBytes) != 1)
            return std::nullopt;
        const auto first = static_cast<std::uint8_t>(packet[0] ^ (bits[0] & 0x0fU));
        const std::size_t width = 1U + (first & 3U);
        header.assign(packet.begin(),
                      packet.begin() + static_cast<std::ptrdiff_t>(view.number_offset + width));
        header[0] = first;
        std::uint32_t number = 0;
        for (std::size_t i = 0; i < width; ++i) {
            header[view.number_offset + i] ^= bits[1 + i];
            number = number << 8U | header[view.number_offset + i];
        }
        return number;
    }

    /// AEAD_AES_128_GCM (RFC 9001 5.3) over what follows the header.
    bool decrypt(ByteView sealed, std::uint32_t number, const Keys& keys) {
        if (sealed.size() < kTagBytes) return false;
        auto nonce = keys.iv;
        for (std::size_t i = 0; i < 4; ++i)
            nonce[kIvBytes - 1 - i] ^= static_cast<std::uint8_t>(number >> (8U * i));
        std::array<std::uint8_t, kTagBytes> tag{};
        std::ranges::copy(sealed.last(kTagBytes), tag.begin());
        const ByteView body = sealed.first(sealed.size() - kTagBytes);
        plain.resize(body.size());
        int done = 0;
        return EVP_DecryptInit_ex(seal, EVP_aes_128_gcm(), nullptr, keys.key.data(),
                                  nonce.data()) == 1 &&
               EVP_DecryptUpdate(seal, nullptr, &done, header.data(),
                                 static_cast<int>(header.size())) == 1 &&
               EVP_DecryptUpdate(seal, plain.data(), &done, body.data(),
                                 static_cast<int>(body.size())) == 1 &&
               EVP_CIPHER_CTX_ctrl(seal, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
               EVP_DecryptFinal_ex(seal, nullptr, &done) == 1;
    }
};

QuicOpener::QuicOpener() : state_(std::make_unique<State>()) {}
QuicOpener::~QuicOpener() = default;

std::optional<ByteView> QuicOpener::open(const quic::InitialView& view, ByteView datagram) {
    const Salt* const salt = find_salt(view.version);
    if (salt == nullptr || !view.whole || view.end > kLargestPacket) return std::nullopt;
    Keys keys;
    if (!derive(*salt, view.destination_id, keys)) return std::nullopt;
    const auto number = state_->unmask(view, datagram.first(view.end), keys);
    if (!number) return std::nullopt;
    const std::size_t body = state_->header.size();
    if (!state_->decrypt(datagram.subspan(body, view.end - body), *number, keys))
        return std::nullopt;
    return ByteView(state_->plain);
}

}  // namespace vedette::decode
