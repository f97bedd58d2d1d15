#include "service/importer/importer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "service/importer/dns_note.hpp"
#include "service/importer/fields.hpp"
#include "wire/dns/message.hpp"

namespace vedette::importer {
namespace {

class ImporterTest : public ::testing::Test {
  protected:
    ImporterTest() {
        std::string name = (std::filesystem::temp_directory_path() / "vedette-im-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        options_.stored = [this](const std::string& sensor, const std::string& stream) {
            return stored_[{sensor, stream}];
        };
        options_.take = [this](const EventBatch& batch) -> Result<void> {
            keep(batch);
            return {};
        };
    }
    ~ImporterTest() override { std::filesystem::remove_all(folder_); }

    void keep(const EventBatch& batch) {
        if (batch.origin.numbered())
            stored_[{batch.origin.sensor, batch.origin.stream}] = batch.origin.sequence;
        sensor_ = batch.origin.sensor;
        for (const DnsTransaction& event : batch.dns) {
            std::string text = event.qname.empty()
                                   ? std::string("-")
                                   : render::name_text(batch.bytes.view(event.qname));
            text += " " + render::type_text(event.qtype) + " " + event.client.to_text() + " " +
                    std::string(to_text(event.kind));
            if (event.has_response()) {
                text += " " + render::rcode_text(event.rcode);
                const auto message =
                    wire::dns::MessageView::inspect(batch.bytes.view(event.response_message));
                EXPECT_FALSE(message.damage()) << text;
                text += " " + std::to_string(message.header().counts[1]);
            }
            dns_.push_back(text);
            last_dns_ = event;
        }
        for (const DhcpMessage& event : batch.dhcp)
            dhcp_.push_back(std::string(dhcp_type_text(event.type, false)) + " " +
                            event.client_mac.to_text() + " " +
                            std::string(batch.bytes.text(event.host_name)));
        for (const LeaseEvent& event : batch.leases) {
            leases_.push_back(event.address.to_text() + " " + event.mac.to_text() + " " +
                              std::string(to_text(event.state)) + " " +
                              std::string(batch.bytes.text(event.host_name)));
            starts_.push_back(event.start);
        }
    }
    ImportReport read(const std::string& text) {
        const std::string path = folder_ + "/file";
        std::ofstream(path, std::ios::binary) << text;
        auto report = import_file(path, options_);
        EXPECT_TRUE(report) << (report ? "" : report.error().text);
        return report.value_or(ImportReport{});
    }

