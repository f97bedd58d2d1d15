// Packets of every kind, made here: what stays, what changes, what becomes zero; checksums; parts
// that come in any order, twice, or never.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "captures/anonymize/anonymizer.hpp"
#include "captures/anonymize/checksum.hpp"
#include "captures/anonymize/dhcp_scrub.hpp"
#include "captures/anonymize/disguise.hpp"
#include "captures/anonymize/dns_scrub.hpp"
#include "decode/test_packets.hpp"
#include "wire/dhcp/dhcp4.hpp"
#include "wire/dhcp/dhcp6.hpp"
#include "wire/dhcp/example_messages.hpp"
#include "wire/dns/message.hpp"

namespace vedette::captures {
namespace {

namespace packets = decode::test;
using Bytes = std::vector<std::uint8_t>;

AnonymizeKey test_key() {
    AnonymizeKey::Bytes bytes{};
    bytes.fill(0x5a);
    return AnonymizeKey(bytes);
}

bool contains(ByteView bytes, std::string_view text) {
    return as_text(bytes).find(text) != std::string_view::npos;
}

struct Taken final : PacketTaker {
    Result<void> on_packet(const sys::PacketRecord& record) override {
        packets.emplace_back(record.data, record.data + record.captured);
        return {};
    }
    std::vector<Bytes> packets;
};

std::vector<Bytes> anonymized(const std::vector<Bytes>& frames, AnonymizerOptions options = {}) {
    Taken taken;
    Anonymizer anonymizer(test_key(), std::move(options), taken);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        sys::PacketRecord record;
        record.time = Timestamp{static_cast<std::int64_t>(i) * kNanosPerMilli};
        record.data = frames[i].data();
        record.captured = record.original = static_cast<std::uint32_t>(frames[i].size());
        record.link_type = 1;
        EXPECT_TRUE(anonymizer.add(record));
    }
    EXPECT_TRUE(anonymizer.finish());
    return taken.packets;
}

Bytes scrubbed(const Bytes& message, DnsProtocol protocol = DnsProtocol::Dns) {
    Disguise disguise(test_key());
    Bytes out(message.size(), 0);
    DnsScrub(disguise).scrub({message, out}, protocol);
    return out;
}

/// A response with one record of `type` and these bytes.
Bytes response(std::uint16_t type, const Bytes& rdata) {
    Bytes out = packets::header(7, 0x8180, 1, 1);
    packets::put_name(out, "secret.example.com");
    for (const unsigned value : {unsigned{type}, 1U, 0xc00cU, unsigned{type}, 1U, 0U, 300U})
        packets::put16(out, value);
    packets::put16(out, static_cast<unsigned>(rdata.size()));
    out.insert(out.end(), rdata.begin(), rdata.end());
    return out;
}

constexpr std::size_t kRdata = 12 + 20 + 4 + 12;

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

// ---- DNS ------------------------------------------------------------------------------------

TEST(DnsScrub, keeps_the_shape_and_changes_the_names) {
    const Bytes before = response(1, {198, 51, 100, 7});
    const Bytes after = scrubbed(before);
    ASSERT_EQ(after.size(), before.size());
    const auto view = wire::dns::MessageView::inspect(after);
    EXPECT_FALSE(view.damage());
    EXPECT_EQ(view.header().id, 7);
    EXPECT_EQ(view.question_type(), 1);
    EXPECT_FALSE(contains(after, "secret"));
    EXPECT_FALSE(contains(after, "example"));
    EXPECT_TRUE(contains(after, std::string_view("\3com\0", 5)));
    EXPECT_FALSE(std::equal(after.end() - 4, after.end(), before.end() - 4));
    EXPECT_EQ(after[kRdata - 12], 0xc0);  // the pointer is the same
}

struct RdataCase {
    std::uint16_t type;
    Bytes rdata;
    const char* gone;  // text that must not be there any more, or null
};

TEST(DnsScrub, changes_what_each_type_tells) {
    Bytes soa;
    packets::put_name(soa, "primary.corp.example.org");
    packets::put_name(soa, "hostmaster.corp.example.org");
    soa.resize(soa.size() + 20, 9);
    Bytes srv{0, 1, 0, 2, 0x14, 0x6d};
    packets::put_name(srv, "server1.example.org");
    Bytes svcb{0, 1};
    packets::put_name(svcb, "target.example.net");
    const Bytes params{0, 1, 0, 3, 2, 'h', '2', 0, 4, 0, 4, 203, 0, 113, 9};
    svcb.insert(svcb.end(), params.begin(), params.end());
    Bytes rrsig(18, 3);
    packets::put_name(rrsig, "signer.example");
    rrsig.insert(rrsig.end(), 8, 0x77);
    const RdataCase cases[] = {
        {6, soa, "hostmaster"},
        {33, srv, "server1"},
        {16, bytes_of("\x0fowner=Ada Smith"), "Ada"},
        {65, svcb, "target"},
        {46, rrsig, "signer"},
        {257, bytes_of(std::string_view("\0\5issueca.example", 17)), "ca.example"},
        {35, bytes_of(std::string_view("\0\1\0\1\1U\7E2U+sip\6!^.*$!\4naps\0", 27)), "naps"},
        {29, Bytes(16, 0x42), "BBBB"},  // LOC: zero
        {65'280, bytes_of("private data"), "private"},
    };
    for (const RdataCase& one : cases) {
        const Bytes before = response(one.type, one.rdata);
        const Bytes after = scrubbed(before);
        const auto was = wire::dns::MessageView::inspect(before);
        const auto is = wire::dns::MessageView::inspect(after);
        EXPECT_EQ(was.damage().id, is.damage().id) << one.type;
        EXPECT_FALSE(contains(after, one.gone)) << one.type;
        EXPECT_TRUE(contains(before, one.gone)) << one.type;
    }
    const Bytes after = scrubbed(response(65, svcb));
    EXPECT_TRUE(contains(after, std::string_view("\2h2", 3)));             // ALPN stays
    EXPECT_FALSE(contains(after, std::string_view("\xcb\0\x71\x09", 4)));  // the hint does not
    EXPECT_TRUE(contains(scrubbed(response(33, srv)), std::string_view("\x14\x6d", 2)));
}

TEST(DnsScrub, changes_what_edns_tells) {
    Bytes message = packets::header(9, 0x0100, 1, 0);
    message[11] = 1;
    packets::put_name(message, "example.com");
    packets::put16(message, 1);
    packets::put16(message, 1);
    const Bytes options{0,    8,    0, 7, 0,    1,    24,   0,    198,  51,  100,     // subnet
                        0,    10,   0, 8, 1,    2,    3,    4,    5,    6,   7,   8,  // cookie
                        0xfd, 0xe9, 0, 6, 0x0c, 0x29, 0x11, 0xaa, 0xbb, 0xcc};  // dnsmasq's MAC
    message.push_back(0);
    for (const unsigned value : {41U, 1232U, 0U, 0U, static_cast<unsigned>(options.size())})
        packets::put16(message, value);
    message.insert(message.end(), options.begin(), options.end());
    const Bytes after = scrubbed(message);
    const auto view = wire::dns::MessageView::inspect(after);
    EXPECT_FALSE(view.damage());
    EXPECT_TRUE(view.edns().has_client_subnet);
    EXPECT_TRUE(view.edns().has_cookie);
    EXPECT_EQ(view.edns().udp_size, 1232);
    EXPECT_FALSE(contains(after, std::string_view("\xc6\x33\x64", 3)));
    EXPECT_FALSE(contains(after, std::string_view("\1\2\3\4\5\6\7\10", 8)));
    EXPECT_FALSE(contains(after, std::string_view("\xaa\xbb\xcc", 3)));
    EXPECT_EQ(view.edns().client_mac.size(), 6U);
}

// A netbios name is a host name like any other.
TEST(DnsScrub, gives_netbios_names_the_host_names_disguise) {
    Bytes message = packets::header(1, 0x0110, 1, 0);
    message.push_back(32);
    std::string name = "LAPTOP";
    name.resize(16, ' ');
    for (const char c : name) {
        message.push_back(static_cast<std::uint8_t>('A' + (static_cast<unsigned char>(c) >> 4U)));
        message.push_back(static_cast<std::uint8_t>('A' + (static_cast<unsigned char>(c) & 0xfU)));
    }
    message.push_back(0);
    packets::put16(message, 32);
    packets::put16(message, 1);
    const Bytes after = scrubbed(message, DnsProtocol::Nbns);
    Disguise disguise(test_key());
    Bytes wanted(6);
    disguise.label(as_bytes("laptop"), LabelPlace::Inner, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const int c = (after[13 + 2 * i] - 'A') << 4 | (after[14 + 2 * i] - 'A');
        EXPECT_EQ(std::tolower(c), wanted[i]);
    }
}

// Every prefix and every change of one byte: no crash, as many bytes, and what was sound for our
// reader stays as sound.
TEST(DnsScrub, survives_every_prefix_and_every_changed_byte) {
    Bytes soa;
    packets::put_name(soa, "primary.corp.example.org");
    packets::put_name(soa, "host.corp.example.org");
    soa.resize(soa.size() + 20, 9);
    const Bytes whole = response(6, soa);
    const auto check = [](const Bytes& message) {
        const Bytes after = scrubbed(message);
        const auto was = wire::dns::MessageView::inspect(message);
        const auto is = wire::dns::MessageView::inspect(after);
        if (was.damage()) return;
        EXPECT_FALSE(is.damage());
        EXPECT_EQ(was.questions_read(), is.questions_read());
    };
    for (std::size_t length = 0; length <= whole.size(); ++length)
        check(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)));
    for (std::size_t at = 0; at < whole.size(); ++at) {
        Bytes changed = whole;
        for (const unsigned value : {0U, 1U, 12U, 63U, 64U, 0xc0U, 0xffU}) {
            changed[at] = static_cast<std::uint8_t>(value);
            check(changed);
        }
    }
}

