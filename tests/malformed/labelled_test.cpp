// The labelled capture of odd and damaged queries: what each is called, and that every one is kept
// as an event with its bytes. What real servers do with them decided the severities: damage is what
// full servers refuse, Info what they answer.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string_view>

#include "decode/decoder.hpp"
#include "sys/capture/file_source.hpp"

namespace vedette {
namespace {

constexpr const char* kCapture = "../shared/data/tunnels-own/dns_malformed_labelled.pcap";

struct Case {
    std::string_view label;
    std::string_view anomaly;  ///< empty when nothing is wrong
};

constexpr Case kCases[] = {
    {"baseline", ""},
    {"ANCOUNT=1, no RR bytes", "dns.count.beyond-message"},
    {"ANCOUNT=5, no RR", "dns.count.beyond-message"},
    {"ANCOUNT=65535, no RR", "dns.count.beyond-message"},
    {"ANCOUNT=1 + real RR", "dns.count.records-in-query"},
    {"NSCOUNT=1, no RR", "dns.count.beyond-message"},
    {"NSCOUNT=1 + real RR", "dns.count.records-in-query"},
    {"ARCOUNT=1, no RR", "dns.count.beyond-message"},
    {"ARCOUNT=7, no RR", "dns.count.beyond-message"},
    {"ARCOUNT=1 + A RR (not OPT)", ""},
    {"QDCOUNT=0", "dns.question.missing"},
    {"QDCOUNT=2, two questions", "dns.count.questions"},
    {"QDCOUNT=2, one present", "dns.count.beyond-message"},
    {"QDCOUNT=0 + question bytes", "dns.question.missing"},
    {"Z bit=1", "dns.flags.reserved"},
    {"AD=1", ""},
    {"CD=1", ""},
    {"AA=1 in query", "dns.flags.in-query"},
    {"TC=1 in query", "dns.flags.in-query"},
    {"RA=1 in query", "dns.flags.in-query"},
    {"RCODE=5 in query", "dns.flags.in-query"},
    {"RCODE=15 in query", "dns.flags.in-query"},
    {"opcode 1 IQUERY", "dns.opcode.unassigned"},
    {"opcode 2 STATUS", ""},
    {"opcode 3", "dns.opcode.unassigned"},
    {"opcode 4 NOTIFY", ""},
    {"opcode 5 UPDATE", ""},
    {"opcode 6 DSO", ""},
    {"opcode 15", "dns.opcode.unassigned"},
    {"QR=1 to server", ""},
    {"trailing 4 bytes", "dns.trailing-bytes"},
    {"trailing 200 bytes", "dns.trailing-bytes"},
    {"trailing after OPT", "dns.trailing-bytes"},
    {"qname self pointer", "dns.pointer.forward"},
    {"qname fwd pointer", "dns.pointer.forward"},
    {"qname label+ptr to hdr(00)", "dns.pointer.header"},
    {"label type 0x40", "dns.label.type"},
    {"label type 0x80", "dns.label.type"},
    {"name 263 B", "dns.name.too-long"},
    {"truncated label", "dns.label.overrun"},
    {"NUL in label", ""},
    {"8-bit label", ""},
    {"dot inside label", ""},
    {"2x OPT", "dns.opt.duplicate"},
    {"OPT in answer", "dns.opt.misplaced"},
    {"OPT in authority", "dns.opt.misplaced"},
    {"EDNS ver 1", "dns.opt.version"},
    {"EDNS Z=0x7fff", "dns.opt.flags"},
    {"EDNS ext-rcode=7 in query", ""},
    {"OPT name non-root", "dns.opt.owner"},
    {"OPT udp size 0", ""},
    {"opt len overrun", "dns.opt.option-overrun"},
    {"unknown opt 65001 x100", ""},
    {"padding nonzero bytes", ""},
    {"COOKIE len 5", "dns.opt.cookie-length"},
    {"COOKIE client 8B (valid)", ""},
    {"qclass 0", ""},
    {"qclass 3 CH", ""},
    {"qclass 254", ""},
    {"qclass 65280", ""},
    {"qtype 0", ""},
    {"qtype OPT", ""},
    {"qtype 65399", ""},
    {"qtype NULL(10)", ""},
    {"qtype ANY", ""},
    {"no question bytes", "dns.count.beyond-message"},
};

TEST(Labelled, EachCaseHasItsName) {
    if (!std::filesystem::exists(kCapture)) GTEST_SKIP() << kCapture << " is absent";
    auto source = sys::make_file_source({kCapture});
    ASSERT_TRUE(source);
    decode::Decoder decoder;
    sys::PacketBatch batch;
    EventBatch out;
    for (bool more = true; more;) {
        const auto status = (*source)->read(batch);
        ASSERT_TRUE(status);
        more = *status != sys::ReadStatus::End;
        if (more) decoder.decode(batch, out);
    }
    decoder.finish(out);

    std::map<std::uint64_t, const DnsTransaction*> by_packet;
    for (const DnsTransaction& event : out.dns) {
        by_packet[event.has_query() ? event.query_packet : event.response_packet] = &event;
    }
    ASSERT_EQ(by_packet.size(), std::size(kCases));
    for (std::size_t i = 0; i < std::size(kCases); ++i) {
        const DnsTransaction* event = by_packet[i + 1];
        ASSERT_NE(event, nullptr) << kCases[i].label;
        EXPECT_EQ(wire::info(event->damage().id).id, kCases[i].anomaly) << kCases[i].label;
        EXPECT_EQ(event->query_message.length + event->response_message.length,
                  event->query_bytes + event->response_bytes)
            << kCases[i].label;
    }
}

}  // namespace
}  // namespace vedette
