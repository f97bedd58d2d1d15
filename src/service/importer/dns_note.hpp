// What a line of somebody's log says of a DNS exchange, and how an event is made of it: the bytes
// that the log does not keep are written anew as far as it tells, so that names and answers are
// searched like captured ones. Sizes stay 0: nobody saw them. No state but buffers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/event_batch.hpp"

namespace vedette::importer {

/// A record of an answer. `data` is an address, a name or text, as `type` has it.
struct NotedRecord {
    std::string owner;  ///< empty: the question's name
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    std::string data;
};

struct DnsNote {
    Timestamp query_time;     ///< kNever: the line is of the answer alone
    Timestamp response_time;  ///< kNever: no answer
    IpAddress client;
    IpAddress server;
    std::uint16_t client_port = 0;
    std::uint16_t server_port = 0;
    Transport transport = Transport::Udp;
    DnsProtocol protocol = DnsProtocol::Dns;
    std::uint16_t id = 0;
    std::string name;  ///< presentation form; empty without a question
    std::uint16_t qtype = 0;
    std::uint16_t qclass = 1;
    std::uint16_t query_flags = 0x0100;
    std::uint16_t response_flags = 0x8180;  ///< without the rcode
    std::uint16_t rcode = 0;
    std::vector<NotedRecord> answers;
};

/// Guesses what an answer's text is when its type is not told: an address, else a name that goes
/// with the question's type, else text.
[[nodiscard]] std::uint16_t guess_type(std::string_view data, std::uint16_t qtype);

/// Appends the transaction; false when the name cannot be one.
[[nodiscard]] bool add_transaction(const DnsNote& note, EventBatch& out);

/// The note's messages in wire form, for logs whose queries and answers are apart. Empty when the
/// name cannot be one.
[[nodiscard]] std::vector<std::uint8_t> query_bytes(const DnsNote& note);
[[nodiscard]] std::vector<std::uint8_t> response_bytes(const DnsNote& note);

}  // namespace vedette::importer
