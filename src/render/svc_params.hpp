// Service parameters of SVCB and HTTPS records (RFC 9460 2.1 and 14.3.2). Internal to render/.
#pragma once

#include <string>

#include "wire/reader/reader.hpp"

namespace vedette::render {

/// Appends `key=value` pairs separated by spaces; reads `in` to its end.
void append_svc_params(std::string& out, wire::Reader& in);

}  // namespace vedette::render
