#include "service/dnsd/daemon/record_source.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <map>
#include <random>

#include <fmt/format.h>

#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "service/dnsd/zone/rdata_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

/// Every zone's names with their marks and records, less the serials, for comparison. The case of a
/// name without records is nobody's.
std::map<std::string, std::string> contents(const ZoneSet& set) {
    std::map<std::string, std::string> names;
    for (const ServedZonePointer& served : set.zones()) {
        const Zone& zone = *served->zone;
        std::uint64_t count = 0;
        for (NodeView node = zone.next_block({}); node; node = zone.next_block(node), ++count) {
            LookupName name;
            name.assign(node.name());
            EXPECT_TRUE(zone.find(name, 0).same_as(node));
            std::string text = fmt::format("flags {}", node.flags());
            RrsetView rrset = node.first();
            for (unsigned i = 0; i < node.rrset_count(); ++i, rrset = RrsetView(rrset.next())) {
                text += fmt::format(" {}:{}", rrset.type(), rrset.header().ttl);
                if (rrset.type() != rr::kSoa) text += as_text(rrset.records());
            }
            names[render::name_text(zone.apex_name().wire()) + " " +
                  render::name_text(name.wire())] = text;
        }
        EXPECT_EQ(count, zone.counts().names);
    }
    return names;
}

class RecordSourceTest : public ::testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/vedette-source-XXXXXX";
        directory_ = mkdtemp(name);
        path_ = directory_ + "/records.db";
        auto store = store::RecordStore::open(path_, store::OpenMode::ReadWrite);
        ASSERT_TRUE(store);
        store_ = std::move(*store);
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    bool add(const std::string& owner, const char* type, std::string_view data) {
        const auto name = render::parse_name(owner);
        std::vector<std::uint8_t> rdata;
        const std::uint16_t code = *render::parse_type(type);
        const std::uint8_t root = 0;
        EXPECT_TRUE(rdata_from_text(code, data, {&root, 1}, rdata));
        return store_->add({name->view(), code, 300, rdata}).has_value();
    }
    void add_now(const std::string& owner, const char* type, std::string_view data) {
        ASSERT_TRUE(store_->begin());
        EXPECT_TRUE(add(owner, type, data));
        ASSERT_TRUE(store_->commit());
    }
    void remove_now(const std::string& owner) {
        ASSERT_TRUE(store_->begin());
        EXPECT_TRUE(store_->remove(render::parse_name(owner)->view(), {}, {}));
        ASSERT_TRUE(store_->commit());
    }
    ZoneNews refresh() {
        ZoneNews news;
        messages_.clear();
        source_->refresh(news, messages_);
        return news;
    }
    void expect_as_read_anew() {
        RecordSource fresh(path_);
        ZoneNews news;
        std::vector<std::string> messages;
        fresh.refresh(news, messages);
        EXPECT_EQ(contents(source_->zones()), contents(fresh.zones()));
        EXPECT_EQ(source_->zones().size(), fresh.zones().size());
    }
    std::string directory_, path_;
    std::optional<store::RecordStore> store_;
    std::unique_ptr<RecordSource> source_;
    std::vector<std::string> messages_;
};

TEST_F(RecordSourceTest, OnlyTheZoneThatChangedIsCompiled) {
    for (int i = 0; i < 50; ++i)
        add_now(fmt::format("zone{}.test", i), "A", "192.0.2.1");
    source_ = std::make_unique<RecordSource>(path_);
    EXPECT_TRUE(refresh().all);
    const ZoneSet before = source_->zones();
    EXPECT_FALSE(refresh().any()) << "nothing changed";
    add_now("www.zone7.test", "A", "192.0.2.2");
    const ZoneNews news = refresh();
    EXPECT_FALSE(news.all);
    EXPECT_EQ(news.apexes, std::vector<std::string>{std::string("\5zone7\4test\0", 12)});
    unsigned same = 0;
    for (const ServedZonePointer& zone : before.zones())
        same += source_->zones().zone_at(zone->zone->apex_name().lookup()) == zone ? 1U : 0U;
    EXPECT_EQ(same, 49U) << "all the others are shared";
    expect_as_read_anew();
    add_now("test", "A", "192.0.2.3");  // one tree now
    EXPECT_FALSE(refresh().all);
    EXPECT_EQ(source_->zones().size(), 1U);
    expect_as_read_anew();
    remove_now("test");
    (void)refresh();
    EXPECT_EQ(source_->zones().size(), 50U);
    expect_as_read_anew();
}

