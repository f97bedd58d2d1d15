// Transaction signatures (RFC 8945): HMAC over a message with a shared key. Allocates; used for
// transfers and for questions that carry a signature, never on the common path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "service/dnsd/zone/lookup_name.hpp"

namespace vedette::dnsd {

enum class TsigAlgorithm : std::uint8_t { HmacSha1, HmacSha256, HmacSha384, HmacSha512 };

struct TsigKey {
    OwnedName name;
    TsigAlgorithm algorithm = TsigAlgorithm::HmacSha256;
    std::vector<std::uint8_t> secret;

    /// "name:algorithm:base64" or "name:base64" (hmac-sha256).
    [[nodiscard]] static Result<TsigKey> parse(std::string_view text);
};

/// What the signature of a request says.
enum class TsigStatus : std::uint16_t {
    Good = 0,
    FormErr = 1,
    BadSig = 16,  ///< RFC 8945 5.2.2
    BadKey = 17,
    BadTime = 18,
};

/// A signed exchange: verifies the request, then signs its answers in order, each over the one
/// before (RFC 8945 5.3).
class TsigSession {
  public:
    /// `tsig_offset` is where the TSIG record starts in `request`; `now` in seconds since 1970.
    [[nodiscard]] static TsigSession verify(ByteView request, std::size_t tsig_offset,
                                            const std::vector<TsigKey>& keys, std::uint64_t now);

    /// Appends the TSIG record of a request, as a client does (NOTIFY, tests).
    static void sign_request(std::vector<std::uint8_t>& message, const TsigKey& key,
                             std::uint64_t now);

    [[nodiscard]] TsigStatus status() const noexcept { return status_; }
    /// Null unless the status is Good or BadTime.
    [[nodiscard]] const TsigKey* key() const noexcept { return key_ ? &*key_ : nullptr; }
    /// Octets that sign() will append at most.
    [[nodiscard]] std::size_t reserve() const noexcept;
    /// Appends the TSIG record to a whole message and counts it in the header.
    void sign(std::vector<std::uint8_t>& message, std::uint64_t now);

  private:
    // Its own: a transfer outlives the settings that the key came with.
    std::optional<TsigKey> key_;
    TsigStatus status_ = TsigStatus::FormErr;
    std::uint16_t original_id_ = 0;
    std::uint64_t request_time_ = 0;
    OwnedName key_name_;                   // as the request named it
    std::vector<std::uint8_t> algorithm_;  // as the request named it
    std::vector<std::uint8_t> last_mac_;
    bool first_ = true;
    bool answers_ = true;  // a request has no MAC before it
};

}  // namespace vedette::dnsd
