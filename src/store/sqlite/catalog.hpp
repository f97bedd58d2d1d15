// The dictionaries of a store, read by id and kept for the length of one query. Not thread safe;
// must not outlive the connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_map.hpp>

#include "base/result.hpp"
#include "model/log_query.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/write_job.hpp"

namespace vedette::store {

struct HostInfo {
    HostEntry entry;
    std::string host;
    std::string vendor;
    std::string sensor = {};
};

class Catalog {
  public:
    [[nodiscard]] static Result<Catalog> make(Connection& connection);

    /// What an id stands for; an empty value when it is gone. References last until the next call
    /// of the same function.
    [[nodiscard]] const HostInfo& host(std::uint32_t id);
    [[nodiscard]] const ServerEntry& server(std::uint32_t id);
    [[nodiscard]] const FormEntry& form(std::uint32_t id);
    [[nodiscard]] const std::string& name(std::uint32_t id);
    /// Records of an answer set without TTLs.
    [[nodiscard]] const std::vector<LogRecord>& records(std::uint32_t id);
    [[nodiscard]] std::string vendor(std::uint32_t id);

    /// Every entry of a small dictionary, for resolving a filter to ids. False from `visit` stops.
    template <typename Visit>
    [[nodiscard]] Result<void> each_host(Visit visit) {
        return each(kAllHosts, [&](const Statement& row) { return visit(host_of(row)); });
    }
    template <typename Visit>
    [[nodiscard]] Result<void> each_server(Visit visit) {
        return each("SELECT id, ip, port FROM servers",
                    [&](const Statement& row) { return visit(server_of(row)); });
    }
    template <typename Visit>
    [[nodiscard]] Result<void> each_vendor(Visit visit) {
        return each("SELECT id, name FROM vendors", [&](const Statement& row) {
            return visit(static_cast<std::uint32_t>(row.integer(0)), row.text(1));
        });
    }
    template <typename Visit>
    [[nodiscard]] Result<void> each_form(Visit visit) {
        return each(kAllForms, [&](const Statement& row) { return visit(form_of(row)); });
    }

  private:
    static const char* const kAllHosts;
    static const char* const kAllForms;

    template <typename Visit>
    [[nodiscard]] Result<void> each(const char* sql, Visit visit) {
        auto statement = connection_->prepare(sql);
        if (!statement) return std::unexpected(std::move(statement).error());
        for (;;) {
            const Result<bool> more = statement->step();
            if (!more) return std::unexpected(more.error());
            if (!*more || !visit(*statement)) return {};
        }
    }
    [[nodiscard]] HostInfo host_of(const Statement& row);
    [[nodiscard]] static ServerEntry server_of(const Statement& row);
    [[nodiscard]] static FormEntry form_of(const Statement& row);
    void read_section(std::string_view ids, std::uint8_t section, std::vector<LogRecord>& out);

    Connection* connection_ = nullptr;
    Statement host_row_;
    Statement server_row_;
    Statement form_row_;
    Statement name_row_;
    Statement answer_row_;
    Statement record_row_;
    Statement vendor_row_;
    boost::unordered_map<std::uint32_t, HostInfo> hosts_;
    boost::unordered_flat_map<std::uint32_t, ServerEntry> servers_;
    boost::unordered_flat_map<std::uint32_t, FormEntry> forms_;
    boost::unordered_map<std::uint32_t, std::string> names_;
    boost::unordered_map<std::uint32_t, std::vector<LogRecord>> records_;
    boost::unordered_map<std::uint32_t, std::string> vendors_;
};

}  // namespace vedette::store
