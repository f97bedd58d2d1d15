#include "store/batch_codec/batch_codec.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "store/batch_codec/event_fields.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t kSevenBits = 0x7f;
constexpr unsigned kVarintBits = 64;
/// More than the fixed part of any event takes, so that one check serves a whole event.
constexpr std::size_t kEventRoom = 1'024;
/// No event is shorter than this; bounds what a claimed count may reserve.
constexpr std::size_t kLeastEventBytes = 8;
constexpr std::uint8_t kUnspecified = 0;
constexpr std::uint8_t kV4 = 4;
constexpr std::uint8_t kV6 = 16;

/// The hand that writes. Times are differences to the time before, folded so that small ones of
/// either sign are short.
class FieldWriter {
  public:
    [[nodiscard]] static constexpr std::uint8_t version() noexcept { return kBatchVersion; }

    FieldWriter(const ByteArena& arena, Bytes& out) : arena_(arena), out_(out), at_(out.size()) {}
    ~FieldWriter() { out_.resize(at_); }
    FieldWriter(const FieldWriter&) = delete;
    FieldWriter& operator=(const FieldWriter&) = delete;

    void begin_event() { room(kEventRoom); }
    void time(Timestamp value) {
        const std::uint64_t step =
            static_cast<std::uint64_t>(value.nanos) - static_cast<std::uint64_t>(last_);
        last_ = value.nanos;
        number(step << 1U ^ (step >> 63U != 0 ? ~std::uint64_t{0} : 0));
    }
    void address(const IpAddress& value) {
        if (value == IpAddress{}) return byte(kUnspecified);
        const ByteView octets = value.bytes();
        byte(static_cast<std::uint8_t>(octets.size()));
        copy(octets);
    }
    void mac(const MacAddress& value) { copy(value.octets); }
    void fixed16(std::uint16_t value) {
        byte(static_cast<std::uint8_t>(value >> 8U));
        byte(static_cast<std::uint8_t>(value));
    }
    void number(std::uint64_t value) {
        while (value > kSevenBits) {
            byte(static_cast<std::uint8_t>(value | 0x80U));
            value >>= 7U;
        }
        byte(static_cast<std::uint8_t>(value));
    }
    void flag(bool value) { byte(value ? 1 : 0); }
    template <typename Enum>
    void choice(Enum value, Enum) {
        byte(static_cast<std::uint8_t>(value));
    }
    /// By its stable name: the numbers of anomalies change between versions.
    void damage(const wire::Damage& value) {
        const std::string_view id = value ? wire::info(value.id).id : std::string_view();
        byte(static_cast<std::uint8_t>(id.size()));
        copy(as_bytes(id));
        if (value) number(value.offset);
    }
    void slice(ByteSlice value) {
        const ByteView bytes = arena_.view(value);
        number(bytes.size());
        room(bytes.size() + kEventRoom);
        copy(bytes);
    }

  private:
    void room(std::size_t bytes) {
        if (out_.size() - at_ < bytes) out_.resize(std::max(out_.size() * 2, at_ + bytes));
    }
    void byte(std::uint8_t value) { out_[at_++] = value; }
    void copy(ByteView bytes) {
        if (!bytes.empty()) std::memcpy(out_.data() + at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }

    const ByteArena& arena_;
    Bytes& out_;
    std::size_t at_;
    std::int64_t last_ = 0;
};

/// The hand that reads. Every value is checked against what its field can hold.
class FieldReader {
  public:
    FieldReader(wire::Reader& reader, ByteArena& arena, std::uint8_t version)
        : reader_(reader), arena_(arena), version_(version) {}

    [[nodiscard]] std::uint8_t version() const noexcept { return version_; }

    void time(Timestamp& value) {
        const std::uint64_t folded = varint();
        const std::uint64_t step = folded >> 1U ^ ((folded & 1U) != 0 ? ~std::uint64_t{0} : 0);
        last_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(last_) + step);
        value.nanos = last_;
    }
    void address(IpAddress& value) {
        const std::uint8_t length = reader_.u8();
        if (length == kUnspecified) {
            value = {};
            return;
        }
        if (length != kV4 && length != kV6) return reader_.fail();
        value = IpAddress::from_bytes(reader_.bytes(length));
    }
    void mac(MacAddress& value) {
        value = MacAddress::from_bytes(reader_.bytes(value.octets.size()));
    }
    void fixed16(std::uint16_t& value) { value = reader_.u16(); }
    template <typename Number>
    void number(Number& value) {
        const std::uint64_t wide = varint();
        if (wide > std::numeric_limits<Number>::max()) return reader_.fail();
        value = static_cast<Number>(wide);
    }
    void flag(bool& value) {
        const std::uint8_t byte = reader_.u8();
        if (byte > 1) return reader_.fail();
        value = byte == 1;
    }
    template <typename Enum>
    void choice(Enum& value, Enum last) {
        const std::uint8_t byte = reader_.u8();
        if (byte > static_cast<std::uint8_t>(last)) return reader_.fail();
        value = static_cast<Enum>(byte);
    }
    /// An anomaly that this program does not know is left out; the message itself is there.
    void damage(wire::Damage& value) {
        const std::uint8_t length = reader_.u8();
        if (length == 0) return;
        const std::string_view id = as_text(reader_.bytes(length));
        std::uint32_t offset = 0;
        number(offset);
        if (const auto known = wire::find_anomaly(id); known && reader_.ok())
            value = {*known, offset};
    }
    void slice(ByteSlice& value) {
        const std::uint64_t length = varint();
        if (length > reader_.remaining()) return reader_.fail();
        if (length != 0) value = arena_.append(reader_.bytes(static_cast<std::size_t>(length)));
    }
    [[nodiscard]] bool ok() const noexcept { return reader_.ok(); }

