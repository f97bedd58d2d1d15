#include "service/replay/plan_loader.hpp"

#include "service/replay/plan_builder.hpp"

namespace vedette::replay {

Result<Plan> load_plan(sys::PacketSource& source, const LoadOptions& options,
                       const sys::StopFlag& stop) {
    PlanBuilder builder(options);
    decode::Decoder decoder(options.decoder);
    sys::PacketBatch batch;
    EventBatch events;
    while (!stop.stopping()) {
        const auto status = source.read(batch);
        if (!status) return std::unexpected(status.error());
        if (*status == sys::ReadStatus::End) break;
        builder.keep_packets(batch);
        decoder.decode(batch, events);
        builder.add(events);
        events.clear();
        if (builder.bytes() > kMostPlanBytes)
            return fail(ErrorKind::InvalidInput,
                        "the capture's questions take more than 2 GiB of memory; take fewer of "
                        "them (--most N), or cut the capture");
    }
    decoder.finish(events);
    builder.add(events);
    return builder.finish();
}

}  // namespace vedette::replay
