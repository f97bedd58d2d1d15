#include <fmt/format.h>

#include <charconv>

#include "app/commands/commands.hpp"
#include "app/commands/store_access.hpp"
#include "render/log/log_fields.hpp"
#include "render/log/log_text.hpp"
#include "render/table/delimited.hpp"
#include "render/table/safe_text.hpp"

namespace vedette::app {
namespace {

constexpr std::size_t kMeasuredRows = 1'000;
constexpr std::uint64_t kDefaultRows = 100;

struct SortName {
    std::string_view name;
    LogSort sort;
};
constexpr SortName kSorts[] = {
    {"time", LogSort::Time},       {"date", LogSort::Date},     {"ip", LogSort::Ip},
    {"mac", LogSort::Mac},         {"vendor", LogSort::Vendor}, {"name", LogSort::Name},
    {"latency", LogSort::Latency},
};

std::string cursor_text(const LogRow& row) {
    return fmt::format("{}-{}", row.time.nanos, row.row);
}

/// "1795258862123456789-42".
Result<LogCursor> parse_cursor(std::string_view text) {
    LogCursor cursor;
    const char* const end = text.data() + text.size();
    auto [at, error] = std::from_chars(text.data(), end, cursor.time.nanos);
    if (error == std::errc{} && at != end && *at == '-') {
        const auto row = std::from_chars(at + 1, end, cursor.row);
        if (row.ec == std::errc{} && row.ptr == end) return cursor;
    }
    return fail(ErrorKind::Usage,
                fmt::format("--after takes the cursor of an earlier page, not '{}'", text));
}

/// `--today`, `--dns` and `--dhcp` are terms of the filter.
std::string full_filter(const Arguments& arguments) {
    std::string text = arguments.filter_text();
    if (arguments.has("today")) text += " date:today";
    if (arguments.has("dns")) text += " is:dns";
    if (arguments.has("dhcp")) text += " is:dhcp";
    return text;
}

LogSort sort_of(const Arguments& arguments) {
    const std::string* const group = arguments.get("by");
    if (group != nullptr) return *group == "mac" ? LogSort::Mac : LogSort::Vendor;
    const std::string* const name = arguments.get("sort");
    for (const SortName& row : kSorts) {
        if (name != nullptr && row.name == *name) return row.sort;
    }
    return LogSort::Time;
}

Result<LogQuery> make_query(const Context& context, const Arguments& arguments) {
    LogQuery query;
    auto filter = context.parse_filter_text(full_filter(arguments));
    if (!filter) return std::unexpected(std::move(filter).error());
    query.filter = std::move(*filter);
    query.sort = sort_of(arguments);
    query.newest_first = !arguments.has("oldest");
    query.limit = static_cast<std::uint32_t>(arguments.number("limit", kDefaultRows));
    if (const std::string* const after = arguments.get("after")) {
        auto cursor = parse_cursor(*after);
        if (!cursor) return std::unexpected(std::move(cursor).error());
        if (query.sort != LogSort::Time) {
            return fail(ErrorKind::Usage, "--after works with the order of time only");
        }
        query.after = *cursor;
    }
    return query;
}

/// Prints rows in the chosen format, with a heading per group when asked.
class LogPrinter {
  public:
    LogPrinter(Output& output, Format format, render::Color color, LogSort group)
        : output_(output),
          format_(format),
          color_(color),
          group_(group),
          table_(render::log_table_columns(), color) {
        if (format == Format::Csv || format == Format::Tsv) add_delimited(render::log_titles());
    }

    void add(const LogRow& row) {
        ++rows_;
        last_ = cursor_text(row);
        if (format_ == Format::Table) return add_table(row);
        if (format_ == Format::Jsonl) {
            text_.clear();
            render::append_log_json(text_, row);
            output_.write(text_);
        } else {
            add_delimited(render::log_cells(row));
        }
    }
    void finish() { flush_table(); }
    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
    [[nodiscard]] const std::string& last() const noexcept { return last_; }

  private:
    [[nodiscard]] std::string group_of(const LogRow& row) const {
        const std::string mac = render::client_mac_text(row);
        if (group_ == LogSort::Vendor) return row.vendor.empty() ? "(unknown)" : row.vendor;
        if (mac.empty()) return "(unknown client)";
        std::string text = mac;
        for (const std::string_view part :
             {std::string_view(row.vendor), std::string_view(row.host)}) {
            if (!part.empty()) text.append("  ").append(part);
        }
        return text;
    }

    void add_table(const LogRow& row) {
        const bool grouped = group_ == LogSort::Mac || group_ == LogSort::Vendor;
        // The client, not its changing host name, makes the group.
        const std::string key = group_ == LogSort::Mac ? render::client_mac_text(row) : row.vendor;
        if (grouped && (rows_ == 1 || key != group_key_)) {
            flush_table();
            std::string heading = rows_ == 1 ? "" : "\n";
            heading +=
                render::toned(render::safe_text(group_of(row)), render::Tone::Strong, color_);
            output_.write(heading + '\n');
            table_ = render::TextTable(render::log_table_columns(), color_);
            group_key_ = key;
        }
        table_.add(render::log_table_cells(row));
        if (table_.rows() == kMeasuredRows) flush_table();
    }

    void flush_table() {
        if (format_ != Format::Table || table_.rows() == 0) return;
        text_.clear();
        table_.flush(text_, output_.columns());
        output_.write(text_);
    }

    void add_delimited(const std::vector<std::string>& cells) {
        text_.clear();
        if (format_ == Format::Csv) {
            render::append_csv(text_, cells);
        } else {
            render::append_tsv(text_, cells);
        }
        output_.write(text_);
    }

    Output& output_;
    Format format_;
    render::Color color_;
    LogSort group_;
    render::TextTable table_;
    std::string text_;
    std::string group_key_;
    std::string last_;
    std::uint64_t rows_ = 0;
};

}  // namespace

Result<int> run_logs(Context& context, const Arguments& arguments) {
    const auto query = make_query(context, arguments);
    if (!query) return std::unexpected(query.error());
    auto reader = open_store_reader(context);
    if (!reader) return std::unexpected(std::move(reader).error());
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output).error());

    const LogSort group = arguments.has("by") ? query->sort : LogSort::Time;
    LogPrinter printer(*output, Context::format(arguments), context.color(*output), group);
    VEDETTE_TRY((*reader)->logs(*query, [&](const LogRow& row) {
        printer.add(row);
        return !output->closed();
    }));
    printer.finish();
    VEDETTE_TRY(output->finish());
    if (printer.rows() == 0) {
        context.say("Nothing matches. vedette stats shows what is stored.");
    } else if (query->limit != 0 && printer.rows() == query->limit &&
               query->sort == LogSort::Time) {
        context.hint(fmt::format("More: add --after {}", printer.last()));
    }
    return 0;
}

}  // namespace vedette::app
