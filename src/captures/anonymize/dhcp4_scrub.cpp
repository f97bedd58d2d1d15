#include <algorithm>
#include <array>

#include "captures/anonymize/dhcp_scrub.hpp"
#include "captures/anonymize/name_scrub.hpp"
#include "wire/dhcp/dhcp4.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

using wire::Reader;

enum class Rule : std::uint8_t {
    Zero,        // unknown, or secret
    Keep,        // numbers, times, masks, lists of codes
    Addresses,   // one after the other
    Masked,      // an address and a mask alternately: RFC 2132 4.3
    Text,        // letters of the same length
    Name,        // a host or domain name as text
    ClientId,    // RFC 2132 9.14, RFC 4361
    Fqdn,        // RFC 4702
    Relay,       // RFC 3046
    Names,       // RFC 3397
    Routes,      // RFC 3442
    Typed,       // one byte stays, the rest is an identifier: RFC 4578 2.3
    Enterprise,  // an enterprise number stays: RFC 3925
};

struct OptionRule {
    std::uint8_t code;
    Rule rule;
};

constexpr OptionRule kRules[] = {
    {1, Rule::Keep},        {2, Rule::Keep},         {3, Rule::Addresses},
    {4, Rule::Addresses},   {5, Rule::Addresses},    {6, Rule::Addresses},
    {7, Rule::Addresses},   {8, Rule::Addresses},    {9, Rule::Addresses},
    {10, Rule::Addresses},  {11, Rule::Addresses},   {12, Rule::Name},
    {13, Rule::Keep},       {14, Rule::Text},        {15, Rule::Name},
    {16, Rule::Addresses},  {17, Rule::Text},        {18, Rule::Text},
    {19, Rule::Keep},       {20, Rule::Keep},        {21, Rule::Masked},
    {22, Rule::Keep},       {23, Rule::Keep},        {24, Rule::Keep},
    {25, Rule::Keep},       {26, Rule::Keep},        {27, Rule::Keep},
    {28, Rule::Addresses},  {29, Rule::Keep},        {30, Rule::Keep},
    {31, Rule::Keep},       {32, Rule::Addresses},   {33, Rule::Addresses},
    {34, Rule::Keep},       {35, Rule::Keep},        {36, Rule::Keep},
    {37, Rule::Keep},       {38, Rule::Keep},        {39, Rule::Keep},
    {40, Rule::Name},       {41, Rule::Addresses},   {42, Rule::Addresses},
    {44, Rule::Addresses},  {45, Rule::Addresses},   {46, Rule::Keep},
    {47, Rule::Text},       {48, Rule::Addresses},   {49, Rule::Addresses},
    {50, Rule::Addresses},  {51, Rule::Keep},        {52, Rule::Keep},
    {53, Rule::Keep},       {54, Rule::Addresses},   {55, Rule::Keep},
    {56, Rule::Text},       {57, Rule::Keep},        {58, Rule::Keep},
    {59, Rule::Keep},       {60, Rule::Text},        {61, Rule::ClientId},
    {62, Rule::Text},       {64, Rule::Name},        {65, Rule::Addresses},
    {66, Rule::Name},       {67, Rule::Text},        {68, Rule::Addresses},
    {69, Rule::Addresses},  {70, Rule::Addresses},   {71, Rule::Addresses},
    {72, Rule::Addresses},  {73, Rule::Addresses},   {74, Rule::Addresses},
    {75, Rule::Addresses},  {76, Rule::Addresses},   {77, Rule::Text},
    {80, Rule::Keep},       {81, Rule::Fqdn},        {82, Rule::Relay},
    {85, Rule::Addresses},  {86, Rule::Text},        {87, Rule::Text},
    {89, Rule::Addresses},  {91, Rule::Keep},        {92, Rule::Addresses},
    {93, Rule::Keep},       {94, Rule::Keep},        {95, Rule::Text},
    {97, Rule::Typed},      {98, Rule::Text},        {100, Rule::Text},
    {101, Rule::Text},      {108, Rule::Keep},       {112, Rule::Addresses},
    {113, Rule::Text},      {114, Rule::Text},       {116, Rule::Keep},
    {117, Rule::Keep},      {118, Rule::Addresses},  {119, Rule::Names},
    {121, Rule::Routes},    {124, Rule::Enterprise}, {125, Rule::Enterprise},
    {138, Rule::Addresses}, {142, Rule::Addresses},  {150, Rule::Addresses},
    {152, Rule::Keep},      {153, Rule::Keep},       {154, Rule::Keep},
    {155, Rule::Keep},      {156, Rule::Keep},       {157, Rule::Keep},
    {161, Rule::Text},      {208, Rule::Keep},       {209, Rule::Text},
    {210, Rule::Text},      {211, Rule::Keep},       {213, Rule::Name},
    {249, Rule::Routes},    {252, Rule::Text},
};

