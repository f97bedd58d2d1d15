// Settings [consensus] -> who asks which resolvers. Each mistake in them is told by its name.
#pragma once

#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"
#include "model/origin/origin_table.hpp"
#include "service/guard/opinions/opinion_asker.hpp"

namespace vedette::app {

/// InvalidSettings when there are fewer resolvers than can agree, or more than are asked.
[[nodiscard]] Result<service::OpinionSettings> opinion_settings(const config::Settings& settings);

/// The table that the settings name; an empty one when they name none.
[[nodiscard]] Result<OriginTable> load_origins(const config::Settings& settings);

/// After a run, for a person: how many names were asked of others, and how many did not answer.
[[nodiscard]] std::string consensus_text(const service::OpinionCounts& counts);

}  // namespace vedette::app
