#include "store/sqlite/policy/policy_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace vedette::store {
namespace {

namespace fs = std::filesystem;
constexpr Timestamp kNow = Timestamp::from_seconds(1'795'262'400);

class PolicyStoreTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("vedette-policy-" + std::to_string(::getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    PolicyStore open() {
        auto store = PolicyStore::open(folder_ / "policy.db");
        EXPECT_TRUE(store) << store.error().text;
        return std::move(*store);
    }
    static PolicyEntry entry(PolicyVerdict verdict, std::string_view text,
                             PolicyList list = PolicyList::Resolvers) {
        PolicyEntry entry;
        entry.list = list;
        entry.verdict = verdict;
        entry.subject = *parse_policy_subject(list, text);
        entry.reason = "why";
        entry.by = "ada";
        entry.created = kNow;
        return entry;
    }

    fs::path folder_;
};

TEST_F(PolicyStoreTest, OneSubjectHasOneEntry) {
    PolicyStore store = open();
    ASSERT_TRUE(store.put(entry(PolicyVerdict::Ban, "192.0.2.1")));
    PolicyEntry changed = entry(PolicyVerdict::Authorize, "192.0.2.1");
    changed.expires = kNow + Duration::seconds(60);
    ASSERT_TRUE(store.put(changed));
    ASSERT_TRUE(store.put(entry(PolicyVerdict::Ban, "f4:6b:ef", PolicyList::Clients)));
    const auto entries = store.entries();
    ASSERT_EQ(entries->size(), 2U);
    EXPECT_EQ((*entries)[0].verdict, PolicyVerdict::Authorize);
    EXPECT_EQ((*entries)[0].expires, changed.expires);
    EXPECT_EQ((*entries)[0].by, "ada");
    EXPECT_EQ((*entries)[1].subject.match, PolicyMatch::Oui);
    EXPECT_FALSE((*entries)[1].expires.known());
    ASSERT_TRUE(store.remove(PolicyList::Resolvers, "192.0.2.1"));
    EXPECT_EQ(store.remove(PolicyList::Resolvers, "192.0.2.1").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(store.entries()->size(), 1U);
}

TEST_F(PolicyStoreTest, ProposalsNeverReplaceAndAreAcceptedTogether) {
    PolicyStore store = open();
    ASSERT_TRUE(store.put(entry(PolicyVerdict::Ban, "192.0.2.1")));
    ASSERT_TRUE(store.propose({entry(PolicyVerdict::Proposed, "192.0.2.1"),
                               entry(PolicyVerdict::Proposed, "192.0.2.2")}));
    EXPECT_EQ(store.entries()->size(), 2U);
    EXPECT_EQ(*store.accept(PolicyList::Clients, "bob"), 0);
    EXPECT_EQ(*store.accept(PolicyList::Resolvers, "bob"), 1);
    const auto entries = store.entries();
    EXPECT_EQ((*entries)[0].verdict, PolicyVerdict::Ban);
    EXPECT_EQ((*entries)[1].verdict, PolicyVerdict::Authorize);
    EXPECT_EQ((*entries)[1].by, "bob");
}

TEST_F(PolicyStoreTest, ModesArePerList) {
    PolicyStore store = open();
    EXPECT_EQ(*store.modes(), PolicyModes{});
    const PolicyMode mode{true, kNow};
    ASSERT_TRUE(store.set_mode(PolicyList::Clients, mode));
    const auto modes = store.modes();
    EXPECT_FALSE((*modes)[0].allow_list);
    EXPECT_EQ((*modes)[1], mode);
}

TEST_F(PolicyStoreTest, AChangeByAnotherIsNoticed) {
    PolicyStore reader = open();
    PolicyStore writer = open();
    const auto before = reader.data_version();
    EXPECT_EQ(*reader.data_version(), *before);
    ASSERT_TRUE(writer.put(entry(PolicyVerdict::Ban, "192.0.2.1")));
    EXPECT_NE(*reader.data_version(), *before);
    EXPECT_EQ(reader.entries()->size(), 1U);
}

TEST_F(PolicyStoreTest, AFileOfANewerVedetteIsRefused) {
    {
        auto connection = Connection::open(folder_ / "policy.db", OpenMode::ReadWrite);
        ASSERT_TRUE(connection->execute("PRAGMA user_version=99"));
    }
    const auto store = PolicyStore::open(folder_ / "policy.db");
    ASSERT_FALSE(store);
    EXPECT_NE(store.error().text.find("newer Vedette"), std::string::npos);
}

}  // namespace
}  // namespace vedette::store
