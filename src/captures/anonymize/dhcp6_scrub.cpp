#include <algorithm>
#include <array>
#include <vector>

#include "captures/anonymize/dhcp_scrub.hpp"
#include "captures/anonymize/name_scrub.hpp"
#include "wire/dhcp/dhcp6.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {
namespace {

using wire::Reader;

enum class Rule : std::uint8_t {
    Zero,
    Keep,
    Addresses,
    Duid,
    Association,  // IAID(32) T1(32) T2(32), options
    Temporary,    // IAID(32), options
    Address,      // address(128) two lifetimes, options
    Prefix,       // two lifetimes, length(8) prefix(128), options
    Message,      // another message
    Options,      // options
    Status,       // code(16), text
    Text,
    Identifier,
    Parts,       // length(16) and an identifier, repeated
    Enterprise,  // enterprise(32), an identifier
    Vendor,      // enterprise(32), parts
    Names,
    Fqdn,       // flags(8), a name
    LinkLayer,  // hardware type(16), address
    Dhcp4,      // a DHCPv4 message, RFC 7341
    Ntp,        // RFC 5908: options of their own
};

struct OptionRule {
    std::uint16_t code;
    Rule rule;
};

constexpr OptionRule kRules[] = {
    {1, Rule::Duid},        {2, Rule::Duid},        {3, Rule::Association},  {4, Rule::Temporary},
    {5, Rule::Address},     {6, Rule::Keep},        {7, Rule::Keep},         {8, Rule::Keep},
    {9, Rule::Message},     {12, Rule::Addresses},  {13, Rule::Status},      {14, Rule::Keep},
    {15, Rule::Parts},      {16, Rule::Vendor},     {17, Rule::Enterprise},  {18, Rule::Identifier},
    {19, Rule::Keep},       {20, Rule::Keep},       {21, Rule::Names},       {22, Rule::Addresses},
    {23, Rule::Addresses},  {24, Rule::Names},      {25, Rule::Association}, {26, Rule::Prefix},
    {27, Rule::Addresses},  {28, Rule::Addresses},  {29, Rule::Names},       {30, Rule::Names},
    {31, Rule::Addresses},  {32, Rule::Keep},       {33, Rule::Names},       {34, Rule::Addresses},
    {37, Rule::Enterprise}, {38, Rule::Identifier}, {39, Rule::Fqdn},        {40, Rule::Addresses},
    {41, Rule::Text},       {42, Rule::Text},       {43, Rule::Keep},        {45, Rule::Options},
    {46, Rule::Keep},       {48, Rule::Addresses},  {52, Rule::Addresses},   {53, Rule::Duid},
    {56, Rule::Ntp},        {57, Rule::Names},      {58, Rule::Names},       {59, Rule::Text},
    {61, Rule::Keep},       {62, Rule::Keep},       {64, Rule::Names},       {65, Rule::Names},
    {66, Rule::Options},    {79, Rule::LinkLayer},  {80, Rule::Addresses},   {82, Rule::Keep},
    {83, Rule::Keep},       {87, Rule::Dhcp4},      {88, Rule::Addresses},   {103, Rule::Text},
    {112, Rule::Text},      {135, Rule::Keep},      {143, Rule::Addresses},  {148, Rule::Keep},
};

Rule rule_of(std::uint16_t code) noexcept {
    const auto* const row = std::ranges::find(kRules, code, &OptionRule::code);
    return row == std::end(kRules) ? Rule::Zero : row->rule;
}

/// Envelopes and containers are worked off from a list, never by recursion; each is smaller than
/// what it stood in.
class Dhcp6Scrub {
  public:
    Dhcp6Scrub(const Canvas& canvas, Disguise& disguise) : canvas_(canvas), disguise_(disguise) {}

    void run() {
        message(canvas_.in());
        while (!waiting_.empty()) {
            const Waiting next = waiting_.back();
            waiting_.pop_back();
            next.is_message ? message(next.bytes) : options(next.bytes);
        }
    }

  private:
    struct Waiting {
        ByteView bytes;
        bool is_message;
    };

    void message(ByteView bytes);
    void options(ByteView bytes);
    void option(std::uint16_t code, ByteView value);
    void prefix(Reader& in);
    void parts(Reader& in);
    void link_layer(Reader& in);
    void ntp(ByteView value);
    void identifier(ByteView bytes) { disguise_.identifier(bytes, canvas_.at(bytes)); }
    void later(ByteView bytes, bool is_message = false) {
        if (!bytes.empty()) waiting_.push_back({bytes, is_message});
    }
    static ByteView take(Reader& in, std::size_t bytes) {
        return in.bytes(std::min(bytes, in.remaining()));
    }

