#include "store/sqlite/records/record_store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "render/name_text.hpp"

namespace vedette::store {
namespace {

class RecordStoreTest : public ::testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/vedette-records-XXXXXX";
        directory_ = mkdtemp(name);
        path_ = directory_ + "/records.db";
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    static Result<void> add(RecordStore& store, const char* owner, std::uint16_t type,
                            std::string_view rdata, std::uint32_t ttl = 300) {
        const auto name = render::parse_name(owner);
        VEDETTE_TRY(store.begin());
        if (auto done = store.add({name->view(), type, ttl, as_bytes(rdata)}); !done) {
            (void)store.roll_back();
            return done;
        }
        return store.commit();
    }
    static std::vector<std::string> list(RecordStore& store) {
        std::vector<std::string> lines;
        const auto done = store.visit([&](const RecordView& record) {
            lines.push_back(render::name_text(record.owner) + " " + std::to_string(record.ttl) +
                            " " + std::to_string(record.type));
            return Result<void>{};
        });
        EXPECT_TRUE(done);
        return lines;
    }
    std::string directory_, path_;
};

TEST_F(RecordStoreTest, AddsInCanonicalOrderAndCountsChanges) {
    auto store = RecordStore::open(path_, OpenMode::ReadWrite);
    ASSERT_TRUE(store) << store.error().text;
    EXPECT_EQ(store->serial(), 1U);
    ASSERT_TRUE(add(*store, "www.Fromage.fr", 1, "\1\2\3\4"));
    ASSERT_TRUE(add(*store, "fromage.fr", 1, "\1\2\3\4"));
    ASSERT_TRUE(add(*store, "a.other", 1, "\1\2\3\4"));
    EXPECT_EQ(list(*store), (std::vector<std::string>{"fromage.fr. 300 1", "www.Fromage.fr. 300 1",
                                                      "a.other. 300 1"}));
    EXPECT_EQ(store->serial(), 4U);
    ASSERT_TRUE(add(*store, "FROMAGE.fr", 1, "\1\2\3\5", 60));
    EXPECT_EQ(list(*store)[0], "fromage.fr. 60 1") << "one TTL for the RRset";
}

TEST_F(RecordStoreTest, RemovesByOwnerTypeAndData) {
    auto store = RecordStore::open(path_, OpenMode::ReadWrite);
    for (const char* data : {"aaaa", "bbbb", "cccc"})
        ASSERT_TRUE(add(*store, "x", 1, data));
    ASSERT_TRUE(add(*store, "x", 16, "\1t"));
    const auto name = render::parse_name("X.");
    ASSERT_TRUE(store->begin());
    EXPECT_EQ(store->remove(name->view(), 1, as_bytes("bbbb")), 1U);
    EXPECT_EQ(store->remove(name->view(), 1, std::nullopt), 2U);
    EXPECT_EQ(store->remove(name->view(), std::nullopt, std::nullopt), 1U);
    EXPECT_EQ(store->remove(name->view(), std::nullopt, std::nullopt), 0U);
    ASSERT_TRUE(store->commit());
    EXPECT_TRUE(list(*store).empty());
}

TEST_F(RecordStoreTest, ACnameStandsAlone) {
    auto store = RecordStore::open(path_, OpenMode::ReadWrite);
    ASSERT_TRUE(add(*store, "x", 5, std::string_view("\1a\0", 3)));
    EXPECT_FALSE(add(*store, "x", 1, "aaaa"));
    EXPECT_FALSE(add(*store, "x", 5, std::string_view("\1b\0", 3)));
    EXPECT_TRUE(add(*store, "x", 5, std::string_view("\1a\0", 3), 60));
    ASSERT_TRUE(add(*store, "y", 1, "aaaa"));
    const auto refused = add(*store, "y", 5, std::string_view("\1a\0", 3));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().text, "y. has other records: a CNAME stands alone (RFC 1034 3.6.2)");
}

TEST_F(RecordStoreTest, AnotherProcessSeesTheChange) {
    auto writer = RecordStore::open(path_, OpenMode::ReadWrite);
    auto reader = RecordStore::open(path_, OpenMode::ReadOnly);
    ASSERT_TRUE(reader) << reader.error().text;
    const std::uint32_t before = *reader->serial();
    ASSERT_TRUE(add(*writer, "x", 1, "aaaa"));
    EXPECT_EQ(reader->serial(), before + 1);
    EXPECT_EQ(list(*reader).size(), 1U);
}

