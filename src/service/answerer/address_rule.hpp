// Which address of the pool a question gets. Three rules, each repeatable by hand:
//
//   round-robin  the next one, counted by family
//   hash         FNV-1a (64 bits) of the name in wire form, ASCII letters in lower case, modulo the
//                size of the pool
//   time         the pool of the window in which the question's time of day (UTC) lies, else the
//                whole pool; within it, the question's id modulo the size
//
// Not thread safe: round-robin counts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "service/answerer/address_pool.hpp"

namespace vedette::answerer {

struct AddressRuleSettings {
    std::vector<std::string> pool;
    std::string rule;                  ///< "round-robin", "hash" or "time"
    std::vector<std::string> windows;  ///< "04:00-12:00 = 192.0.2.11-15, 2001:db8::1"
};

/// What a rule looks at. `name` is in wire form, uncompressed.
struct Asked {
    ByteView name;
    std::uint32_t second_of_day = 0;  ///< UTC, 0 to 86,400
    std::uint32_t id = 0;             ///< of the traced frame, else of the message
};

/// FNV-1a over the name with ASCII letters in lower case.
[[nodiscard]] std::uint64_t name_number(ByteView name) noexcept;

class AddressRule {
  public:
    [[nodiscard]] static Result<AddressRule> make(const AddressRuleSettings& settings);

    /// Nothing when the pool has no address of the family.
    [[nodiscard]] std::optional<IpAddress> choose(Family family, const Asked& asked) noexcept;

  private:
    enum class Kind : std::uint8_t { RoundRobin, Hash, Time };
    /// Minutes of the day; `begin` is in it, `end` is not, and it may reach over midnight.
    struct Window {
        std::uint16_t begin = 0;
        std::uint16_t end = 0;
        AddressPool pool;
        [[nodiscard]] bool holds(std::uint32_t minute) const noexcept {
            return begin < end ? minute >= begin && minute < end : minute >= begin || minute < end;
        }
    };
    explicit AddressRule(AddressPool pool) : pool_(std::move(pool)) {}

    [[nodiscard]] static Result<Window> parse_window(const std::string& text);

    Kind kind_ = Kind::RoundRobin;
    AddressPool pool_;
    std::vector<Window> windows_;
    std::array<std::uint64_t, 2> turns_{};
};

}  // namespace vedette::answerer