// ---- DHCP -----------------------------------------------------------------------------------

TEST(Dhcp4Scrub, changes_who_asks_and_keeps_what_is_asked) {
    using wire::dhcp::Example4;
    const Bytes fqdn = [] {
        Bytes value{4, 0, 0};
        packets::put_name(value, "tablet.example.net");
        return value;
    }();
    const Bytes before = Example4(1)
                             .type(1)
                             .ciaddr(0x0a010203)
                             .option(12, "adas-laptop")
                             .option(61, {1, 0x00, 0x0c, 0x29, 0xaa, 0xbb, 0x01})
                             .option(81, ByteView(fqdn))
                             .option(60, "MSFT 5.0")
                             .option(55, {1, 3, 6, 15})
                             .option(43, "private")
                             .end();
    Disguise disguise(test_key());
    Bytes after(before.size(), 0);
    scrub_dhcp4({before, after}, disguise);
    const auto view = wire::dhcp::MessageView4::inspect(after);
    EXPECT_FALSE(view.damage());
    EXPECT_EQ(view.type(), 1);
    EXPECT_EQ(view.header().xid, 0x01020304U);
    EXPECT_TRUE(std::ranges::equal(view.first_piece(55), Bytes{1, 3, 6, 15}));
    for (const char* gone : {"laptop", "tablet", "example", "MSFT", "private"})
        EXPECT_FALSE(contains(after, gone)) << gone;
    EXPECT_EQ(view.header().ciaddr >> 24U, 10U);
    EXPECT_NE(view.header().ciaddr, 0x0a010203U);
    // One card is one card, wherever it stands.
    EXPECT_TRUE(std::ranges::equal(view.header().chaddr.first(6), view.first_piece(61).subspan(1)));
    EXPECT_FALSE(contains(after, std::string_view("\xaa\xbb\x01", 3)));
    for (std::size_t length = 0; length < before.size(); ++length) {
        const Bytes cut(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(length));
        Bytes out(length, 0);
        scrub_dhcp4({cut, out}, disguise);
    }
}