    std::string folder_;
    ImportOptions options_;
    std::map<std::pair<std::string, std::string>, std::uint64_t> stored_;
    std::vector<std::string> dns_;
    std::vector<std::string> dhcp_;
    std::vector<std::string> leases_;
    std::vector<Timestamp> starts_;  // of leases_
    std::string sensor_;
    DnsTransaction last_dns_;
};

using Lines = std::vector<std::string>;

constexpr const char* kZeekHeader =
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\t"
    "qclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\t"
    "rejected\n"
    "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tcount\tinterval\tstring\tcount\tstring\t"
    "count\tstring\tcount\tstring\tbool\tbool\tbool\tbool\tcount\tvector[string]\t"
    "vector[interval]\tbool\n";
constexpr const char* kZeekLine =
    "1700000000.123456\tCabc\t192.0.2.7\t50000\t192.0.2.53\t53\tudp\t4660\t0.012500\t"
    "www.example.com\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\tcdn.example.net,192.0.2.80\t"
    "300.000000,60.000000\tF\n";

TEST_F(ImporterTest, ZeekColumns) {
    const ImportReport report =
        read(std::string(kZeekHeader) + kZeekLine +
             "1700000001.000000\tCdef\t192.0.2.8\t50001\t192.0.2.53\t53\tudp\t1\t-\tno.example\t1\t"
             "C_INTERNET\t28\tAAAA\t-\t-\tF\tF\tT\tF\t0\t-\t-\tF\n"
             "a line that is none\n"
             "#close\t2023-11-14-22-13-21\n");
    EXPECT_EQ(report.format, "zeek");
    EXPECT_EQ(report.events, 2U);
    EXPECT_EQ(report.damaged, 1U);
    ASSERT_EQ(report.first_damaged.size(), 1U);
    EXPECT_EQ(report.first_damaged[0].line, 10U);
    EXPECT_EQ(dns_, (Lines{"www.example.com. A 192.0.2.7 matched NOERROR 2",
                           "no.example. AAAA 192.0.2.8 unanswered"}));
    EXPECT_EQ(sensor_, "zeek");
}

TEST_F(ImporterTest, ZeekTimesAreExact) {
    (void)read(std::string(kZeekHeader) + kZeekLine);
    EXPECT_EQ(last_dns_.query_time.nanos, 1'700'000'000'123'456'000);
    EXPECT_EQ(last_dns_.latency().nanos, 12'500'000);
    EXPECT_EQ(last_dns_.id, 4'660);
    EXPECT_EQ(last_dns_.client_port, 50'000);
}

TEST_F(ImporterTest, ZeekJsonOfDnsAndDhcp) {
    const ImportReport report =
        read(R"({"ts":1700000000.5,"uid":"C","id.orig_h":"2001:db8::7","id.orig_p":5,"id.resp_)"
             R"(h":"2001:db8::53","id.resp_p":53,"proto":"tcp","trans_id":7,"query":"x.example)"
             R"(","qclass":1,"qtype":16,"rcode":3,"rcode_name":"NXDOMAIN","AA":false,"TC":fals)"
             R"(e,"RD":true,"RA":true,"Z":0,"rejected":false})"
             "\n"
             R"({"ts":1700000002.0,"uids":["C"],"client_addr":"192.0.2.9","server_addr":"192.0)"
             R"(.2.1","mac":"02:00:00:00:00:09","host_name":"laptop","assigned_addr":"192.0.2.)"
             R"(9","lease_time":3600.0,"msg_types":["REQUEST","ACK"],"duration":0.1})"
             "\n");
    EXPECT_EQ(report.damaged, 0U);
    EXPECT_EQ(dns_, (Lines{"x.example. TXT 2001:db8::7 matched NXDOMAIN 0"}));
    EXPECT_EQ(dhcp_, (Lines{"Request 02:00:00:00:00:09 laptop", "ACK 02:00:00:00:00:09 laptop"}));
    EXPECT_EQ(leases_, (Lines{"192.0.2.9 02:00:00:00:00:09 bound laptop"}));
}

