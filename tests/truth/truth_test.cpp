// Truth: every comparison capture is read, decoded and counted, and every column agrees with the
// independent decoder of ../shared/data/truth.tsv, or the cell stands in exceptions.tsv with the
// reason why we are right. An exception that is no longer needed fails too.
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <set>

#include "decode/decoder.hpp"
#include "sys/capture/file_source.hpp"
#include "truth_table.hpp"
#include "wire/dns/message.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::truth {
namespace {

const std::string kData = "../shared/data/";
const std::string kExceptions = "tests/truth/exceptions.tsv";

/// What one capture gave.
struct Counted {
    TraceCounts counts;
    std::set<std::string> names;  ///< distinct question names, wire form, ASCII case folded
};

std::string folded(ByteView name) {
    std::string text(as_text(name));
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return text;
}

/// Steps over a name in place; compressed names end at their pointer.
void skip_name(wire::Reader& reader) {
    for (;;) {
        const std::uint8_t length = reader.u8();
        if (!reader.ok() || length == 0) return;
        if (length >= 0xc0) return reader.skip(1);
        reader.skip(length);
    }
}

/// The names of every whole question of a message.
void add_names(ByteView message, std::set<std::string>& names) {
    wire::Reader reader{message};
    reader.skip(4);
    const std::uint16_t questions = reader.u16();
    reader.skip(6);
    for (unsigned i = 0; i < questions && reader.ok(); ++i) {
        wire::dns::NameBuffer name;
        const auto offset = static_cast<std::uint32_t>(reader.offset());
        if (!wire::dns::expand_name(message, offset, name)) return;
        skip_name(reader);
        reader.skip(4);
        if (reader.ok()) names.insert(folded(name.view()));
    }
}

void take(EventBatch& out, Counted& result) {
    for (const DnsTransaction& event : out.dns) {
        if (event.protocol != DnsProtocol::Dns) continue;
        add_names(out.bytes.view(event.query_message), result.names);
        add_names(out.bytes.view(event.response_message), result.names);
    }
    out.clear();
}

std::optional<Counted> read_capture(const std::string& path) {
    Result<std::unique_ptr<sys::PacketSource>> source = sys::make_file_source({path});
    if (!source) return std::nullopt;
    decode::Decoder decoder;
    sys::PacketBatch batch;
    EventBatch out;
    Counted result;
    for (;;) {
        const Result<sys::ReadStatus> status = (*source)->read(batch);
        if (!status) return std::nullopt;
        if (*status == sys::ReadStatus::End) break;
        decoder.decode(batch, out);
        take(out, result);
    }
    decoder.finish(out);
    take(out, result);
    result.counts = decoder.counts();
    return result;
}

struct Column {
    const char* name;
    std::function<std::uint64_t(const Counted&)> ours;
    const char* alternative = nullptr;  ///< the other decoder's second opinion (see INDEX.md)
};

std::function<std::uint64_t(const Counted&)> dhcp_type(std::size_t type) {
    return [type](const Counted& c) { return c.counts.dhcp_type[type]; };
}

const std::vector<Column>& columns() {
    using C = const Counted&;
    static const std::vector<Column> kColumns{
        {"packets", [](C c) { return c.counts.packets; }},
        {"dns_query", [](C c) { return c.counts.dns_query(); }, "dns_query_dflt"},
        {"dns_response", [](C c) { return c.counts.dns_response(); }, "dns_response_dflt"},
        {"dns_udp_q", [](C c) { return c.counts.dns_udp_query; }},
        {"dns_udp_r", [](C c) { return c.counts.dns_udp_response; }},
        {"distinct_qname_wire", [](C c) { return c.names.size(); }},
        {"dhcp_msgs", [](C c) { return c.counts.dhcp_msgs; }},
        {"dhcp_notype", dhcp_type(0)},
        {"dhcp_discover", dhcp_type(1)},
        {"dhcp_offer", dhcp_type(2)},
        {"dhcp_request", dhcp_type(3)},
        {"dhcp_decline", dhcp_type(4)},
        {"dhcp_ack", dhcp_type(5)},
        {"dhcp_nak", dhcp_type(6)},
        {"dhcp_release", dhcp_type(7)},
        {"dhcp_inform", dhcp_type(8)},
        {"mdns", [](C c) { return c.counts.mdns; }},
        {"llmnr", [](C c) { return c.counts.llmnr; }},
        {"nbns", [](C c) { return c.counts.nbns; }},
        {"dhcpv6", [](C c) { return c.counts.dhcpv6; }},
        {"ipv4_frags", [](C c) { return c.counts.ipv4_fragments; }},
        {"ipv6_frags", [](C c) { return c.counts.ipv6_fragments; }},
        {"vlan_frames", [](C c) { return c.counts.vlan_frames; }},
        {"ipv6_frames", [](C c) { return c.counts.ipv6_frames; }},
        {"malformed", [](C c) { return c.counts.malformed; }},
    };
    return kColumns;
}

class Truth : public testing::Test {
  protected:
    void SetUp() override {
        truth_ = read_table(kData + "truth.tsv");
        if (!truth_) GTEST_SKIP() << kData << " is absent: nothing to compare with";
        const auto rows = read_table(kExceptions);
        ASSERT_TRUE(rows) << kExceptions;
        exceptions_.emplace(*rows);
    }

    void compare(const Row& row, const Counted& counted) {
        const std::string& file = row.at("file");
        for (const Column& column : columns()) {
            const auto theirs = number(row, column.name);
            ASSERT_TRUE(theirs) << file << ' ' << column.name;
            const std::uint64_t ours = column.ours(counted);
            if (ours == *theirs) continue;
            if (column.alternative != nullptr && number(row, column.alternative) == ours) continue;
            const Exception* known = exceptions_->find(file, column.name);
            if (known != nullptr && known->ours == ours && known->theirs == *theirs) continue;
            ADD_FAILURE() << file << '\t' << column.name << '\t' << ours << '\t' << *theirs;
        }
    }

    std::optional<std::vector<Row>> truth_;
    std::optional<Exceptions> exceptions_;
};

TEST_F(Truth, EveryCaptureAgreesOrIsExplained) {
    for (const Row& row : *truth_) {
        const std::string& file = row.at("file");
        const std::optional<Counted> counted = read_capture(kData + file);
        ASSERT_TRUE(counted) << file;
        EXPECT_TRUE(counted->counts.balances()) << file;
        compare(row, *counted);
    }
    EXPECT_GE(truth_->size(), 100U);
    for (const std::string& key : exceptions_->unused()) {
        ADD_FAILURE() << "no longer needed in " << kExceptions << ": " << key;
    }
}

TEST_F(Truth, EveryExceptionHasAReason) {
    const auto rows = read_table(kExceptions);
    for (const Row& row : *rows) {
        const auto reason = row.find("reason");
        ASSERT_NE(reason, row.end()) << row.at("file");
        EXPECT_GE(reason->second.size(), 20U) << row.at("file");
    }
}

}  // namespace
}  // namespace vedette::truth