TEST(Dhcp6Scrub, opens_relays_and_associations) {
    using namespace wire::dhcp;
    const Bytes duid = duid_ll(0x000c29aabb01);
    const Bytes inner = message6(
        1, 0x010203, joined({option6(1, ByteView(duid)), ia_na(0x29aabb01, address6(0x77), 600)}));
    const Bytes before = relay6(12, 0, option6(9, ByteView(inner)));
    Disguise disguise(test_key());
    Bytes after(before.size(), 0);
    scrub_dhcp6({before, after}, disguise);
    const auto view = MessageView6::inspect(after);
    EXPECT_FALSE(view.damage());
    EXPECT_EQ(view.type(), 1);
    EXPECT_EQ(view.transaction_id(), 0x010203U);
    EXPECT_EQ(view.relays(), 1U);
    EXPECT_FALSE(contains(after, std::string_view("\xaa\xbb\x01", 3)));  // neither DUID nor IAID
    Binding binding;
    auto bindings = view.bindings();
    ASSERT_TRUE(bindings.next(binding));
    EXPECT_EQ(binding.valid_seconds, 600U);
    EXPECT_NE(IpAddress::from_bytes(binding.address), IpAddress::from_bytes(address6(0x77)));
    for (std::size_t length = 0; length < before.size(); ++length) {
        const Bytes cut(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(length));
        Bytes out(length, 0);
        scrub_dhcp6({cut, out}, disguise);
    }
}

// ---- packets --------------------------------------------------------------------------------

