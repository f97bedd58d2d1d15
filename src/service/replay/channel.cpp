#include "service/replay/channel.hpp"

#include <algorithm>
#include <cstring>

#include "wire/dns/message.hpp"

namespace vedette::replay {
namespace {

std::uint8_t folded(std::uint8_t octet) noexcept {
    return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet + ('a' - 'A')) : octet;
}

}  // namespace

bool answers_question(ByteView answer, ByteView query, std::size_t question_bytes) noexcept {
    using wire::dns::kHeaderBytes;
    if (answer.size() < kHeaderBytes || (answer[2] & 0x80U) == 0) return false;
    const bool has_question = answer[4] != 0 || answer[5] != 0;
    // RFC 1035 4.1.1 leaves it to the server whether an error repeats the question.
    if (!has_question) return (answer[3] & 0xfU) != 0;
    if (question_bytes == 0) return true;  // a damaged query: its id must do
    if (answer.size() < kHeaderBytes + question_bytes) return false;
    const ByteView theirs = answer.subspan(kHeaderBytes, question_bytes);
    const ByteView ours = query.subspan(kHeaderBytes, question_bytes);
    if (std::memcmp(theirs.data(), ours.data(), question_bytes) == 0) return true;
    return std::ranges::equal(theirs, ours, {}, folded, folded);
}

}  // namespace vedette::replay
