// What a peer can send to the log server, without sockets: first byte chooses sensor or dnstap, the
// rest arrives in pieces. Memory stays bounded and every verdict is orderly.
#include <cstdlib>

#include "service/collector/server/dnstap_session.hpp"
#include "service/collector/server/sensor_session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using collector::Session;
    if (size < 2) return 0;
    pipeline::BatchQueue queue({.batches = 4, .bytes = 1U << 20U});
    collector::StreamBook book;
    collector::SensorBoard board;
    collector::CollectorCounters counters;
    collector::Intake intake{queue, book, board, counters};
    std::unique_ptr<Session> session;
    if ((data[0] & 1U) != 0)
        session = std::make_unique<collector::SensorSession>(intake, collector::Proof::Waived);
    else
        session = std::make_unique<collector::DnstapSession>(intake);
    const collector::Peer peer{"192.0.2.1:1", (data[0] & 2U) != 0 ? "sensor" : ""};
    const std::size_t piece = 1 + data[1];
    std::vector<std::uint8_t> out;
    ByteView rest(data + 2, size - 2);
    Session::Verdict verdict = Session::Verdict::Go;
    while (!rest.empty() && verdict == Session::Verdict::Go) {
        const std::size_t count = std::min(piece, rest.size());
        verdict = session->receive(rest.first(count), peer, out);
        rest = rest.subspan(count);
        if (verdict == Session::Verdict::Full) {
            while (auto batch = queue.pop({}))
                queue.recycle(std::move(batch));
            verdict = session->resume(out);
        }
        if (out.size() > size * 64 + 4'096) std::abort();
    }
    (void)session->tick(Timestamp{1}, out);
    queue.close();
    session->end(Timestamp{2});
    return 0;
}
