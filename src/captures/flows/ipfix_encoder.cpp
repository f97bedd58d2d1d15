#include "captures/flows/ipfix_encoder.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"

namespace vedette::captures {
namespace {

constexpr std::uint16_t kVersion = 10;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kSetHeaderBytes = 4;
constexpr std::uint16_t kTemplateSet = 2;
constexpr std::uint16_t kFirstTemplate = 256;
constexpr std::uint32_t kReverseEnterprise = 29'305;  // RFC 5103 6.1
constexpr std::uint16_t kEnterpriseBit = 0x8000;
constexpr std::uint16_t kVariableLength = 0xffff;
constexpr std::uint8_t kInitiator = 1;         // biflowDirection, RFC 5103 6.3
constexpr std::uint8_t kEngineIanaLayer4 = 3;  // RFC 6759 6.4: the selector is a port
constexpr std::size_t kShortLengths = 255;     // RFC 7011 7: below it one byte tells the length

/// An information element of a template: IANA's number, octets.
struct Element {
    std::uint16_t id;
    std::uint16_t octets;
};

// Templates are 256 plus these bits.
constexpr unsigned kV6 = 1;
constexpr unsigned kTwoWay = 2;
constexpr unsigned kDns = 4;
constexpr unsigned kTemplates = 8;

constexpr Element kAddresses4[] = {{8, 4}, {12, 4}};     // sourceIPv4Address, destinationIPv4...
constexpr Element kAddresses6[] = {{27, 16}, {28, 16}};  // sourceIPv6Address, destinationIPv6...
constexpr Element kKey[] = {
    {7, 2},    // sourceTransportPort
    {11, 2},   // destinationTransportPort
    {4, 1},    // protocolIdentifier
    {136, 1},  // flowEndReason
    {239, 1},  // biflowDirection
    {58, 2},   // vlanId
};
constexpr Element kIcmp4[] = {{32, 2}};   // icmpTypeCodeIPv4
constexpr Element kIcmp6[] = {{139, 2}};  // icmpTypeCodeIPv6
/// Of each direction; for the other one with the reverse enterprise number.
constexpr Element kSide[] = {
    {152, 8},  // flowStartMilliseconds
    {153, 8},  // flowEndMilliseconds
    {2, 8},    // packetDeltaCount
    {1, 8},    // octetDeltaCount
    {352, 8},  // layer2OctetDeltaCount
    {6, 1},    // tcpControlBits
};
constexpr Element kDnsElements[] = {
    {95, 3},                 // applicationId
    {314, kVariableLength},  // ipPayloadPacketSection
};

constexpr std::size_t kMaxRecordBytes = 32 + 9 + 2 + 2 * 41 + 3 + 3 + kDnsSampleBytes;

unsigned template_bits(const Flow& flow) noexcept {
    return (flow.source.is_v4() && flow.destination.is_v4() ? 0 : kV6) |
           (flow.two_way() ? kTwoWay : 0) | (flow.dns_sample.empty() ? 0 : kDns);
}

std::uint64_t milliseconds(Timestamp time) noexcept {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(time.nanos, 0) / kNanosPerMilli);
}

}  // namespace

IpfixEncoder::IpfixEncoder(std::uint32_t domain, std::size_t max_message)
    : domain_(domain), max_message_(max_message) {
    VEDETTE_ASSERT(max_message >= 1'200 && max_message <= 65'535);
    message_.reserve(max_message);
    begin();
}

void IpfixEncoder::put(std::uint64_t value, unsigned octets) {
    while (octets-- > 0)
        message_.push_back(static_cast<std::uint8_t>(value >> 8U * octets));
}

void IpfixEncoder::begin() {
    message_.assign(kHeaderBytes, 0);
    records_ = 0;
    set_ = 0;
}

