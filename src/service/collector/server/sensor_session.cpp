#include "service/collector/server/sensor_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "wire/dns/name.hpp"

namespace vedette::collector {
namespace {

namespace frames = wire::sensor;

const Duration kPatience = Duration::seconds(60);  // a sensor says something every two
constexpr std::size_t kMaxSensorName = 64;
// Frames and the batches in them have one numbering.
static_assert(frames::kVersion == store::kBatchVersion);

std::string hex(ByteView bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xfU];
    }
    return text;
}

/// What the rest of the program takes for granted of events, and hostile bytes could deny.
bool is_sound(const EventBatch& batch) noexcept {
    const auto named = [&](const auto& event) {
        return event.qname.empty() || wire::dns::is_wire_name(batch.bytes.view(event.qname));
    };
    return std::ranges::all_of(batch.dns, named) && std::ranges::all_of(batch.sightings, named);
}

}  // namespace

SensorSession::SensorSession(Intake& intake, Proof proof) : intake_(intake), proof_(proof) {}

SensorSession::~SensorSession() {
    // The batch goes back where it came from, so that memory stays where it is.
    if (batch_) intake_.queue.recycle(std::move(batch_));
}

Duration SensorSession::patience() const noexcept {
    return kPatience;
}

Session::Verdict SensorSession::receive(ByteView bytes, const Peer& peer,
                                        std::vector<std::uint8_t>& out) {
    peer_ = &peer;
    frames_.append(bytes);
    return work(out);
}

Session::Verdict SensorSession::resume(std::vector<std::uint8_t>& out) {
    if (waiting_ && !hand_over()) return Verdict::Full;
    return work(out);
}

void SensorSession::reply(std::vector<std::uint8_t>& out, frames::FrameHeader header,
                          ByteView payload) const {
    header.version = version_;
    append_frame(out, header, payload);
}

/// A sensor of another version is told so, in its own version; anything else broke the rules.
Session::Verdict SensorSession::refuse_bytes(std::vector<std::uint8_t>& out) {
    if (known_ || frames_.fault() != frames::FrameFault::Version) {
        ++intake_.counters.hostile;
        return Verdict::Drop;
    }
    ++intake_.counters.refused;
    version_ = frames_.version();
    reply(out, {.type = frames::FrameType::Refusal},
          as_bytes(fmt::format("the sensor speaks version {} of the sensor link, this server {} to "
                               "{}: update {}",
                               version_, frames::kOldestVersion, frames::kVersion,
                               version_ > frames::kVersion ? "the server" : "the sensor")));
    return Verdict::Close;
}

/// Every whole frame that has arrived.
Session::Verdict SensorSession::work(std::vector<std::uint8_t>& out) {
    for (;;) {
        frames::FrameHeader header;
        ByteView payload;
        switch (frames_.peek(known_ ? Trust::Known : Trust::Stranger, header, payload)) {
            case FrameStream::Next::Broken:
                return refuse_bytes(out);
            case FrameStream::Next::Partial:
                return Verdict::Go;
            case FrameStream::Next::Whole:
                break;
        }
        const Verdict verdict = take(header, payload, out);
        frames_.drop(header);
        if (verdict != Verdict::Go) return verdict;
    }
}

Session::Verdict SensorSession::take(const frames::FrameHeader& header, ByteView payload,
                                     std::vector<std::uint8_t>& out) {
    if (header.type == frames::FrameType::Hello && !known_) {
        version_ = header.version;
        return greet(payload, out);
    }
    if (known_ && header.type == frames::FrameType::Batch) return take_batch(header, payload, out);
    if (known_ && header.type == frames::FrameType::Status) {
        const auto status = frames::inspect_status(payload);
        if (status) {
            const Timestamp now = SystemClock().now();
            intake_.board.told(key_.first, *status);
            intake_.board.heard(key_.first, now);
            acknowledge(out, now);
            return Verdict::Go;
        }
    }
    ++intake_.counters.hostile;
    return Verdict::Drop;
}

