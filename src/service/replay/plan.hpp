// What is to be asked: the questions of a capture in the order they were asked, in memory, as they
// go over the wire. Built before the first one is sent, so that asking allocates nothing. The
// sender writes ids into the messages; everything else stays as it is. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "model/dns_transaction.hpp"
#include "wire/traced/frame.hpp"

namespace vedette::replay {

/// How questions travel.
enum class Via : std::uint8_t { Udp, Tcp, Tls, Traced };
[[nodiscard]] std::string_view to_text(Via via) noexcept;

/// A message or packet to send. Offsets are into Plan's bytes; lengths of 0 mean "none".
struct PlannedMessage {
    Timestamp time;                  ///< when it was asked in the capture
    std::uint32_t offset = 0;        ///< of the DNS message
    std::uint32_t packet = 0;        ///< traced: offset of what the frame carries
    std::uint32_t packet_bytes = 0;  ///< traced
    std::uint32_t answer = 0;        ///< offset of the capture's own answer
    std::uint32_t first_row = 0;     ///< its questions are rows first_row .. first_row + rows - 1
    std::uint16_t bytes = 0;
    std::uint16_t answer_bytes = 0;
    std::uint16_t question_bytes = 0;  ///< of the question section
    std::uint16_t rows = 0;
    std::uint16_t id = 0;  ///< in the capture
    wire::traced::PayloadKind kind = wire::traced::PayloadKind::Message;
    bool damaged = false;  ///< its questions cannot be read; sent as it was captured
};

/// One question; what the report has a row for.
struct PlannedQuestion {
    std::uint32_t name = 0;  ///< offset of its name, uncompressed
    std::uint32_t message = 0;
    std::uint16_t type = 0;
    std::uint16_t qclass = 0;
    std::uint8_t name_bytes = 0;  ///< 0 when it cannot be read
    DnsProtocol protocol = DnsProtocol::Dns;
};

/// Why messages of the capture are not in the plan.
enum class Skipped : std::uint8_t {
    Opcode,    ///< updates, notifications: asking them again would change things
    Cut,       ///< the capture kept too little of it
    Protocol,  ///< LLMNR and NetBIOS names
    Limit,     ///< beyond what was asked for
    Count,
};
inline constexpr std::size_t kSkipReasons = static_cast<std::size_t>(Skipped::Count);
[[nodiscard]] std::string_view to_text(Skipped reason) noexcept;

struct Plan {
    std::vector<PlannedMessage> messages;
    std::vector<PlannedQuestion> questions;
    std::vector<std::uint8_t> bytes;
    std::array<std::uint64_t, kSkipReasons> skipped{};
    std::uint64_t split = 0;    ///< messages with several questions, asked one by one
    std::uint64_t rebuilt = 0;  ///< messages cut by the capture whose questions were whole

    [[nodiscard]] std::span<std::uint8_t> message(const PlannedMessage& planned) noexcept {
        return std::span(bytes).subspan(planned.offset, planned.bytes);
    }
    [[nodiscard]] ByteView message(const PlannedMessage& planned) const noexcept {
        return ByteView(bytes).subspan(planned.offset, planned.bytes);
    }
    [[nodiscard]] ByteView packet(const PlannedMessage& planned) const noexcept {
        return ByteView(bytes).subspan(planned.packet, planned.packet_bytes);
    }
    [[nodiscard]] ByteView answer(const PlannedMessage& planned) const noexcept {
        return ByteView(bytes).subspan(planned.answer, planned.answer_bytes);
    }
    [[nodiscard]] ByteView name(const PlannedQuestion& question) const noexcept {
        return ByteView(bytes).subspan(question.name, question.name_bytes);
    }
};

}  // namespace vedette::replay
