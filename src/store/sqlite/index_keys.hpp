// Under which 32-bit keys a row can be found. A key may stand for several things (it is a hash for
// clients, names and domains), so what an index finds is always checked against the row. Keys of
// names and clients depend on the store's seed. Pure.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "model/address.hpp"
#include "store/sqlite/fingerprint.hpp"

namespace vedette::store {

/// The indexed sides of a row. The numbers are in the file.
enum class Dimension : std::uint8_t {
    Client = 1,  ///< client_key()
    Vendor = 2,  ///< vendors.id
    Name = 3,    ///< name_key() of the question
    Domain = 4,  ///< domain_key() of the question
    Server = 5,  ///< servers.id
    Form = 6,    ///< forms.id
    Type = 7,    ///< question type
};
inline constexpr std::size_t kDimensions = 7;

/// Domains of fingerprints: what kind of thing the bytes are.
enum class Kind : std::uint8_t {
    Name = 1,
    Domain,
    Client,
    Host,
    Server,
    Form,
    Vendor,
    Message,
    Rdata,
    Record,
    Answer,
};

[[nodiscard]] inline Fingerprint fingerprint(const Fingerprinter& print, Kind kind,
                                             ByteView bytes) noexcept {
    return print(bytes, static_cast<std::uint64_t>(kind));
}

[[nodiscard]] inline std::uint32_t key_of(const Fingerprint& fingerprint) noexcept {
    return static_cast<std::uint32_t>(fingerprint.high);
}

/// The client's MAC when it is known, else its address.
[[nodiscard]] inline std::uint32_t client_key(const Fingerprinter& print, const MacAddress& mac,
                                              const IpAddress& ip) noexcept {
    return key_of(mac.is_zero() ? fingerprint(print, Kind::Client, ip.octets)
                                : fingerprint(print, Kind::Client, mac.octets));
}

/// `folded` is a name in wire form, lower case.
[[nodiscard]] inline std::uint32_t name_key(const Fingerprinter& print, ByteView folded) noexcept {
    return key_of(fingerprint(print, Kind::Name, folded));
}

/// The last two labels of a name in wire form, lower case; shorter names as they are.
[[nodiscard]] inline ByteView last_two_labels(ByteView folded) noexcept {
    std::size_t starts[2] = {0, 0};
    std::size_t at = 0;
    while (at < folded.size() && folded[at] != 0) {
        starts[0] = starts[1];
        starts[1] = at;
        at += 1U + folded[at];
    }
    return folded.subspan(starts[0]);
}

[[nodiscard]] inline std::uint32_t domain_key(const Fingerprinter& print,
                                              ByteView folded) noexcept {
    return key_of(fingerprint(print, Kind::Domain, last_two_labels(folded)));
}

}  // namespace vedette::store