constexpr auto kRuleOf = [] {
    std::array<Rule, 256> table{};
    for (const OptionRule& row : kRules)
        table[row.code] = row.rule;
    return table;
}();

class Dhcp4Scrub {
  public:
    Dhcp4Scrub(const Canvas& canvas, Disguise& disguise) : canvas_(canvas), disguise_(disguise) {}

    void run();

  private:
    void hardware(ByteView chaddr, std::uint8_t type, std::size_t length);
    void area(ByteView bytes);
    void option(std::uint8_t code, ByteView value);
    void client_id(ByteView value);
    void fqdn(ByteView value);
    void relay(ByteView value);
    void routes(ByteView value);
    void identifier(ByteView bytes) { disguise_.identifier(bytes, canvas_.at(bytes)); }
    void text(ByteView bytes) { disguise_.text(bytes, canvas_.at(bytes)); }
    /// Keeps the first `count` bytes and returns the others.
    ByteView keep_first(ByteView bytes, std::size_t count) {
        const std::size_t kept = std::min(count, bytes.size());
        canvas_.keep(bytes.first(kept));
        return bytes.subspan(kept);
    }

    Canvas canvas_;
    Disguise& disguise_;
    std::uint8_t overload_ = 0;
};

// The fixed part as dhcp4.hpp draws it.
void Dhcp4Scrub::run() {
    Reader in{canvas_.in()};
    const auto take = [&](std::size_t bytes) { return in.bytes(std::min(bytes, in.remaining())); };
    const ByteView head = take(12);
    canvas_.keep(head);
    const ByteView addresses = take(16);
    scrub_addresses(canvas_, addresses, 4, disguise_);
    const ByteView chaddr = take(16);
    hardware(chaddr, head.size() > 1 ? head[1] : 0, head.size() > 2 ? head[2] : 0);
    const ByteView sname = take(64);
    const ByteView file = take(128);
    const ByteView cookie = take(4);
    Reader magic{cookie};
    const bool options = magic.u32() == wire::dhcp::kMagicCookie && magic.ok();
    if (options) {
        canvas_.keep(cookie);
        area(in.rest());
    }
    (overload_ & 1U) != 0 ? area(file) : text(file);
    if ((overload_ & 2U) != 0) {
        area(sname);
    } else {
        disguise_.dotted(sname, canvas_.at(sname));
    }
}

void Dhcp4Scrub::hardware(ByteView chaddr, std::uint8_t type, std::size_t length) {
    const bool ethernet = type == wire::dhcp::kHardwareEthernet || type == 6;
    const ByteView address = chaddr.first(std::min(length, chaddr.size()));
    if (ethernet && address.size() == 6) {
        disguise_.mac(address, canvas_.at(address));
    } else {
        identifier(address);
    }
}

// code(8) length(8) data; 0 is padding, 255 the end: RFC 2132 2
void Dhcp4Scrub::area(ByteView bytes) {
    Reader in{bytes};
    while (!in.at_end()) {
        const ByteView code = in.bytes(1);
        canvas_.keep(code);
        if (code[0] == 0) continue;
        if (code[0] == 255) return;
        const ByteView length = in.bytes(std::min<std::size_t>(1, in.remaining()));
        canvas_.keep(length);
        if (length.empty()) return;
        const ByteView value = in.bytes(std::min<std::size_t>(length[0], in.remaining()));
        if (code[0] == 52 && !value.empty()) overload_ |= value[0];
        if (!value.empty()) option(code[0], value);
    }
}

void Dhcp4Scrub::option(std::uint8_t code, ByteView value) {
    switch (kRuleOf[code]) {
        case Rule::Zero:
            return;
        case Rule::Keep:
            canvas_.keep(value);
            return;
        case Rule::Addresses:
            scrub_addresses(canvas_, value, 4, disguise_);
            return;
        case Rule::Masked:
            for (Reader in{value}; in.remaining() >= 8;) {
                scrub_addresses(canvas_, in.bytes(4), 4, disguise_);
                canvas_.keep(in.bytes(4));
            }
            return;
        case Rule::Text:
            text(value);
            return;
        case Rule::Name:
            disguise_.dotted(value, canvas_.at(value));
            return;
        case Rule::ClientId:
            client_id(value);
            return;
        case Rule::Fqdn:
            fqdn(value);
            return;
        case Rule::Relay:
            relay(value);
            return;
        case Rule::Names:
            scrub_name_list(canvas_, value, disguise_);
            return;
        case Rule::Routes:
            routes(value);
            return;
        case Rule::Typed:
            identifier(keep_first(value, 1));
            return;
        case Rule::Enterprise:
            keep_first(value, 4);
            return;
    }
}

