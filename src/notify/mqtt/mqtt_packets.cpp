#include "notify/mqtt/mqtt_packets.hpp"

#include <fmt/format.h>

#include <array>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::notify {
namespace {

// Section 2.2: the type in the upper half, flags in the lower.
constexpr std::uint8_t kConnect = 0x10;
constexpr std::uint8_t kConnack = 0x20;
constexpr std::uint8_t kPublishQos1 = 0x32;
constexpr std::uint8_t kPuback = 0x40;
constexpr std::uint8_t kDisconnect = 0xe0;

// Section 3.1.2.3: of CONNECT.
constexpr std::uint8_t kCleanSession = 0x02;
constexpr std::uint8_t kHasPassword = 0x40;
constexpr std::uint8_t kHasUser = 0x80;
constexpr std::uint8_t kLevel311 = 4;

constexpr std::array<std::string_view, 6> kReturnCodes{
    "",
    "it does not speak MQTT 3.1.1",
    "it does not take our client id",
    "it is not available",
    "wrong user name or password",
    "not authorized",
};

void add_byte(std::string& out, unsigned value) {
    out += static_cast<char>(value);
}

void add_number(std::string& out, std::uint16_t value) {
    add_byte(out, value >> 8U);
    add_byte(out, value & 0xffU);
}

void add_text(std::string& out, std::string_view text) {
    VEDETTE_ASSERT(text.size() <= kMqttMaxText);
    add_number(out, static_cast<std::uint16_t>(text.size()));
    out += text;
}

/// The fixed header, then `rest`: its length has seven bits a byte, low ones first (section 2.2.3).
std::string packet(std::uint8_t type, std::string_view rest) {
    VEDETTE_ASSERT(rest.size() <= kMqttMaxPacket);
    std::string out;
    add_byte(out, type);
    std::size_t length = rest.size();
    do {
        const unsigned low = length & 0x7fU;
        length >>= 7U;
        add_byte(out, length > 0 ? low | 0x80U : low);
    } while (length > 0);
    return out.append(rest);
}

std::unexpected<Error> no_broker(std::string_view what) {
    return fail(ErrorKind::Failed, fmt::format("the broker's answer is no {}", what));
}

}  // namespace

std::string mqtt_connect(const MqttLogin& login, std::uint16_t keep_alive_seconds) {
    unsigned flags = kCleanSession;
    if (!login.user.empty()) flags |= kHasUser;
    if (!login.user.empty() && !login.password.empty()) flags |= kHasPassword;
    std::string rest;
    add_text(rest, "MQTT");
    add_byte(rest, kLevel311);
    add_byte(rest, flags);
    add_number(rest, keep_alive_seconds);
    add_text(rest, login.client_id);
    if ((flags & kHasUser) != 0) add_text(rest, login.user);
    if ((flags & kHasPassword) != 0) add_text(rest, login.password);
    return packet(kConnect, rest);
}

std::string mqtt_publish(std::string_view topic, std::uint16_t id, std::string_view payload) {
    VEDETTE_ASSERT(id != 0);
    std::string rest;
    add_text(rest, topic);
    add_number(rest, id);
    rest += payload;
    return packet(kPublishQos1, rest);
}

std::string mqtt_disconnect() {
    return packet(kDisconnect, {});
}

Result<void> check_connack(std::string_view bytes) {
    wire::Reader reader(as_bytes(bytes));
    const std::uint8_t type = reader.u8();
    const std::uint8_t length = reader.u8();
    reader.skip(1);  // whether a session was kept
    const std::uint8_t code = reader.u8();
    if (!reader.ok() || type != kConnack || length != 2) return no_broker("CONNACK");
    if (code == 0) return {};
    const std::string_view why = code < kReturnCodes.size() ? kReturnCodes[code] : "reserved code";
    return fail(ErrorKind::Permission, fmt::format("the broker refused us: {} ({})", why, code));
}

Result<void> check_puback(std::string_view bytes, std::uint16_t id) {
    wire::Reader reader(as_bytes(bytes));
    const std::uint8_t type = reader.u8();
    const std::uint8_t length = reader.u8();
    const std::uint16_t answered = reader.u16();
    if (!reader.ok() || type != kPuback || length != 2) return no_broker("PUBACK");
    if (answered != id) return no_broker("PUBACK of what was sent");
    return {};
}

}  // namespace vedette::notify