TEST_F(ImporterTest, SuricataPairsQueriesAndAnswers) {
    const ImportReport report =
        read(R"({"timestamp":"2024-05-01T12:00:00.000100+0000","flow_id":1,"event_type":"dns",)"
             R"("src_ip":"192.0.2.7","src_port":40000,"dest_ip":"192.0.2.53","dest_port":53,"p)"
             R"(roto":"UDP","dns":{"type":"query","id":77,"rrname":"example.com","rrtype":"A",)"
             R"("tx_id":0}})"
             "\n"
             R"({"timestamp":"2024-05-01T12:00:00.020100+0000","flow_id":1,"event_type":"dns",)"
             R"("src_ip":"192.0.2.7","src_port":40000,"dest_ip":"192.0.2.53","dest_port":53,"p)"
             R"(roto":"UDP","dns":{"version":2,"type":"answer","id":77,"flags":"8180","qr":tru)"
             R"(e,"rd":true,"ra":true,"rrname":"example.com","rrtype":"A","rcode":"NOERROR","a)"
             R"(nswers":[{"rrname":"example.com","rrtype":"A","ttl":60,"rdata":"192.0.2.80"}]})"
             R"(})"
             "\n"
             R"({"timestamp":"2024-05-01T12:00:01.000100+0000","flow_id":2,"event_type":"flow")"
             R"(})"
             "\n"
             R"({"timestamp":"2024-05-01T14:00:02.000000+0200","event_type":"dns","src_ip":"19)"
             R"(2.0.2.8","src_port":40001,"dest_ip":"192.0.2.53","dest_port":53,"proto":"UDP",)"
             R"("dns":{"version":3,"type":"request","id":78,"queries":[{"rrname":"v3.example",)"
             R"("rrtype":"AAAA"}]}})"
             "\n"
             R"({"timestamp":"2024-05-01T12:00:03.000000+0000","event_type":"dhcp","src_ip":"1)"
             R"(92.0.2.1","src_port":67,"dest_ip":"192.0.2.9","dest_port":68,"proto":"UDP","dh)"
             R"(cp":{"type":"reply","id":5,"client_mac":"02:00:00:00:00:09","assigned_ip":"192)"
             R"(.0.2.9","dhcp_type":"ack","lease_time":600}})"
             "\n{\"broken\n");
    EXPECT_EQ(report.format, "suricata");
    EXPECT_EQ(report.damaged, 1U);
    EXPECT_EQ(dns_, (Lines{"example.com. A 192.0.2.7 matched NOERROR 1",
                           "v3.example. AAAA 192.0.2.8 unanswered"}));
    EXPECT_EQ(dhcp_, (Lines{"ACK 02:00:00:00:00:09 "}));
    EXPECT_EQ(leases_.size(), 1U);
}

TEST_F(ImporterTest, KeaLeasesOfBothFamilies) {
    (void)read(
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,"
        "user_context\n"
        "192.0.2.10,02:00:00:00:00:0a,01:02:00:00:00:00:0a,3600,1700003600,1,0,0,phone,0,\n"
        "192.0.2.11,02:00:00:00:00:0b,,3600,1700003600,1,0,0,,1,\nshort,line\n");
    EXPECT_EQ(leases_, (Lines{"192.0.2.10 02:00:00:00:00:0a bound phone",
                              "192.0.2.11 02:00:00:00:00:0b declined "}));
    leases_.clear();
    const ImportReport report = read(
        "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,"
        "fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source\n"
        "2001:db8::10,00:01:00:01:2c:aa:bb:cc:02:00:00:00:00:0c,3600,1700003600,1,1800,0,7,128,0,0,"
        "tablet,,0,,1,0\n");
    EXPECT_EQ(report.format, "kea-leases");
    EXPECT_EQ(leases_, (Lines{"2001:db8::10 02:00:00:00:00:0c bound tablet"}));
}

TEST_F(ImporterTest, KeaLeaseFileIsAJournal) {
    const std::string head =
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,"
        "user_context\n";
    const std::string mac = "192.0.2.10,02:00:00:00:00:0a,,3600,";
    const std::string tail = ",1,0,0,phone,0,\n";
    (void)read(head + mac + "1700003600" + tail + mac + "1700005400" + tail);
    ASSERT_EQ(starts_.size(), 2U);  // the second prolongs the first
    EXPECT_EQ(starts_[0], starts_[1]);
    // Deleted: without a lifetime. Declined: the address alone is left.
    starts_.clear();
    leases_.clear();
    (void)read(head + mac + "1700003600" + tail +
               "192.0.2.10,02:00:00:00:00:0a,,0,1700000000,1,0,0,phone,0,\n" + mac + "1700013600" +
               tail + "192.0.2.10,,,86400,1700096500,1,0,0,,1,\n");
    EXPECT_EQ(leases_, (Lines{"192.0.2.10 02:00:00:00:00:0a bound phone",
                              "192.0.2.10 02:00:00:00:00:0a released phone",
                              "192.0.2.10 02:00:00:00:00:0a bound phone",
                              "192.0.2.10 02:00:00:00:00:0a declined phone"}));
}

