#include "service/replay/plan.hpp"

namespace vedette::replay {
namespace {

constexpr std::array<std::string_view, 4> kVias{"udp", "tcp", "tls", "traced"};
constexpr std::array<std::string_view, kSkipReasons> kReasons{
    "no question but a request of another kind (update, notification)",
    "cut off by the capture",
    "LLMNR or NetBIOS",
    "beyond --most",
};

}  // namespace

std::string_view to_text(Via via) noexcept {
    return kVias[static_cast<std::size_t>(via)];
}

std::string_view to_text(Skipped reason) noexcept {
    return kReasons[static_cast<std::size_t>(reason)];
}

}  // namespace vedette::replay
