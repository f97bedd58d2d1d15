// A batch that is too large for one frame, told in several. Rare: only messages of many kilobytes
// make it so. No state.
#pragma once

#include <functional>

#include "model/event_batch.hpp"

namespace vedette::collector {

/// Calls `tell` with batches that together hold every event of `batch`, each of at most about
/// `bytes` (but at least one event).
void for_each_part(const EventBatch& batch, std::size_t bytes,
                   const std::function<void(const EventBatch&)>& tell);

}  // namespace vedette::collector