TEST(Anonymizer, empties_payloads_that_it_does_not_know) {
    const Bytes payload = bytes_of("password=hunter2");
    const Bytes frame =
        packets::ethernet(0x0800, packets::ipv4({}, packets::udp(1, 9999, payload)));
    const Bytes after = anonymized({frame}).at(0);
    ASSERT_EQ(after.size(), frame.size());
    EXPECT_TRUE(std::all_of(after.end() - 16, after.end(), [](auto byte) { return byte == 0; }));
    EXPECT_EQ(after[14 + 20 + 3], 0x0f);  // the port is still there
    Bytes padded = packets::query_frame(1, "a.example");
    padded.insert(padded.end(), {'l', 'e', 'a', 'k'});  // behind IP's length
    EXPECT_FALSE(contains(anonymized({padded}).at(0), "leak"));
}

TEST(Anonymizer, reads_packets_that_errors_quote) {
    const Bytes quoted =
        packets::ipv4({}, packets::udp(40'000, 53, packets::query(5, "hidden.example.com")));
    Bytes icmp{3, 3, 0, 0, 0, 0, 0, 0};
    icmp.insert(icmp.end(), quoted.begin(), quoted.end());
    const Bytes frame = packets::ethernet(0x0800, packets::ipv4({.protocol = 1}, icmp));
    const Bytes after = anonymized({frame}).at(0);
    EXPECT_FALSE(contains(after, "hidden"));
    EXPECT_TRUE(contains(after, std::string_view("\3com", 4)));
    // Both headers have the same new client.
    EXPECT_TRUE(std::equal(after.begin() + 26, after.begin() + 30, after.begin() + 14 + 28 + 12));
}

std::uint16_t sum16(ByteView bytes, std::uint32_t sum = 0) {
    for (std::size_t i = 0; i < bytes.size(); i += 2)
        sum += bytes[i] << 8U | (i + 1 < bytes.size() ? bytes[i + 1] : 0);
    while (sum >> 16U != 0)
        sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(sum);
}

/// The sum over UDP with its pseudo-header; 0xffff is right.
std::uint16_t udp_sum(const Bytes& frame) {
    const ByteView udp = ByteView(frame).subspan(34);
    const std::uint32_t pseudo =
        sum16(ByteView(frame).subspan(26, 8)) + 17U + static_cast<std::uint32_t>(udp.size());
    return sum16(udp, pseudo);
}

TEST(Anonymizer, mends_checksums_and_leaves_wrong_ones_wrong) {
    Bytes frame = packets::query_frame(3, "host.example.com");
    const auto put_sum = [&](std::size_t at, std::uint16_t value) {
        frame[at] = static_cast<std::uint8_t>(value >> 8U);
        frame[at + 1] = static_cast<std::uint8_t>(value);
    };
    put_sum(24, 0);
    put_sum(24, static_cast<std::uint16_t>(~sum16(ByteView(frame).subspan(14, 20))));
    put_sum(40, 0);
    put_sum(40, static_cast<std::uint16_t>(~udp_sum(frame)));
    ASSERT_EQ(udp_sum(frame), 0xffff);
    Bytes after = anonymized({frame}).at(0);
    EXPECT_EQ(sum16(ByteView(after).subspan(14, 20)), 0xffff);
    EXPECT_EQ(udp_sum(after), 0xffff);
    put_sum(40, 0x1234);
    put_sum(24, 0x4321);
    after = anonymized({frame}).at(0);
    EXPECT_NE(udp_sum(after), 0xffff);
    EXPECT_NE(sum16(ByteView(after).subspan(14, 20)), 0xffff);
    EXPECT_NE(after[40] << 8 | after[41], 0x1234);  // it says something of what was there
    put_sum(40, 0);
    after = anonymized({frame}).at(0);
    EXPECT_EQ(after[40] << 8 | after[41], 0);
}

/// A DNS message over TCP cut into pieces of `size` bytes, with SYN.
std::vector<Bytes> stream(const Bytes& bytes, std::size_t size) {
    std::vector<Bytes> frames;
    const auto add = [&](std::uint32_t sequence, std::uint8_t flags, const Bytes& payload) {
        Bytes tcp;
        packets::put16(tcp, 40'000);
        packets::put16(tcp, 53);
        packets::put32(tcp, sequence);
        packets::put32(tcp, 0);
        packets::put16(tcp, 0x5000U | flags);
        tcp.insert(tcp.end(), 6, 0);
        tcp.insert(tcp.end(), payload.begin(), payload.end());
        frames.push_back(packets::ethernet(0x0800, packets::ipv4({.protocol = 6}, tcp)));
    };
    add(999, 2, {});
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t count = std::min(size, bytes.size() - at);
        add(1'000 + static_cast<std::uint32_t>(at), 0x18,
            Bytes(begin, begin + static_cast<std::ptrdiff_t>(count)));
    }
    return frames;
}

Bytes payloads(const std::vector<Bytes>& frames) {
    Bytes out;
    for (const Bytes& frame : frames)
        out.insert(out.end(), frame.begin() + 54, frame.end());
    return out;
}

// However a stream is cut, its messages become the same.
TEST(Anonymizer, does_not_care_how_tcp_is_cut) {
    Bytes bytes;
    for (const char* name : {"one.example.com", "two.example.com", "three.example.org"}) {
        const Bytes framed = packets::framed(packets::query(1, name));
        bytes.insert(bytes.end(), framed.begin(), framed.end());
    }
    const Bytes wanted = payloads(anonymized(stream(bytes, bytes.size())));
    EXPECT_FALSE(contains(wanted, "example"));
    EXPECT_TRUE(contains(wanted, std::string_view("\3org", 4)));
    for (std::size_t size = 1; size < bytes.size(); ++size)
        ASSERT_EQ(payloads(anonymized(stream(bytes, size))), wanted) << size;
    // In any order, and again.
    std::mt19937 random(3);
    for (unsigned round = 0; round < 20; ++round) {
        std::vector<Bytes> frames = stream(bytes, 7);
        frames.push_back(frames[2]);
        std::vector<std::size_t> order(frames.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = i;
        std::shuffle(order.begin() + 1, order.end(), random);
        std::vector<Bytes> shuffled;
        for (const std::size_t i : order)
            shuffled.push_back(frames[i]);
        const std::vector<Bytes> after = anonymized(shuffled);
        std::vector<Bytes> sorted(frames.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            sorted[order[i]] = after[i];
        sorted.pop_back();
        ASSERT_EQ(payloads(sorted), wanted);
    }
}

TEST(Anonymizer, does_not_wait_for_ever) {
    const Bytes bytes = packets::framed(packets::query(1, "lonely.example.com"));
    std::vector<Bytes> frames = stream(bytes, 12);
    frames.erase(frames.begin() + 2);  // what completes the message never comes
    for (unsigned i = 0; i < 50; ++i)
        frames.push_back(packets::query_frame(1, "other.example.com"));
    Taken taken;
    Anonymizer anonymizer(test_key(), {.max_hold = Duration::millis(10)}, taken);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        sys::PacketRecord record;
        record.time = Timestamp{static_cast<std::int64_t>(i) * kNanosPerMilli};
        record.data = frames[i].data();
        record.captured = record.original = static_cast<std::uint32_t>(frames[i].size());
        record.link_type = 1;
        ASSERT_TRUE(anonymizer.add(record));
        ASSERT_LE(i - std::min(i, taken.packets.size()), 14U);
    }
    ASSERT_TRUE(anonymizer.finish());
    EXPECT_EQ(taken.packets.size(), frames.size());
    for (const Bytes& packet : taken.packets)
        EXPECT_FALSE(contains(packet, "lonely"));
}

// Fragments in any order give what the whole datagram gives.
TEST(Anonymizer, does_not_care_how_datagrams_are_cut) {
    const Bytes datagram = packets::udp(40'000, 53, packets::query(4, "fragment.example.com"));
    const Bytes whole = anonymized({packets::ethernet(0x0800, packets::ipv4({}, datagram))}).at(0);
    for (const std::size_t size : {8U, 16U, 24U}) {
        std::vector<Bytes> frames;
        for (std::size_t at = 0; at < datagram.size(); at += size) {
            const std::size_t count = std::min<std::size_t>(size, datagram.size() - at);
            const auto begin = datagram.begin() + static_cast<std::ptrdiff_t>(at);
            const bool last = at + count == datagram.size();
            const auto field = static_cast<std::uint16_t>(at / 8 | (last ? 0 : 0x2000));
            frames.push_back(packets::ethernet(
                0x0800, packets::ipv4({.fragment = field, .id = 99},
                                      Bytes(begin, begin + static_cast<std::ptrdiff_t>(count)))));
        }
        std::ranges::reverse(frames);
        std::vector<Bytes> after = anonymized(frames);
        std::ranges::reverse(after);
        Bytes together;
        for (const Bytes& frame : after)
            together.insert(together.end(), frame.begin() + 34, frame.end());
        EXPECT_TRUE(std::equal(together.begin(), together.end(), whole.begin() + 34)) << size;
    }
}

}  // namespace
}  // namespace vedette::captures