/// The name that the peer has proved; empty when it has not.
std::string SensorSession::identify(const frames::HelloView& hello) const {
    if (!peer_->certificate.empty()) return peer_->certificate;
    if (intake_.tokens != nullptr) return intake_.tokens->get()->name_of(hello.token);
    return proof_ == Proof::Waived ? std::string(hello.name) : std::string();
}

Session::Verdict SensorSession::greet(ByteView payload, std::vector<std::uint8_t>& out) {
    const auto hello = frames::inspect_hello(payload);
    if (!hello) {
        ++intake_.counters.hostile;
        return Verdict::Drop;
    }
    const std::string name = identify(*hello);
    if (!is_sensor_name(name)) {
        ++intake_.counters.refused;
        reply(out, {.type = frames::FrameType::Refusal},
              as_bytes(name.empty() ? "no certificate or token that is known here"
                                    : "the sensor's name is not one: letters, digits, "
                                      "'.', '-', '_', at most 64"));
        return Verdict::Close;
    }
    const Timestamp now = SystemClock().now();
    key_ = {name, hex(hello->stream)};
    age_ = intake_.book.age();
    ticket_ = intake_.board.connect(name, peer_->address,
                                    std::string(hello->version.substr(0, kMaxSensorName)), now);
    known_ = true;
    acknowledged_ = intake_.book.stored(key_);
    reply(out, {.type = frames::FrameType::Welcome, .sequence = acknowledged_, .time = now});
    return Verdict::Go;
}

Session::Verdict SensorSession::take_batch(const frames::FrameHeader& header, ByteView payload,
                                           std::vector<std::uint8_t>& out) {
    if (header.sequence <= intake_.book.taken(key_)) {
        ++intake_.counters.duplicates;
        return Verdict::Go;
    }
    const bool readable = decode(header, payload);
    switch (intake_.book.take(key_, header.sequence, age_)) {
        case StreamBook::Take::New:
            break;
        case StreamBook::Take::Before:
            return Verdict::Go;
        case StreamBook::Take::Stale:
            return Verdict::Close;  // it comes back and goes on from what is stored
    }
    if (!readable) {
        ++intake_.counters.spoiled;
        reply(out, {.type = frames::FrameType::Spoiled, .sequence = header.sequence});
        batch_->clear();
    }
    const Timestamp now = SystemClock().now();
    intake_.board.heard(key_.first, now);
    intake_.board.took(key_.first, batch_->size(), now - header.time);
    ++intake_.counters.batches;
    intake_.counters.events += batch_->size();
    // A spoiled batch goes through as an empty one, so that its number is kept like any other.
    batch_->origin = {key_.first, key_.second, header.sequence, age_};
    return hand_over() ? Verdict::Go : Verdict::Full;
}

bool SensorSession::decode(const frames::FrameHeader& header, ByteView payload) {
    if (!batch_) batch_ = intake_.queue.take_empty();
    batch_->clear();
    return intake_.decompressor.decompress(payload, header.batch_bytes, intake_.plain) &&
           store::decode_batch(intake_.plain, *batch_, header.version).ok && is_sound(*batch_);
}

bool SensorSession::hand_over() {
    waiting_ = intake_.queue.push(batch_, Duration{}) != pipeline::PushResult::Queued;
    return !waiting_;
}

void SensorSession::acknowledge(std::vector<std::uint8_t>& out, Timestamp now) {
    acknowledged_ = intake_.book.stored(key_);
    reply(out, {.type = frames::FrameType::Ack, .sequence = acknowledged_, .time = now});
}

Session::Verdict SensorSession::tick(Timestamp now, std::vector<std::uint8_t>& out) {
    if (!known_) return Verdict::Go;
    // The store lost what was on its way, or the sensor has come back on another connection.
    if (intake_.book.age() != age_ || !intake_.board.is_current(key_.first, ticket_))
        return Verdict::Close;
    if (intake_.book.stored(key_) != acknowledged_) acknowledge(out, now);
    return waiting_ ? Verdict::Full : Verdict::Go;
}

void SensorSession::end(Timestamp now) {
    if (!known_) return;
    intake_.board.disconnect(key_.first, ticket_, now);
}

}  // namespace vedette::collector
