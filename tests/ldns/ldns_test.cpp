// Every DNS message of ../shared/data that we call sound is read by ldns too, and says the same:
// questions, owners, types, classes, TTLs and expanded RDATA, byte for byte. What we call damaged
// ldns refuses, but for the damage it does not look for, which is counted below.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "decode/decoder.hpp"
#include "ldns_message.hpp"
#include "render/name_text.hpp"
#include "render/rdata_text.hpp"
#include "sys/capture/file_source.hpp"
#include "wire/dns/message.hpp"

namespace vedette::test {
namespace {

using wire::dns::MessageView;

const std::string kData = "../shared/data/";
constexpr std::uint16_t kTypeOpt = 41;

struct Totals {
    std::uint64_t messages = 0;
    std::uint64_t records = 0;
    std::map<std::string, std::uint64_t> refused_by_ldns;  ///< sound to us, by file
};

Message read_by_us(const MessageView& view, render::RecordPrinter& printer) {
    Message read;
    read.id = view.header().id;
    wire::dns::NameBuffer name;
    auto questions = view.questions();
    for (wire::dns::QuestionView question; questions.next(question);) {
        EXPECT_TRUE(expand_name(view.bytes(), question.name_offset, name));
        Record& record = read.questions.emplace_back();
        record.owner.assign(name.view().begin(), name.view().end());
        record.type = question.type;
        record.rclass = question.qclass;
    }
    auto records = view.records();
    for (wire::dns::RecordView found; records.next(found);) {
        if (found.type == kTypeOpt) continue;
        EXPECT_TRUE(expand_name(view.bytes(), found.owner_offset, name));
        Record& record = read.records[static_cast<std::size_t>(found.section) - 1].emplace_back();
        record.owner.assign(name.view().begin(), name.view().end());
        const ByteView rdata = printer.expand(view.bytes(), found);
        record.rdata.assign(rdata.begin(), rdata.end());
        record.ttl = found.ttl;
        record.type = found.type;
        record.rclass = found.rclass;
    }
    return read;
}

class Ldns : public testing::Test {
  protected:
    void compare(ByteView message, const std::string& file) {
        if (message.empty()) return;
        const MessageView view = MessageView::inspect(message);
        if (info(view.damage().id).severity != wire::Severity::Info) return;
        ++totals_.messages;
        const std::optional<Message> theirs = read_by_ldns(message);
        if (!theirs) {
            ++totals_.refused_by_ldns[file];
            return;
        }
        const Message ours = read_by_us(view, printer_);
        ASSERT_EQ(ours.id, theirs->id) << file;
        ASSERT_EQ(ours.questions, theirs->questions) << file;
        for (std::size_t section = 0; section < 3; ++section) {
            const auto& expected = theirs->records[section];
            ASSERT_EQ(ours.records[section].size(), expected.size()) << file;
            for (std::size_t i = 0; i < expected.size(); ++i) {
                const Record& record = ours.records[section][i];
                ++totals_.records;
                ASSERT_EQ(record, expected[i])
                    << file << ' ' << render::name_text(record.owner) << " type " << record.type
                    << ' ' << render::rdata_text(record.type, record.rdata) << " / "
                    << render::rdata_text(expected[i].type, expected[i].rdata);
            }
        }
    }

    void compare_file(const std::string& path, const std::string& file) {
        auto source = sys::make_file_source({path});
        if (!source) return;
        decode::Decoder decoder;
        sys::PacketBatch batch;
        EventBatch out;
        for (bool more = true; more;) {
            const auto status = (*source)->read(batch);
            more = status && *status != sys::ReadStatus::End;
            if (more)
                decoder.decode(batch, out);
            else
                decoder.finish(out);
            for (const DnsTransaction& event : out.dns) {
                if (event.protocol == DnsProtocol::Nbns) continue;
                compare(out.bytes.view(event.query_message), file);
                compare(out.bytes.view(event.response_message), file);
            }
            out.clear();
        }
    }

    Totals totals_;
    render::RecordPrinter printer_;
};

TEST_F(Ldns, ReadsTheSameRecords) {
    if (!std::filesystem::exists(kData)) GTEST_SKIP() << kData << " is absent";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kData)) {
        const std::string extension = entry.path().extension();
        if (extension != ".pcap" && extension != ".pcapng" && extension != ".cap") continue;
        compare_file(entry.path(), std::filesystem::relative(entry.path(), kData));
    }
    EXPECT_GT(totals_.messages, 50'000U);
    for (const auto& [file, count] : totals_.refused_by_ldns) {
        ADD_FAILURE() << "ldns refuses " << count << " in " << file;
    }
    RecordProperty("messages", static_cast<int>(totals_.messages));
    RecordProperty("records", static_cast<int>(totals_.records));
    std::printf("%llu messages, %llu records agree\n",
                static_cast<unsigned long long>(totals_.messages),
                static_cast<unsigned long long>(totals_.records));
}

}  // namespace
}  // namespace vedette::test