TEST_F(ImporterTest, KeaLog) {
    const ImportReport report = read(
        "2024-05-01 12:00:00.123 INFO  [kea-dhcp4.dhcp4/1.2] DHCP4_STARTED Kea started\n"
        "2024-05-01 12:00:01.123 INFO  [kea-dhcp4.leases/1.2] DHCP4_LEASE_ALLOC [hwtype=1 "
        "02:00:00:00:00:0d], cid=[no info], tid=0x1a2b: lease 192.0.2.13 has been allocated for "
        "4000 seconds\n");
    EXPECT_EQ(report.format, "kea-log");
    EXPECT_EQ(dhcp_, (Lines{"ACK 02:00:00:00:00:0d "}));
    EXPECT_EQ(leases_, (Lines{"192.0.2.13 02:00:00:00:00:0d bound "}));
}

TEST_F(ImporterTest, AKeaLogThatGrewGoesOnWithItsLeases) {
    const auto line = [](const char* time) {
        return fmt::format(
            "2024-05-01 {} INFO  [kea-dhcp4.leases/1.2] DHCP4_LEASE_ALLOC [hwtype=1 "
            "02:00:00:00:00:0d], cid=[no info], tid=0x1a2b: lease 192.0.2.13 has "
            "been allocated for 4000 seconds\n",
            time);
    };
    (void)read(line("12:00:01.123"));
    const ImportReport report = read(line("12:00:01.123") + line("12:30:00.000"));
    EXPECT_EQ(report.events, 2U);  // the message, and the lease that it prolongs
    ASSERT_EQ(starts_.size(), 2U);
    EXPECT_EQ(starts_[0], starts_[1]);
}

TEST_F(ImporterTest, DnsmasqLogFollowsAliasesAndNumbers) {
    const ImportReport report = read(
        "Nov 21 14:00:00 dnsmasq[123]: started, version 2.90 cachesize 150\n"
        "Nov 21 14:00:01 dnsmasq[123]: query[A] www.example.com from 192.0.2.7\n"
        "Nov 21 14:00:01 dnsmasq[123]: forwarded www.example.com to 192.0.2.53\n"
        "Nov 21 14:00:01 dnsmasq[123]: reply www.example.com is <CNAME>\n"
        "Nov 21 14:00:01 dnsmasq[123]: reply cdn.example.net is 192.0.2.80\n"
        "Nov 21 14:00:01 dnsmasq[123]: reply cdn.example.net is 192.0.2.81\n"
        "Nov 21 14:00:02 router dnsmasq[123]: 5 192.0.2.8/4000 query[AAAA] no.example from "
        "192.0.2.8\n"
        "Nov 21 14:00:02 router dnsmasq[123]: 5 192.0.2.8/4000 reply no.example is NXDOMAIN\n"
        "Nov 21 14:00:03 dnsmasq[123]: query[type=65] lost.example from 192.0.2.9\n"
        "Nov 21 14:00:04 dnsmasq-dhcp[123]: DHCPACK(eth0) 192.0.2.9 02:00:00:00:00:09 laptop\n"
        "Nov 21 14:00:05 dnsmasq[123]: query[A] broken\n");
    EXPECT_EQ(report.format, "dnsmasq-log");
    EXPECT_EQ(report.damaged, 1U);
    EXPECT_EQ(dns_, (Lines{"www.example.com. A 192.0.2.7 matched NOERROR 3",
                           "no.example. AAAA 192.0.2.8 matched NXDOMAIN 0",
                           "lost.example. HTTPS 192.0.2.9 unanswered"}));
    EXPECT_EQ(dhcp_, (Lines{"ACK 02:00:00:00:00:09 laptop"}));
}

TEST_F(ImporterTest, DnsmasqLeases) {
    const ImportReport report = read(
        "1700003600 02:00:00:00:00:0e 192.0.2.14 printer 01:02:00:00:00:00:0e\n"
        "0 02:00:00:00:00:0f 192.0.2.15 * *\n"
        "duid 00:01:00:01:2c:aa:bb:cc:02:00:00:00:00:01\n"
        "1700003600 7 2001:db8::14 printer 00:01:00:01\n");
    EXPECT_EQ(report.format, "dnsmasq-leases");
    EXPECT_EQ(leases_, (Lines{"192.0.2.14 02:00:00:00:00:0e bound printer",
                              "192.0.2.15 02:00:00:00:00:0f bound ",
                              "2001:db8::14 00:00:00:00:00:00 bound printer"}));
}