  private:
    std::uint64_t varint() noexcept {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < kVarintBits; shift += 7) {
            const std::uint8_t byte = reader_.u8();
            // The tenth byte has room for one bit.
            if (shift == 63 && byte > 1) break;
            value |= (byte & kSevenBits) << shift;
            if ((byte & 0x80U) == 0) return value;
        }
        reader_.fail();
        return 0;
    }

    wire::Reader& reader_;
    ByteArena& arena_;
    const std::uint8_t version_;
    std::int64_t last_ = 0;
};

void put_u32(Bytes& out, std::size_t at, std::uint32_t value) {
    for (unsigned i = 0; i < 4; ++i)
        out[at + i] = static_cast<std::uint8_t>(value >> (24U - 8U * i));
}

/// Section header: type, count, length; the length is known when its events are written.
template <typename Event, typename Walk>
void write_section(BatchSection section, const std::vector<Event>& events, const ByteArena& arena,
                   Bytes& out, Walk walk) {
    if (events.empty()) return;
    const std::size_t start = out.size();
    out.resize(start + 9);
    out[start] = static_cast<std::uint8_t>(section);
    put_u32(out, start + 1, static_cast<std::uint32_t>(events.size()));
    {
        FieldWriter writer(arena, out);
        for (const Event& event : events) {
            writer.begin_event();
            walk(writer, event);
        }
    }
    put_u32(out, start + 5, static_cast<std::uint32_t>(out.size() - start - 9));
}

/// One encoded batch on its way into an EventBatch.
class BatchReader {
  public:
    BatchReader(EventBatch& batch, std::uint8_t version) : batch_(batch), version_(version) {}

    DecodeOutcome read(ByteView bytes) {
        wire::Reader reader(bytes);
        while (reader.ok() && !reader.at_end()) {
            const std::uint8_t type = reader.u8();
            const std::uint32_t count = reader.u32();
            const std::uint32_t length = reader.u32();
            const wire::Reader body = reader.child(length);
            if (!reader.ok() || !read_section(type, count, body)) return outcome_;
        }
        outcome_.ok = reader.ok();
        return outcome_;
    }

  private:
    template <typename Event, typename Walk>
    bool read_events(wire::Reader& body, std::uint32_t count, std::vector<Event>& events,
                     Walk walk) {
        events.reserve(events.size() +
                       std::min<std::size_t>(count, body.remaining() / kLeastEventBytes));
        FieldReader reader(body, batch_.bytes, version_);
        for (std::uint32_t i = 0; i < count && body.ok(); ++i) {
            if (body.at_end()) return false;
            walk(reader, events.emplace_back());
        }
        return body.ok() && body.at_end();
    }

    bool read_section(std::uint8_t type, std::uint32_t count, wire::Reader body) {
        switch (static_cast<BatchSection>(type)) {
            case BatchSection::Watermark:
                batch_.watermark = Timestamp{static_cast<std::int64_t>(body.u64())};
                return body.ok() && body.at_end();
#define VEDETTE_SECTION(section, list, walk) \
    case BatchSection::section:              \
        return read_events(body, count, batch_.list, [](auto& io, auto& e) { walk(io, e); });
#include "store/batch_codec/sections.def"
#undef VEDETTE_SECTION
        }
        ++outcome_.unknown_sections;
        return true;
    }

    EventBatch& batch_;
    const std::uint8_t version_;
    DecodeOutcome outcome_;
};

void write_watermark(Timestamp watermark, Bytes& out) {
    const std::size_t start = out.size();
    out.resize(start + 17);
    out[start] = static_cast<std::uint8_t>(BatchSection::Watermark);
    put_u32(out, start + 5, 8);
    const auto nanos = static_cast<std::uint64_t>(watermark.nanos);
    put_u32(out, start + 9, static_cast<std::uint32_t>(nanos >> 32U));
    put_u32(out, start + 13, static_cast<std::uint32_t>(nanos));
}

}  // namespace

void encode_batch(const EventBatch& batch, Bytes& out) {
    write_watermark(batch.watermark, out);
#define VEDETTE_SECTION(section, list, walk)                           \
    write_section(BatchSection::section, batch.list, batch.bytes, out, \
                  [](auto& io, auto& e) { walk(io, e); });
#include "store/batch_codec/sections.def"
#undef VEDETTE_SECTION
}

DecodeOutcome decode_batch(ByteView bytes, EventBatch& batch, std::uint8_t version) {
    return BatchReader(batch, version).read(bytes);
}

}  // namespace vedette::store