    Canvas canvas_;
    Disguise& disguise_;
    std::vector<Waiting> waiting_;
};

void Dhcp6Scrub::message(ByteView bytes) {
    Reader in{bytes};
    const std::uint8_t type = in.peek();
    const bool relay = type == wire::dhcp::kRelayForward || type == wire::dhcp::kRelayReply;
    canvas_.keep(take(in, relay ? 2 : 4));
    if (relay) scrub_addresses(canvas_, take(in, 32), 16, disguise_);
    options(in.rest());
}

// code(16) length(16) data
void Dhcp6Scrub::options(ByteView bytes) {
    Reader in{bytes};
    while (!in.at_end()) {
        const ByteView head = take(in, 4);
        canvas_.keep(head);
        Reader fields{head};
        const std::uint16_t code = fields.u16();
        const std::size_t length = fields.u16();
        if (!fields.ok()) return;
        const ByteView value = take(in, length);
        if (!value.empty()) option(code, value);
    }
}

void Dhcp6Scrub::option(std::uint16_t code, ByteView value) {
    Reader in{value};
    switch (rule_of(code)) {
        case Rule::Zero:
            return;
        case Rule::Keep:
            return canvas_.keep(value);
        case Rule::Addresses:
            return scrub_addresses(canvas_, value, 16, disguise_);
        case Rule::Duid:
            return scrub_duid(canvas_, value, disguise_);
        case Rule::Association:
            identifier(take(in, 4));  // an IAID is often the end of a hardware address
            canvas_.keep(take(in, 8));
            return later(in.rest());
        case Rule::Temporary:
            identifier(take(in, 4));
            return later(in.rest());
        case Rule::Address:
            scrub_addresses(canvas_, take(in, 16), 16, disguise_);
            canvas_.keep(take(in, 8));
            return later(in.rest());
        case Rule::Prefix:
            return prefix(in);
        case Rule::Message:
            return later(value, true);
        case Rule::Options:
            return later(value);
        case Rule::Status: {
            canvas_.keep(take(in, 2));
            const ByteView text = in.rest();
            return disguise_.text(text, canvas_.at(text));
        }
        case Rule::Text:
            return disguise_.text(value, canvas_.at(value));
        case Rule::Identifier:
            return identifier(value);
        case Rule::Parts:
            return parts(in);
        case Rule::Enterprise:
            canvas_.keep(take(in, 4));
            // Vendor options have a form of their own, which nobody would find in other bytes.
            if (code == 37) identifier(in.rest());
            return;
        case Rule::Vendor:
            canvas_.keep(take(in, 4));
            return parts(in);
        case Rule::Names:
            return scrub_name_list(canvas_, value, disguise_);
        case Rule::Fqdn:
            canvas_.keep(take(in, 1));
            return scrub_name_list(canvas_, in.rest(), disguise_);
        case Rule::LinkLayer:
            return link_layer(in);
        case Rule::Dhcp4:
            return scrub_dhcp4(canvas_.part(value), disguise_);
        case Rule::Ntp:
            return ntp(value);
    }
}

void Dhcp6Scrub::prefix(Reader& in) {
    canvas_.keep(take(in, 8));
    const ByteView length = take(in, 1);
    canvas_.keep(length);
    const ByteView address = take(in, 16);
    if (address.size() == 16) {
        disguise_.addresses().map_prefix(address, length[0], canvas_.at(address));
    }
    later(in.rest());
}

void Dhcp6Scrub::parts(Reader& in) {
    while (in.remaining() >= 2) {
        const ByteView length = in.bytes(2);
        canvas_.keep(length);
        Reader number{length};
        const ByteView part = take(in, number.u16());
        disguise_.text(part, canvas_.at(part));
    }
}

void Dhcp6Scrub::link_layer(Reader& in) {
    canvas_.keep(take(in, 2));
    const ByteView address = in.rest();
    if (address.size() == 6) {
        disguise_.mac(address, canvas_.at(address));
    } else {
        identifier(address);
    }
}

// suboption code(16) length(16): 1 and 2 are addresses, 3 a name
void Dhcp6Scrub::ntp(ByteView value) {
    Reader in{value};
    while (in.remaining() >= 4) {
        const ByteView head = in.bytes(4);
        canvas_.keep(head);
        Reader fields{head};
        const std::uint16_t code = fields.u16();
        const ByteView data = take(in, fields.u16());
        if (code == 1 || code == 2) scrub_addresses(canvas_, data, 16, disguise_);
        if (code == 3) scrub_name_list(canvas_, data, disguise_);
    }
}

}  // namespace

void scrub_dhcp6(const Canvas& canvas, Disguise& disguise) {
    Dhcp6Scrub(canvas, disguise).run();
}

}  // namespace vedette::captures