TEST_F(RecordStoreTest, KnowsWhichOwnersChanged) {
    auto store = RecordStore::open(path_, OpenMode::ReadWrite);
    using Keys = std::optional<std::vector<std::string>>;
    const auto key = [](const char* name) {
        return canonical_key(render::parse_name(name)->view());
    };
    const std::uint32_t start = *store->serial();
    EXPECT_EQ(*store->changed_since(start), Keys(std::vector<std::string>{}));
    ASSERT_TRUE(add(*store, "B.x", 1, "aaaa"));
    ASSERT_TRUE(add(*store, "a.x", 1, "aaaa"));
    ASSERT_TRUE(add(*store, "b.x", 16, "\1t"));
    EXPECT_EQ(*store->changed_since(start), Keys(std::vector{key("a.x"), key("b.x")}));
    EXPECT_EQ(*store->changed_since(start + 2), Keys(std::vector{key("b.x")}));
    EXPECT_EQ(*store->changed_since(start - 1), Keys()) << "before the log";
    EXPECT_EQ(*store->changed_since(start + 9), Keys()) << "of another file";
    const auto name = render::parse_name("a.x");
    ASSERT_TRUE(store->begin());
    EXPECT_EQ(store->remove(name->view(), std::nullopt, std::nullopt), 1U);
    ASSERT_TRUE(store->roll_back());
    EXPECT_EQ(store->serial(), start + 3);
    const std::uint32_t before = *store->serial();
    ASSERT_TRUE(store->begin());
    for (int i = 0; i < 4'001; ++i) {
        const auto owner = render::parse_name("n" + std::to_string(i));
        ASSERT_TRUE(store->add({owner->view(), 1, 300, as_bytes("aaaa")}));
    }
    ASSERT_TRUE(store->commit());
    EXPECT_EQ(*store->changed_since(before), Keys()) << "more than are worth naming";
    EXPECT_EQ(*store->changed_since(before + 1), Keys(std::vector<std::string>{}));
}

TEST_F(RecordStoreTest, ReadsOwnersAndTrees) {
    auto store = RecordStore::open(path_, OpenMode::ReadWrite);
    for (const char* name : {"b.x", "a.b.x", "bb.x", "b\\000.x", "."})
        ASSERT_TRUE(add(*store, name, 1, "aaaa")) << name;
    const std::string key = canonical_key(render::parse_name("b.x")->view());
    std::string seen;
    const auto note = [&](const RecordView& record) {
        seen += render::name_text(record.owner) + " ";
        return Result<void>{};
    };
    ASSERT_TRUE(store->visit_tree(key, note));
    EXPECT_EQ(seen, "b.x. a.b.x. ");
    seen.clear();
    ASSERT_TRUE(store->visit_owner(key, note));
    EXPECT_EQ(seen, "b.x. ");
    const std::string above = canonical_key(render::parse_name("x")->view());
    EXPECT_EQ(store->has_owner(above), false);
    EXPECT_EQ(store->has_names_below(above), true);
    EXPECT_EQ(store->has_owner(""), true) << "the root";
    EXPECT_EQ(store->has_names_below(canonical_key(render::parse_name("a.b.x")->view())), false);
}

TEST_F(RecordStoreTest, AFileOfTheFirstFormatIsTakenOver) {
    {
        auto old = Connection::open(path_, OpenMode::ReadWrite);
        ASSERT_TRUE(old->execute(
            "CREATE TABLE record(key BLOB NOT NULL, type INTEGER NOT NULL, rdata BLOB NOT NULL,"
            "owner BLOB NOT NULL, ttl INTEGER NOT NULL, PRIMARY KEY(key, type, rdata)) WITHOUT "
            "ROWID; CREATE TABLE state(serial INTEGER NOT NULL); INSERT INTO state VALUES(7);"
            "INSERT INTO record VALUES(x'7800', 1, x'01020304', x'017800', 300);"
            "PRAGMA user_version=1"));
    }
    auto store = RecordStore::open(path_, OpenMode::ReadWrite);
    ASSERT_TRUE(store) << store.error().text;
    EXPECT_EQ(list(*store), std::vector<std::string>{"x. 300 1"});
    EXPECT_EQ(store->serial(), 7U);
    ASSERT_TRUE(add(*store, "y", 1, "aaaa"));
    EXPECT_TRUE(store->changed_since(7)->has_value());
}

TEST_F(RecordStoreTest, KillingTheWriterLosesNothingAcknowledged) {
    {
        ASSERT_TRUE(RecordStore::open(path_, OpenMode::ReadWrite));
    }
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    if (child == 0) {
        auto store = RecordStore::open(path_, OpenMode::ReadWrite);
        for (std::uint32_t i = 0;; ++i) {
            const std::string owner = "n" + std::to_string(i);
            if (!add(*store, owner.c_str(), 1, "aaaa")) _exit(1);
            (void)!write(pipes[1], &i, sizeof(i));
        }
    }
    close(pipes[1]);
    std::uint32_t acknowledged = 0;
    while (acknowledged < 20 && read(pipes[0], &acknowledged, sizeof(acknowledged)) > 0) {
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    while (read(pipes[0], &acknowledged, sizeof(acknowledged)) > 0) {
    }
    close(pipes[0]);
    auto store = RecordStore::open(path_, OpenMode::ReadWrite);
    ASSERT_TRUE(store);
    EXPECT_GE(list(*store).size(), acknowledged + 1U);
}

TEST(CanonicalKey, DescendantsHaveTheirAncestorsPrefix) {
    const auto key = [](const char* text) {
        const auto name = render::parse_name(text);
        return canonical_key(name->view());
    };
    EXPECT_TRUE(key("a.b.c").starts_with(key("b.C")));
    EXPECT_FALSE(key("xb.c").starts_with(key("b.c")));
    EXPECT_LT(key("\\000.x"), key("\\001.x"));
    EXPECT_LT(key("\\001.x"), key("\\002.x"));
    EXPECT_LT(key("a.x"), key("a\\000.x"));
    EXPECT_EQ(key("."), "");
    for (const char* text : {".", "x", "a.b.c", "\\000\\001\\002.\\255"}) {
        const auto name = render::parse_name(text);
        EXPECT_EQ(name_of_key(key(text)), as_text(name->view()));
    }
}

}  // namespace
}  // namespace vedette::store