TEST_F(ImporterTest, AFileThatIsReadAgainOrHasGrownIsStoredOnce) {
    const std::string text = std::string(kZeekHeader) + kZeekLine + kZeekLine;
    EXPECT_EQ(read(text).events, 2U);
    const ImportReport again = read(text);
    EXPECT_EQ(again.events, 0U);
    EXPECT_EQ(again.before, again.lines);
    EXPECT_EQ(read(text + kZeekLine).events, 1U);
    EXPECT_EQ(dns_.size(), 3U);
    options_.again = true;
    EXPECT_EQ(read(text).events, 2U);
}

TEST_F(ImporterTest, WhatNobodyKnowsIsRefused) {
    const std::string path = folder_ + "/x";
    std::ofstream(path) << "hello\nworld\n";
    const auto report = import_file(path, options_);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::InvalidInput);
    EXPECT_FALSE(import_file(folder_ + "/absent", options_));
    options_.format = "zeek";
    std::ofstream(path) << std::string(3U << 20U, 'x') << "\n" << "y\n";
    const auto forced = import_file(path, options_);
    ASSERT_TRUE(forced);
    EXPECT_EQ(forced->damaged, 2U);
    EXPECT_EQ(forced->first_damaged[0].why, "longer than a mebibyte");
}

TEST(Fields, Moments) {
    EXPECT_EQ(parse_seconds("1700000000.000000001")->nanos, 1'700'000'000'000'000'001);
    EXPECT_EQ(parse_seconds("5")->nanos, 5 * kNanosPerSecond);
    for (const char* wrong : {"", ".", "x", "1.", "1e9", "99999999999999", "-1"})
        EXPECT_FALSE(parse_seconds(wrong)) << wrong;
    EXPECT_EQ(parse_iso("1970-01-01T01:00:00.5+0100")->nanos, kNanosPerSecond / 2);
    EXPECT_EQ(parse_iso("2024-02-29T00:00:00Z")->nanos, 1'709'164'800 * kNanosPerSecond);
    EXPECT_EQ(parse_iso("2024-02-29T00:00:00-03:30")->nanos,
              (1'709'164'800 + 12'600) * kNanosPerSecond);
    for (const char* wrong : {"", "2024-02-29", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00+1",
                              "2024-01-01T00:00:00.+0000"})
        EXPECT_FALSE(parse_iso(wrong)) << wrong;
    std::string_view rest;
    const Timestamp latest = *parse_iso("2024-01-10T12:00:00Z");
    const auto december = parse_syslog("Dec 31 23:00:00 host x", latest, rest);
    ASSERT_TRUE(december);
    EXPECT_LT(*december, latest);
    EXPECT_GT(*december, latest - Duration::seconds(30 * 86'400));
    EXPECT_EQ(rest, " host x");
    EXPECT_FALSE(parse_syslog("Foo 31 23:00:00", latest, rest));
}

TEST(DnsNote, AMessageOfManyAnswersStaysOne) {
    DnsNote note;
    note.name = "x.example";
    note.qtype = 16;
    for (int i = 0; i < 2'000; ++i)
        note.answers.push_back({"", 16, 1, std::string(300, 'x')});
    const auto bytes = response_bytes(note);
    EXPECT_LE(bytes.size(), 65'535U);
    const auto message = wire::dns::MessageView::inspect(bytes);
    EXPECT_FALSE(message.damage());
    EXPECT_GT(message.header().counts[1], 100U);
    note.name = std::string(300, 'a');
    EXPECT_TRUE(query_bytes(note).empty());
}

}  // namespace
}  // namespace vedette::importer
