// Settings -> the options of the parts that a run is made of. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "config/settings.hpp"
#include "decode/decoder.hpp"

namespace vedette::app {

[[nodiscard]] std::vector<std::uint16_t> dns_ports(const config::Settings& settings);
[[nodiscard]] decode::DecoderOptions decoder_options(const config::Settings& settings);

}  // namespace vedette::app
