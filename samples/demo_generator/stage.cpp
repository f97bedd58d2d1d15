#include "stage.hpp"

namespace demo {

void Stage::send(Timestamp time, const Endpoint& from, const Endpoint& to, const Message& message,
                 std::string comment) {
    const auto uses = [&](std::uint16_t port) { return from.port == port || to.port == port; };
    if (uses(5353))
        tally.count("mdns");
    else if (uses(5355))
        tally.count("llmnr");
    else if (uses(53))
        tally.dns(message);
    capture.add(time, udp_frame(from, to, message.encode().view()), std::move(comment));
}

void Stage::exchange(Timestamp time, const Endpoint& from, const Endpoint& server,
                     const Message& query, const Message& answer, Duration latency) {
    send(time, from, server, query);
    send(time + latency, server, from, answer);
}

Message query_of(std::uint16_t id, const std::string& name, std::uint16_t type) {
    Message query;
    query.id = id;
    query.questions.push_back({name, type});
    return query;
}

Message answer_to(const Message& query, std::uint16_t rcode) {
    Message answer;
    answer.id = query.id;
    answer.flags = static_cast<std::uint16_t>(kQr | kRa | (query.flags & kRd) | rcode);
    answer.questions = query.questions;
    return answer;
}

}  // namespace demo
