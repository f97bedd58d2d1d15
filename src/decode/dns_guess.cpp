// Whether bytes on an unusual port are DNS. Strict, because every datagram of an unknown protocol
// is asked: the header alone refuses almost all of them, then the whole message must be sound.
#include "decode/dns_tracker.hpp"
#include "wire/dns/message.hpp"

namespace vedette::decode {
namespace {

using wire::dns::Header;
using wire::dns::MessageView;

constexpr std::uint16_t kMostRecords = 256;  // of one section; more means a random header

bool is_usual_class(std::uint16_t qclass) noexcept {
    return qclass == 1 || qclass == 3 || qclass == 4 || qclass == 255;
}

/// Flags and counts that DNS software sends: one question, an assigned opcode, Z clear.
bool is_plausible(const Header& header) noexcept {
    constexpr std::uint16_t kOnlyInAnswers =
        wire::dns::kFlagAa | wire::dns::kFlagTc | wire::dns::kFlagRa | 0xfU;
    const std::uint8_t opcode = header.opcode();
    if (opcode != 0 && opcode != 4 && opcode != 5) return false;
    if ((header.flags & wire::dns::kFlagZ) != 0 || header.counts[0] != 1) return false;
    for (std::size_t i = 1; i < header.counts.size(); ++i) {
        if (header.counts[i] > kMostRecords) return false;
    }
    if (header.is_response()) return header.rcode() <= 11;
    if (opcode == 5) return true;
    return (header.flags & kOnlyInAnswers) == 0 && header.counts[1] == 0 && header.counts[3] <= 2;
}

}  // namespace

bool DnsTracker::looks_like_dns(ByteView message) noexcept {
    if (message.size() < wire::dns::kHeaderBytes + 5) return false;
    // The flags and the question count refuse before anything is walked.
    if (message[4] != 0 || message[5] != 1 || (message[3] & wire::dns::kFlagZ) != 0) return false;
    const MessageView view = MessageView::inspect(message);
    return !view.damage() && is_plausible(view.header()) && view.question_type() != 0 &&
           is_usual_class(view.question_class());
}

}  // namespace vedette::decode
