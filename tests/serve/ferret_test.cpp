// The Ferret tests: 6,337 zones, each with a question and the answers of BIND, NSD, Knot and
// PowerDNS (dns-groot/FerretDataset). Where the four agree, our answer must be theirs; where they
// differ, it must be one of theirs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "dns_text.hpp"
#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "service/dnsd/answer/responder.hpp"
#include "service/dnsd/zone/master_file.hpp"

namespace vedette::serve_test {
namespace {

constexpr const char* kArchive = "../shared/data/ferret.tar.zst";

std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::uint8_t> make_query(const std::string& name, const std::string& type) {
    const auto wire = render::parse_name(name);
    std::vector<std::uint8_t> query{0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    query.insert(query.end(), wire->bytes.begin(), wire->bytes.begin() + wire->length);
    const std::uint16_t code = *render::parse_type(type);
    query.insert(query.end(),
                 {static_cast<std::uint8_t>(code >> 8U), static_cast<std::uint8_t>(code), 0, 1});
    return query;
}

// The apex is the owner of the SOA, which Ferret writes first.
std::string apex_of(const std::string& zone) {
    return zone.substr(0, zone.find_first_of(" \t"));
}

AnswerText expected_answer(const nlohmann::json& lines) {
    AnswerText answer;
    int section = -2;
    for (const std::string line : lines) {
        if (line.starts_with("rcode "))
            answer.rcode = line.substr(6);
        else if (line.starts_with("flags"))
            answer.authoritative = line.contains(" AA");
        else if (line.starts_with(";"))
            section = line == ";QUESTION" ? -1 : section + 1;
        else if (section >= 0)
            answer.sections[static_cast<std::size_t>(section)].insert(
                canonical_record(line).value_or("(unreadable) " + line));
    }
    return answer;
}

class Ferret : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(kArchive)) GTEST_SKIP() << kArchive << " is not here";
        char name[] = "/tmp/vedette-ferret-XXXXXX";
        directory_ = mkdtemp(name);
        const std::string command =
            "zstd -dc " + std::string(kArchive) + " | tar -x -C " + directory_;
        ASSERT_EQ(std::system(command.c_str()), 0);
    }
    void TearDown() override {
        if (!directory_.empty()) std::filesystem::remove_all(directory_);
    }
    std::string directory_;
};

struct Tally {
    int tests = 0, unanimous = 0, unanimous_same = 0, others = 0, others_same = 0, refused = 0;
    std::map<std::string, int> sided_with;
};

void judge(const std::string& stem, const std::string& zone_text, const nlohmann::json& test,
           Tally& tally) {
    const auto apex = render::parse_name(apex_of(zone_text));
    const auto zone = dnsd::load_zone_text(zone_text, *apex);
    ++tally.tests;
    if (!zone) {
        ++tally.refused;
        ADD_FAILURE() << stem << ": " << zone.error().text;
        return;
    }
    const dnsd::Snapshot snapshot{dnsd::ZoneSet::of({*zone}), {}};
    dnsd::Responder responder;
    std::vector<std::uint8_t> out(65'535);
    dnsd::QueryContext context;
    context.channel = dnsd::Channel::Stream;
    const auto query = make_query(test["Query"]["Name"], test["Query"]["Type"]);
    const auto outcome = responder.answer(query, context, snapshot, out);
    const auto ours = decode_answer({out.data(), outcome.bytes});
    ASSERT_TRUE(ours) << stem;
    const auto& expected = test["Expected Response"];
    bool same = false;
    std::string theirs;
    for (const auto& variant : expected) {
        const AnswerText answer = expected_answer(variant["Response"]);
        theirs += "--- " + std::string(variant["Server/s"]) + "\n" + to_lines(answer);
        if (answer != *ours) continue;
        same = true;
        if (expected.size() > 1) ++tally.sided_with[variant["Server/s"]];
    }
    (expected.size() == 1 ? tally.unanimous : tally.others) += 1;
    (expected.size() == 1 ? tally.unanimous_same : tally.others_same) += same ? 1 : 0;
    if (!same) {
        ADD_FAILURE() << stem << " " << test["Query"].dump() << "\n"
                      << zone_text << "--- ours\n"
                      << to_lines(*ours) << theirs;
    }
}

TEST_F(Ferret, AnswersAsTheOthersDo) {
    Tally tally;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/ferret")) {
        if (entry.path().extension() != ".json") continue;
        std::filesystem::path zone = entry.path();
        const auto tests = nlohmann::json::parse(read_text(entry.path()));
        const std::string text = read_text(zone.replace_extension(".zone"));
        for (const auto& test : tests)
            judge(entry.path().stem(), text, test, tally);
    }
    std::printf("%d tests; unanimous %d of %d the same; differing %d of %d as one of the four\n",
                tally.tests, tally.unanimous_same, tally.unanimous, tally.others_same,
                tally.others);
    for (const auto& [servers, count] : tally.sided_with)
        std::printf("  with %s: %d\n", servers.c_str(), count);
    EXPECT_GT(tally.tests, 6'000);
}

}  // namespace
}  // namespace vedette::serve_test
