#include "service/dnsd/net/doq_streams.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kIdBytes = 2;

/// Whether more was sent than the length before the message says (RFC 9250 4.2: one message).
bool is_too_long(ByteView question) noexcept {
    wire::Reader reader(question);
    const std::size_t length = reader.u16();
    return reader.ok() && question.size() > kLengthBytes + length;
}

}  // namespace

DoqCode DoqStreams::take(Id id, ByteView data, More more, Time now) {
    const auto [place, fresh] = streams_.try_emplace(id);
    Stream& stream = place->second;
    if (fresh) {
        stream.since = now;
        ++asking_;
    }
    if (stream.state == State::Cancelled) {
        credit_ += data.size();
        return DoqCode::NoError;
    }
    if (stream.state == State::Asked) return DoqCode::ProtocolError;
    stream.question.insert(stream.question.end(), data.begin(), data.end());
    if (is_too_long(stream.question)) return DoqCode::ProtocolError;
    if (more == More::Expected) return DoqCode::NoError;
    const DoqCode code = answer(stream);
    if (code != DoqCode::NoError) return code;
    let_go_of_question(stream);
    stream.state = State::Asked;
    waiting_.push_back(id);
    return held_ > kMaxHeld ? DoqCode::ExcessiveLoad : DoqCode::NoError;
}

// RFC 9250 4.2 and 4.2.1.
DoqCode DoqStreams::answer(Stream& stream) {
    wire::Reader reader{ByteView(stream.question)};
    const std::uint16_t length = reader.u16();
    const ByteView query = reader.bytes(length);
    if (!reader.ok() || !reader.at_end() || length < kIdBytes || query[0] != 0 || query[1] != 0)
        return DoqCode::ProtocolError;
    const ByteView message = answerer_.answer_message(query);
    if (message.empty()) return DoqCode::ProtocolError;
    stream.answer.reserve(message.size() + kLengthBytes);
    stream.answer.push_back(static_cast<std::uint8_t>(message.size() >> 8U));
    stream.answer.push_back(static_cast<std::uint8_t>(message.size()));
    stream.answer.insert(stream.answer.end(), message.begin(), message.end());
    held_ += stream.answer.size();
    return DoqCode::NoError;
}

void DoqStreams::let_go_of_question(Stream& stream) {
    VEDETTE_ASSERT(stream.state == State::Asking && asking_ > 0);
    --asking_;
    credit_ += stream.question.size();
    stream.question = {};
}

// What is on its way of an answer stays: packets may be sent again until the stream is closed.
void DoqStreams::cancel(Id id) {
    const auto [known, fresh] = streams_.try_emplace(id);
    if (!fresh && known->second.state == State::Asking) let_go_of_question(known->second);
    known->second.state = State::Cancelled;
    std::erase(waiting_, id);
    std::erase(skipped_, id);
}

void DoqStreams::close(Id id) {
    const auto known = streams_.find(id);
    if (known == streams_.end()) return;
    cancel(id);
    held_ -= known->second.answer.size();
    streams_.erase(known);
}

std::size_t DoqStreams::take_credit() noexcept {
    return std::exchange(credit_, 0);
}

std::optional<DoqStreams::Time> DoqStreams::oldest_question() const noexcept {
    if (asking_ == 0) return std::nullopt;
    Time oldest = UINT64_MAX;
    for (const auto& [id, stream] : streams_) {
        if (stream.state == State::Asking) oldest = std::min(oldest, stream.since);
    }
    return oldest;
}

std::optional<DoqStreams::Outgoing> DoqStreams::next() {
    if (waiting_.empty()) return std::nullopt;
    const Id id = waiting_.front();
    const Stream& stream = streams_.at(id);
    return Outgoing{id, ByteView(stream.answer).subspan(stream.sent)};
}

void DoqStreams::sent(std::size_t bytes) {
    Stream& stream = streams_.at(waiting_.front());
    VEDETTE_ASSERT(bytes <= stream.answer.size() - stream.sent);
    stream.sent += bytes;
    if (stream.sent == stream.answer.size()) waiting_.pop_front();
}

void DoqStreams::skip(Obstacle obstacle) {
    if (obstacle == Obstacle::Now) skipped_.push_back(waiting_.front());
    waiting_.pop_front();
}

void DoqStreams::resume() {
    waiting_.insert(waiting_.end(), skipped_.begin(), skipped_.end());
    skipped_.clear();
}

}  // namespace vedette::dnsd
