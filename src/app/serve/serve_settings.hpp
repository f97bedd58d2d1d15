// Settings -> what the name server is made of. Pure; errors name the setting that is wrong.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "service/dnsd/daemon/name_service.hpp"

namespace vedette::app {

/// `records` is the record store's file.
[[nodiscard]] Result<dnsd::NameServiceSettings> name_service_settings(
    const config::Settings& settings, std::string records);

}  // namespace vedette::app