// type(8) and a hardware address, or 255, IAID(32) and a DUID
void Dhcp4Scrub::client_id(ByteView value) {
    const ByteView rest = keep_first(value, 1);
    if (value[0] == 1 && rest.size() == 6) {
        disguise_.mac(rest, canvas_.at(rest));
    } else if (value[0] == 255 && rest.size() > 4) {
        identifier(rest.first(4));  // an IAID is often the end of a hardware address
        scrub_duid(canvas_, rest.subspan(4), disguise_);
    } else {
        identifier(rest);
    }
}

// flags(8) two response codes(16), then a name: in wire form when flag E (4) is set
void Dhcp4Scrub::fqdn(ByteView value) {
    const ByteView name = keep_first(value, 3);
    if ((value[0] & 4U) != 0) {
        scrub_name_list(canvas_, name, disguise_);
    } else {
        disguise_.dotted(name, canvas_.at(name));
    }
}

void Dhcp4Scrub::relay(ByteView value) {
    constexpr std::uint8_t kLinkSelection = 5;
    constexpr std::uint8_t kServerOverride = 11;
    Reader in{value};
    while (in.remaining() >= 2) {
        const ByteView head = in.bytes(2);
        canvas_.keep(head);
        const ByteView data = in.bytes(std::min<std::size_t>(head[1], in.remaining()));
        const bool address = head[0] == kLinkSelection || head[0] == kServerOverride;
        if (address && data.size() == 4) {
            scrub_addresses(canvas_, data, 4, disguise_);
        } else if (data.size() == 6) {
            disguise_.mac(data, canvas_.at(data));  // what relays put there is often one
        } else {
            identifier(data);
        }
    }
}

// prefix length(8), its significant octets, router(32), repeated
void Dhcp4Scrub::routes(ByteView value) {
    Reader in{value};
    while (!in.at_end()) {
        const ByteView length = in.bytes(1);
        canvas_.keep(length);
        if (length[0] > 32) return;
        const ByteView octets = in.bytes((length[0] + std::size_t{7}) / 8);
        const ByteView router = in.bytes(4);
        if (!in.ok()) return;
        std::array<std::uint8_t, 4> prefix{};
        std::array<std::uint8_t, 4> mapped{};
        std::ranges::copy(octets, prefix.begin());
        disguise_.addresses().map_prefix(prefix, length[0], mapped);
        std::copy_n(mapped.begin(), octets.size(), canvas_.at(octets).begin());
        scrub_addresses(canvas_, router, 4, disguise_);
    }
}

}  // namespace

void scrub_dhcp4(const Canvas& canvas, Disguise& disguise) {
    Dhcp4Scrub(canvas, disguise).run();
}

void scrub_addresses(const Canvas& canvas, ByteView bytes, std::size_t size, Disguise& disguise) {
    for (Reader in{bytes}; in.remaining() >= size;) {
        const ByteView address = in.bytes(size);
        disguise.addresses().map(address, canvas.at(address));
    }
}

// type(16), then: 1 hardware type(16) time(32) address, 2 enterprise(32) identifier, 3 hardware
// type(16) address, 4 UUID
void scrub_duid(const Canvas& canvas, ByteView duid, Disguise& disguise) {
    Reader in{duid};
    const auto take = [&](std::size_t bytes) { return in.bytes(std::min(bytes, in.remaining())); };
    const ByteView kind = take(2);
    canvas.keep(kind);
    Reader number{kind};
    const std::uint16_t type = number.u16();
    if (type == 1 || type == 3) canvas.keep(take(2));
    if (type == 1) {
        const ByteView time = take(4);
        disguise.identifier(time, canvas.at(time));
    }
    if (type == 2) canvas.keep(take(4));
    const ByteView rest = in.rest();
    if ((type == 1 || type == 3) && rest.size() == 6) {
        disguise.mac(rest, canvas.at(rest));
    } else {
        disguise.identifier(rest, canvas.at(rest));
    }
}

}  // namespace vedette::captures
