#include "detect/flood/host_rates.hpp"

namespace vedette::detect {

void HostRates::roll(Timestamp time) noexcept {
    const std::int64_t now = time.whole_seconds();
    if (used() && now <= second) return;
    if (used()) {
        const std::int64_t idle = now - second - 1;
        usual_queries_in.add(queries_in, idle);
        usual_queries_out.add(queries_out, idle);
        usual_unsolicited_in.add(unsolicited_in, idle);
    }
    second = now;
    first_in_second = time;
    queries_in = queries_out = responses_in = unsolicited_in = 0;
    query_bytes_out = response_bytes_in = 0;
    sources.clear();
    names.clear();
}

}  // namespace vedette::detect
