// The secret of an anonymization. Who has it can tell whether an address or name was in the
// original, so it is kept in a file of mode 0600 and never printed. Two captures anonymized with
// one key can be compared; with two keys they cannot. A plain value.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vedette::captures {

class AnonymizeKey {
  public:
    static constexpr std::size_t kBytes = 32;
    using Bytes = std::array<std::uint8_t, kBytes>;

    explicit AnonymizeKey(const Bytes& bytes) noexcept : bytes_(bytes) {}

    /// A fresh random key.
    [[nodiscard]] static Result<AnonymizeKey> random();
    /// Reads 64 hexadecimal digits, a newline may follow. Fails when others may read the file.
    [[nodiscard]] static Result<AnonymizeKey> load(const std::string& path);
    /// As load(); when there is no such file, a random key is saved there first, mode 0600.
    [[nodiscard]] static Result<AnonymizeKey> load_or_create(const std::string& path);
    /// Saves to a new file, mode 0600; fails when `path` exists.
    [[nodiscard]] Result<void> save(const std::string& path) const;

    /// 32 bytes for one purpose: HMAC-SHA-256 of its name under the key (RFC 5869's idea of
    /// separate keys for separate uses).
    [[nodiscard]] Bytes derive(std::string_view purpose) const;

    friend bool operator==(const AnonymizeKey&, const AnonymizeKey&) noexcept = default;

  private:
    Bytes bytes_;
};

}  // namespace vedette::captures
