#include "wire/dnstap/message.hpp"

#include <limits>

#include "wire/reader/reader.hpp"

namespace vedette::wire::dnstap {
namespace {

constexpr std::uint64_t kTypeMessage = 1;  // Dnstap.Type.MESSAGE
constexpr std::uint64_t kLastType = static_cast<std::uint64_t>(MessageType::UpdateResponse);
constexpr std::uint64_t kLastProtocol = static_cast<std::uint64_t>(SocketProtocol::Doq);
constexpr std::uint64_t kMaxPort = 65'535;
/// Beyond this a count of seconds does not fit nanoseconds.
constexpr std::uint64_t kMaxSeconds =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / kNanosPerSecond) - 1;

/// Wire types of Protocol Buffers.
enum class WireType : std::uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

struct Field {
    std::uint32_t number = 0;
    WireType type = WireType::Varint;
    std::uint64_t value = 0;
    ByteView bytes;
};

/// Base-128 number, little end first, at most ten octets.
std::uint64_t read_varint(Reader& reader) noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint8_t octet = reader.u8();
        value |= std::uint64_t{octet & 0x7fU} << shift;
        if ((octet & 0x80U) == 0) return value;
    }
    reader.fail();
    return 0;
}

/// The next field; false at the end or when the bytes are no protocol buffer.
bool read_field(Reader& reader, Field& field) noexcept {
    if (!reader.ok() || reader.at_end()) return false;
    const std::uint64_t tag = read_varint(reader);
    field = {};
    field.number = static_cast<std::uint32_t>(tag >> 3U);
    field.type = static_cast<WireType>(tag & 7U);
    if (field.number == 0 || tag >> 3U > 0x1fffffffU) reader.fail();
    switch (field.type) {
        case WireType::Varint:
            field.value = read_varint(reader);
            break;
        case WireType::Fixed64:
            field.value = reader.u64_le();
            break;
        case WireType::Bytes: {
            const std::uint64_t length = read_varint(reader);
            if (length > reader.remaining())
                reader.fail();
            else
                field.bytes = reader.bytes(static_cast<std::size_t>(length));
            break;
        }
        case WireType::Fixed32:
            field.value = reader.u32_le();
            break;
        default:
            reader.fail();
    }
    return reader.ok();
}

/// Seconds and nanoseconds of one moment, which arrive apart.
struct Moment {
    std::uint64_t seconds = 0;
    std::uint64_t nanos = 0;
    bool known = false;

    [[nodiscard]] Timestamp value() const noexcept {
        if (!known || seconds > kMaxSeconds || nanos >= kNanosPerSecond) return kNever;
        return Timestamp{static_cast<std::int64_t>(seconds * kNanosPerSecond + nanos)};
    }
};

/// Message: fields 1 type, 3 protocol, 4 and 5 addresses, 6 and 7 ports, 8 and 9 time of the query,
/// 10 query, 12 and 13 time of the response, 14 response.
class MessageReader {
  public:
    explicit MessageReader(DnstapView& view) noexcept : view_(view) {}

    [[nodiscard]] bool read(ByteView message) noexcept {
        Reader reader(message);
        Field field;
        while (read_field(reader, field)) {
            if (!take(field)) return false;
        }
        view_.query_time = query_.value();
        view_.response_time = response_.value();
        return reader.ok();
    }

  private:
    [[nodiscard]] bool take(const Field& field) noexcept {
        switch (field.number) {
            case 1:
                if (field.value <= kLastType) view_.type = static_cast<MessageType>(field.value);
                return field.type == WireType::Varint;
            case 3:
                if (field.value <= kLastProtocol)
                    view_.protocol = static_cast<SocketProtocol>(field.value);
                return field.type == WireType::Varint;
            case 4:
                return take_address(field, view_.query_address);
            case 5:
                return take_address(field, view_.response_address);
            case 6:
                return take_port(field, view_.query_port);
            case 7:
                return take_port(field, view_.response_port);
            case 8:
                query_.known = true;
                return take_number(field, WireType::Varint, query_.seconds);
            case 9:
                return take_number(field, WireType::Fixed32, query_.nanos);
            case 10:
                return take_bytes(field, view_.query_message);
            case 12:
                response_.known = true;
                return take_number(field, WireType::Varint, response_.seconds);
            case 13:
                return take_number(field, WireType::Fixed32, response_.nanos);
            case 14:
                return take_bytes(field, view_.response_message);
            default:
                return true;  // of no use here, or of a later schema
        }
    }
    static bool take_number(const Field& field, WireType type, std::uint64_t& out) noexcept {
        out = field.value;
        return field.type == type;
    }
    static bool take_bytes(const Field& field, ByteView& out) noexcept {
        out = field.bytes;
        return field.type == WireType::Bytes;
    }
    static bool take_address(const Field& field, ByteView& out) noexcept {
        const bool sized = field.bytes.size() == 4 || field.bytes.size() == 16;
        out = sized ? field.bytes : ByteView();
        return field.type == WireType::Bytes;
    }
    static bool take_port(const Field& field, std::uint16_t& out) noexcept {
        out = static_cast<std::uint16_t>(field.value <= kMaxPort ? field.value : 0);
        return field.type == WireType::Varint;
    }

    DnstapView& view_;
    Moment query_;
    Moment response_;
};

}  // namespace

/// Dnstap: fields 1 identity, 2 version, 14 message, 15 type.
DnstapRecord inspect_dnstap(ByteView frame) noexcept {
    DnstapRecord record;
    Reader reader(frame);
    ByteView message;
    std::uint64_t type = 0;
    Field field;
    while (read_field(reader, field)) {
        const bool bytes = field.type == WireType::Bytes;
        if (field.number == 1 && bytes) record.view.identity = field.bytes;
        if (field.number == 2 && bytes) record.view.version = field.bytes;
        if (field.number == 14 && bytes) message = field.bytes;
        if (field.number == 15 && field.type == WireType::Varint) type = field.value;
    }
    MessageReader messages(record.view);
    if (!reader.ok() || !messages.read(message)) return record;
    const bool known = type == kTypeMessage && record.view.type != MessageType::None;
    record.fault = known ? DnstapFault::None : DnstapFault::NoMessage;
    return record;
}

}  // namespace vedette::wire::dnstap
