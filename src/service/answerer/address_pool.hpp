// Addresses to hand out, as ranges of both families: "192.0.2.11-15", "2001:db8::1-2001:db8::f",
// "192.0.2.0/28", "192.0.2.7". Each has a number within its family, in the order written. Immutable
// after parsing; safe on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/address.hpp"

namespace vedette::answerer {

enum class Family : std::uint8_t { V4, V6 };

class AddressPool {
  public:
    /// Addresses of one family at most; more is a mistake in typing.
    static constexpr std::uint64_t kMaxSize = 1ULL << 24U;

    /// The error names the range that is wrong. Ranges that share addresses are an error too: such
    /// an address would come more often than others.
    [[nodiscard]] static Result<AddressPool> parse(const std::vector<std::string>& ranges);

    [[nodiscard]] std::uint64_t size(Family family) const noexcept {
        return family == Family::V4 ? v4_.size : v6_.size;
    }
    /// `index` below size().
    [[nodiscard]] IpAddress at(Family family, std::uint64_t index) const noexcept;

  private:
    struct Range {
        IpAddress first;
        std::uint64_t count = 0;
    };
    struct Addresses {
        std::vector<Range> ranges;
        std::uint64_t size = 0;
    };

    [[nodiscard]] Result<void> add(const std::string& text);

    Addresses v4_;
    Addresses v6_;
};

}  // namespace vedette::answerer
