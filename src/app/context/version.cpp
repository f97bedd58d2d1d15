#include "app/context/version.hpp"

namespace vedette::app {

std::string_view version() noexcept {
    return VEDETTE_VERSION;
}

}  // namespace vedette::app
