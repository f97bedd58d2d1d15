// A capture -> a Plan. The decoder finds the questions (fragments, TCP streams and tunnels
// included) and pairs them with the capture's own answers. One thread; memory is that of the plan,
// about 100 bytes a question.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "decode/decoder.hpp"
#include "service/replay/plan.hpp"
#include "sys/capture/packet_source.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::replay {

struct LoadOptions {
    Via via = Via::Udp;
    std::uint64_t most_questions = UINT64_MAX;
    bool any_opcode = false;    ///< also what changes things on a server
    bool keep_answers = false;  ///< for comparing
    decode::DecoderOptions decoder;
};

/// Bytes of a plan; more is an error that says how to take less.
inline constexpr std::uint64_t kMostPlanBytes = 2ULL << 30U;

/// Reads the source to its end, or until `stop` asks. Traced form: a question whose packet holds it
/// whole and alone is sent as that packet; of others (fragments, TCP segments with several, links
/// that frames cannot name) the message alone.
[[nodiscard]] Result<Plan> load_plan(sys::PacketSource& source, const LoadOptions& options,
                                     const sys::StopFlag& stop);

}  // namespace vedette::replay