TEST_F(RecordSourceTest, ABadChangeLeavesTheZoneAndIsMadeUpForLater) {
    source_ = std::make_unique<RecordSource>(path_, RecordSource::Limits{1, 1'000});
    add_now("a.test", "A", "192.0.2.1");
    add_now("x.a.test", "A", "192.0.2.1");
    (void)refresh();
    ASSERT_TRUE(store_->begin());
    ASSERT_TRUE(add("y.a.test", "A", "192.0.2.1"));
    ASSERT_TRUE(add("d.a.test", "DNAME", "b.test."));
    ASSERT_TRUE(add("d.a.test", "DNAME", "c.test."));
    ASSERT_TRUE(store_->commit());
    (void)refresh();
    ASSERT_EQ(messages_.size(), 1U);
    EXPECT_EQ(messages_[0],
              "d.a.test.: more than one DNAME (RFC 6672 2.4); the zone from before "
              "stays in service");
    EXPECT_TRUE(refresh().apexes.empty());
    EXPECT_TRUE(messages_.empty()) << "told once";
    remove_now("d.a.test");
    (void)refresh();
    expect_as_read_anew();  // y is there, too
    add_now("z.a.test", "A", "192.0.2.1");
    (void)refresh();
    expect_as_read_anew();
    EXPECT_GT(source_->zones().zones()[0]->zone->changed_names(), 0U);
}

TEST_F(RecordSourceTest, WhoWritesWithoutTheLogIsSeen) {
    source_ = std::make_unique<RecordSource>(path_);
    add_now("a.test", "A", "192.0.2.1");
    (void)refresh();
    auto other = store::Connection::open(path_, store::OpenMode::ReadWrite);
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->execute("UPDATE record SET ttl=60; UPDATE state SET serial=serial+1"));
    EXPECT_TRUE(refresh().all);
    expect_as_read_anew();
}

/// Thousands of random changes: what is changed step by step is what a fresh start reads.
TEST_F(RecordSourceTest, ChangesAddUpToWhatAFreshStartReads) {
    for (const unsigned seed : {1U, 2U, 3U}) {
        std::mt19937 dice(seed);
        const auto pick = [&](unsigned below) { return static_cast<unsigned>(dice() % below); };
        const auto name = [&] {
            static constexpr std::array kLabels{"a", "b", "c", "*"};
            std::string text = pick(4) == 0 ? "u.test" : "t.test";
            for (unsigned depth = pick(4); depth > 0; --depth)
                text = std::string(kLabels[pick(4)]) + "." + text;
            return text;
        };
        // Every zone is large, and few names may be changed before it is compiled whole.
        source_ = std::make_unique<RecordSource>(path_, RecordSource::Limits{1, 12});
        std::uint64_t changed = 0;
        for (int round = 0; round < 400; ++round) {
            ASSERT_TRUE(store_->begin());
            for (unsigned i = pick(3) + 1; i > 0; --i) {
                static constexpr std::array<std::array<const char*, 2>, 8> kData{
                    {{"A", "192.0.2.1"},
                     {"A", "192.0.2.2"},
                     {"TXT", "text"},
                     {"MX", "1 a.t.test."},
                     {"NS", "a.b.t.test."},
                     {"AAAA", "2001:db8::1"},
                     {"DNAME", "a.u.test."},
                     {"SOA", "a. b. 1 2 3 4 5"}}};
                const std::string owner = name();
                const auto& [type, data] = kData[pick(round % 10 == 0 ? 8 : 6)];
                if (pick(2) == 0)
                    (void)store_->remove(render::parse_name(owner)->view(), {}, {});
                else
                    (void)add(owner, type, data);
            }
            ASSERT_TRUE(store_->commit());
            EXPECT_FALSE(refresh().all && round > 0);
            EXPECT_TRUE(messages_.empty()) << messages_[0];
            for (const ServedZonePointer& zone : source_->zones().zones())
                changed += zone->zone->changed_names() != 0 ? 1U : 0U;
            ASSERT_NO_FATAL_FAILURE(expect_as_read_anew());
            if (HasFailure()) FAIL() << "seed " << seed << " round " << round;
        }
        EXPECT_GT(changed, 50U) << "zones that were changed name by name";
    }
}

}  // namespace
}  // namespace vedette::dnsd