bool IpfixEncoder::append(const Flow& flow) {
    // The last message was handed out and stays readable until now.
    if (records_ == 0) begin();
    if (message_.size() + kSetHeaderBytes + kMaxRecordBytes > max_message_) return false;
    const unsigned bits = template_bits(flow);
    const auto id = static_cast<std::uint16_t>(kFirstTemplate + bits);
    if (set_ == 0 || set_id_ != id) {
        close_set();
        set_ = message_.size();
        set_id_ = id;
        put(id, 2);
        put(0, 2);
    }
    for (const IpAddress& address : {flow.source, flow.destination})
        put((bits & kV6) != 0 ? ByteView(address.octets) : address.bytes());
    put(flow.source_port, 2);
    put(flow.destination_port, 2);
    put(flow.protocol, 1);
    put(static_cast<std::uint8_t>(flow.end), 1);
    put(kInitiator, 1);
    put(flow.vlan, 2);
    put(flow.icmp, 2);
    put_side(flow.forward);
    if ((bits & kTwoWay) != 0) put_side(flow.reverse);
    if ((bits & kDns) != 0) {
        put(kEngineIanaLayer4, 1);
        put(flow.destination_port, 2);
        if (flow.dns_sample.size() >= kShortLengths) put(kShortLengths, 1);
        put(flow.dns_sample.size(), flow.dns_sample.size() >= kShortLengths ? 2 : 1);
        put(flow.dns_sample);
    }
    ++records_;
    return true;
}

void IpfixEncoder::put_side(const FlowSide& side) {
    put(milliseconds(side.first), 8);
    put(milliseconds(side.last), 8);
    put(side.packets, 8);
    put(side.ip_bytes, 8);
    put(side.frame_bytes, 8);
    put(side.tcp_flags, 1);
}

void IpfixEncoder::close_set() {
    if (set_ == 0) return;
    const std::size_t length = message_.size() - set_;
    message_[set_ + 2] = static_cast<std::uint8_t>(length >> 8U);
    message_[set_ + 3] = static_cast<std::uint8_t>(length);
    set_ = 0;
}

// version(16) length(16) | export time(32) | sequence number(32) | observation domain(32)
ByteView IpfixEncoder::close(Timestamp export_time) {
    close_set();
    VEDETTE_ASSERT(message_.size() <= max_message_);
    std::vector<std::uint8_t> body = std::move(message_);
    message_.clear();
    put(kVersion, 2);
    put(body.size(), 2);
    put(static_cast<std::uint32_t>(std::max<std::int64_t>(export_time.whole_seconds(), 0)), 4);
    put(sequence_, 4);
    put(domain_, 4);
    std::ranges::copy(message_, body.begin());
    message_ = std::move(body);
    sequence_ += records_;
    records_ = 0;
    return message_;
}

ByteView IpfixEncoder::finish(Timestamp export_time) {
    if (records_ == 0) begin();
    return close(export_time);
}

ByteView IpfixEncoder::templates(Timestamp export_time) {
    VEDETTE_ASSERT(records_ == 0);  // a template message carries no records here
    begin();
    set_ = message_.size();
    put(kTemplateSet, 2);
    put(0, 2);
    for (unsigned bits = 0; bits < kTemplates; ++bits)
        put_template(static_cast<std::uint16_t>(kFirstTemplate + bits));
    return close(export_time);
}

// template id(16) field count(16), then per field: element(16) length(16) [enterprise(32)]
void IpfixEncoder::put_template(std::uint16_t id) {
    const unsigned bits = id - kFirstTemplate;
    put(id, 2);
    const std::size_t count_at = message_.size();
    put(0, 2);
    std::uint8_t count = 0;
    const auto add = [&](const auto& elements, std::uint32_t enterprise = 0) {
        for (const Element& element : elements) {
            put(element.id | (enterprise != 0 ? kEnterpriseBit : 0U), 2);
            put(element.octets, 2);
            if (enterprise != 0) put(enterprise, 4);
            ++count;
        }
    };
    (bits & kV6) != 0 ? add(kAddresses6) : add(kAddresses4);
    add(kKey);
    (bits & kV6) != 0 ? add(kIcmp6) : add(kIcmp4);
    add(kSide);
    if ((bits & kTwoWay) != 0) add(kSide, kReverseEnterprise);
    if ((bits & kDns) != 0) add(kDnsElements);
    message_[count_at + 1] = count;
}

}  // namespace vedette::captures
