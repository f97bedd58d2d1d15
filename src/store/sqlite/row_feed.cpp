#include "store/sqlite/row_feed.hpp"

#include <sqlite3.h>

namespace vedette::store {
namespace {

void give_id(sqlite3_context* context, std::uint32_t id) {
    if (id == 0) {
        sqlite3_result_null(context);
    } else {
        sqlite3_result_int64(context, id);
    }
}

void give_ttl(sqlite3_context* context, const WriteJob& job, const DnsRow& row) {
    if (row.answers == 0) {
        sqlite3_result_null(context);
    } else if (row.ttls.empty()) {
        sqlite3_result_int64(context, row.ttl);
    } else {
        const std::string_view text = job.bytes.text(row.ttls);
        sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
}

void give_text(sqlite3_context* context, const WriteJob& job, ByteSlice slice) {
    const std::string_view text = job.bytes.text(slice);
    sqlite3_result_text(context, text.empty() ? "" : text.data(), static_cast<int>(text.size()),
                        SQLITE_STATIC);
}

void give_dns(sqlite3_context* context, const WriteJob& job, std::size_t index, int column) {
    const DnsRow& row = job.rows[index];
    switch (column) {
        case 0:
            sqlite3_result_int64(context, row.time);
            break;
        case 1:
            sqlite3_result_int64(context, row.client);
            break;
        case 2:
            sqlite3_result_int64(context, row.server);
            break;
        case 3:
            sqlite3_result_int64(context, row.ports);
            break;
        case 4:
            give_id(context, row.name);
            break;
        case 5:
            sqlite3_result_int64(context, row.type);
            break;
        case 6:
            sqlite3_result_int64(context, row.form);
            break;
        case 7:
            if (row.latency == DnsRow::kNoLatency) {
                sqlite3_result_null(context);
            } else {
                sqlite3_result_int64(context, row.latency);
            }
            break;
        case 8:
            sqlite3_result_int64(context, row.sizes);
            break;
        case 9:
            give_id(context, row.answers);
            break;
        default:
            give_ttl(context, job, row);
            break;
    }
}

void give_entry(sqlite3_context* context, const WriteJob& job, const TextEntry& entry, int column) {
    if (column == 0) {
        sqlite3_result_int64(context, entry.id);
    } else {
        give_text(context, job, entry.text);
    }
}

void give_name(sqlite3_context* context, const WriteJob& job, std::size_t index, int column) {
    give_entry(context, job, job.names[index], column);
}

void give_rdata(sqlite3_context* context, const WriteJob& job, std::size_t index, int column) {
    give_entry(context, job, job.rdata[index], column);
}

void give_record(sqlite3_context* context, const WriteJob& job, std::size_t index, int column) {
    const RecordEntry& record = job.records[index];
    const std::int64_t values[] = {record.id, record.owner, record.type, record.rclass,
                                   record.rdata};
    sqlite3_result_int64(context, values[column]);
}

void give_answer(sqlite3_context* context, const WriteJob& job, std::size_t index, int column) {
    const AnswerEntry& answer = job.answers[index];
    if (column == 0) {
        sqlite3_result_int64(context, answer.id);
    } else if (answer.sections[column - 1].empty()) {
        sqlite3_result_null(context);
    } else {
        give_text(context, job, answer.sections[column - 1]);
    }
}

#define VEDETTE_DNS_COLUMNS \
    "time, client, server, ports, name, type, form, latency, sizes, answers, ttl"

/// In the order of RowFeed::Table.
constexpr std::array<Feed, RowFeed::kTables> kFeeds{{
    {"dns_feed", "CREATE TABLE x(" VEDETTE_DNS_COLUMNS ")",
     "INSERT INTO dns SELECT rowid, " VEDETTE_DNS_COLUMNS " FROM dns_feed",
     [](const WriteJob& job) { return job.rows.size(); }, give_dns},
    {"names_feed", "CREATE TABLE x(id, text)", "INSERT INTO names SELECT id, text FROM names_feed",
     [](const WriteJob& job) { return job.names.size(); }, give_name},
    {"rdata_feed", "CREATE TABLE x(id, text)", "INSERT INTO rdata SELECT id, text FROM rdata_feed",
     [](const WriteJob& job) { return job.rdata.size(); }, give_rdata},
    {"records_feed", "CREATE TABLE x(id, owner, type, class, rdata)",
     "INSERT INTO records SELECT id, owner, type, class, rdata FROM records_feed",
     [](const WriteJob& job) { return job.records.size(); }, give_record},
    {"answers_feed", "CREATE TABLE x(id, answer, authority, additional)",
     "INSERT INTO answers SELECT id, answer, authority, additional FROM answers_feed",
     [](const WriteJob& job) { return job.answers.size(); }, give_answer},
}};
constexpr const char* kAppend =
    "INSERT INTO dns SELECT NULL, " VEDETTE_DNS_COLUMNS " FROM dns_feed";

}  // namespace

RowFeed::RowFeed() : sources_(std::make_unique<Sources>()) {
    for (std::size_t i = 0; i < kTables; ++i)
        (*sources_)[i].feed = &kFeeds[i];
}

Result<void> RowFeed::attach(Connection& connection) {
    for (std::size_t i = 0; i < kTables; ++i) {
        VEDETTE_TRY(register_feed(connection, (*sources_)[i]));
        auto statement = connection.prepare(kFeeds[i].insert);
        if (!statement) return std::unexpected(std::move(statement).error());
        statements_[i] = std::move(*statement);
    }
    auto append = connection.prepare(kAppend);
    if (!append) return std::unexpected(std::move(append).error());
    append_ = std::move(*append);
    return {};
}

Result<void> RowFeed::run(std::size_t table, Statement& statement, const WriteJob& job) {
    FeedSource& source = (*sources_)[table];
    if (source.feed->count(job) == 0) return {};
    source.job = &job;
    Result<void> done = statement.run();
    source.job = nullptr;
    return done;
}

Result<void> RowFeed::insert(const WriteJob& job) {
    for (std::size_t i = 1; i < kTables; ++i)
        VEDETTE_TRY(run(i, statements_[i], job));
    if (job.rows.empty()) return {};
    const bool follows = next_row_ == job.first_row;
    next_row_ = 0;
    VEDETTE_TRY(run(0, follows ? append_ : statements_[0], job));
    next_row_ = job.first_row + static_cast<std::int64_t>(job.rows.size());
    return {};
}

void RowFeed::forget_position() noexcept {
    next_row_ = 0;
}

}  // namespace vedette::store
