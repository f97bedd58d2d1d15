// The query path with bytes from anywhere: what comes back is a sound message within its limit, or
// silence.
#include <cstdlib>

#include "service/dnsd/answer/test_zone.hpp"
#include "wire/dns/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    static const dnsd::Snapshot snapshot = dnsd::test::snapshot(dnsd::test::zone_text());
    static dnsd::Responder responder;
    static std::vector<std::uint8_t> out(65'535);
    for (const auto channel : {dnsd::Channel::Datagram, dnsd::Channel::EncryptedStream}) {
        dnsd::QueryContext context;
        context.channel = channel;
        const auto outcome = responder.answer({data, size}, context, snapshot, out);
        if (outcome.bytes == 0) continue;
        if (channel == dnsd::Channel::Datagram && outcome.bytes > 1'232) std::abort();
        const auto view = wire::dns::MessageView::inspect({out.data(), outcome.bytes});
        if (!dnsd::test::is_sound(view) || !view.header().is_response()) std::abort();
        if (out[0] != data[0] || out[1] != data[1]) std::abort();
    }
    return 0;
}
