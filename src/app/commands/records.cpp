#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "app/commands/commands.hpp"
#include "render/dns_words.hpp"
#include "render/name_text.hpp"
#include "render/rdata_text.hpp"
#include "service/dnsd/zone/hosts_file.hpp"
#include "service/dnsd/zone/master_file.hpp"
#include "service/dnsd/zone/rdata_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"
#include "store/sqlite/records/record_store.hpp"

namespace vedette::app {
namespace {

constexpr std::uint32_t kDefaultTtl = 300;
constexpr std::uint8_t kRoot = 0;

Result<store::RecordStore> open_records(const Context& context) {
    const std::string path = records_path(context);
    std::error_code ignored;  // opening the file tells it better
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
    return store::RecordStore::open(path, store::OpenMode::ReadWrite);
}

/// The operands from `first` on, as one text.
std::string joined(const std::vector<std::string>& words, std::size_t first) {
    std::string text;
    for (std::size_t i = first; i < words.size(); ++i)
        text += (i == first ? "" : " ") + words[i];
    return text;
}

/// Words that a shell has unquoted become strings again where the type wants strings.
std::string data_text(std::uint16_t type, const std::vector<std::string>& words) {
    if (type != dnsd::rr::kTxt || words.size() < 4) return joined(words, 3);
    std::string text;
    for (std::size_t i = 3; i < words.size(); ++i) {
        if (words[i].starts_with('"'))
            text += words[i] + " ";
        else {
            render::append_quoted(text, as_bytes(words[i]));
            text += ' ';
        }
    }
    return text;
}

struct Wanted {
    dnsd::OwnedName owner;
    std::optional<std::uint16_t> type;
    std::vector<std::uint8_t> rdata;
    bool has_data = false;
};

Result<Wanted> read_operands(const std::vector<std::string>& words, std::size_t least) {
    if (words.size() < least)
        return fail(ErrorKind::Usage, "expected NAME TYPE DATA, such as fromage.fr A 11.23.33.21");
    Wanted wanted;
    auto owner = render::parse_name(words[1]);
    if (!owner) return std::unexpected(Error{ErrorKind::Usage, std::move(owner.error().text)});
    wanted.owner = *owner;
    if (words.size() < 3) return wanted;
    wanted.type = render::parse_type(words[2]);
    if (!wanted.type || !dnsd::is_data_type(*wanted.type))
        return fail(ErrorKind::Usage, fmt::format("'{}' is no record type", words[2]));
    if (words.size() < 4) return wanted;
    const ByteView origin(&kRoot, 1);
    auto done =
        dnsd::rdata_from_text(*wanted.type, data_text(*wanted.type, words), origin, wanted.rdata);
    if (!done) return std::unexpected(Error{ErrorKind::Usage, std::move(done.error().text)});
    wanted.has_data = true;
    return wanted;
}

/// One change: all of `body` or nothing of it.
template <typename Body>
Result<void> change(store::RecordStore& records, const Body& body) {
    VEDETTE_TRY(records.begin());
    if (auto done = body(); !done) {
        (void)records.roll_back();
        return done;
    }
    return records.commit();
}

Result<int> add(Context& context, const Arguments& arguments) {
    auto wanted = read_operands(arguments.operands(), 4);
    if (!wanted) return std::unexpected(std::move(wanted.error()));
    // Browsers ask for the A-label of such a name (RFC 5890 2.3.2.1), never for its letters.
    const std::string& name = arguments.operands()[1];
    if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) > 127; }))
        return fail(ErrorKind::Usage,
                    fmt::format("'{}' is not ASCII; add the form that begins with xn--", name));
    std::uint32_t ttl = kDefaultTtl;
    if (const std::string* text = arguments.get("ttl")) {
        const auto parsed = dnsd::ttl_from_text(*text);
        if (!parsed) return fail(ErrorKind::Usage, fmt::format("'{}' is no TTL", *text));
        ttl = *parsed;
    }
    auto records = open_records(context);
    if (!records) return std::unexpected(std::move(records.error()));
    VEDETTE_TRY(change(*records, [&] {
        return records->add({wanted->owner.view(), *wanted->type, ttl, wanted->rdata});
    }));
    return 0;
}

Result<int> remove(Context& context, const Arguments& arguments) {
    auto wanted = read_operands(arguments.operands(), 2);
    if (!wanted) return std::unexpected(std::move(wanted.error()));
    auto records = open_records(context);
    if (!records) return std::unexpected(std::move(records.error()));
    std::uint64_t gone = 0;
    VEDETTE_TRY(change(*records, [&]() -> Result<void> {
        const auto rdata = wanted->has_data ? std::optional<ByteView>(wanted->rdata) : std::nullopt;
        const auto count = records->remove(wanted->owner.view(), wanted->type, rdata);
        if (!count) return std::unexpected(count.error());
        gone = *count;
        return {};
    }));
    if (gone == 0) return fail(ErrorKind::NotFound, "no such record");
    context.say(fmt::format("{} {} removed", gone, gone == 1 ? "record" : "records"));
    return 0;
}

Result<int> list(Context& context, const Arguments& arguments) {
    auto records = open_records(context);
    if (!records) return std::unexpected(std::move(records.error()));
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output.error()));
    Listing listing(*output, Context::format(arguments), context.color(*output),
                    {{"name", {"name"}},
                     {"ttl", {"ttl", render::Align::Right}},
                     {"type", {"type"}},
                     {"data", {"data"}}});
    VEDETTE_TRY(records->visit([&](const store::RecordView& record) -> Result<void> {
        const std::string ttl = fmt::format("{}", record.ttl);
        listing.add({{render::name_text(record.owner)},
                     {ttl, ttl, ListingCell::Json::Number},
                     {render::type_text(record.type)},
                     {render::rdata_text(record.type, record.rdata)}});
        return {};
    }));
    listing.finish();
    VEDETTE_TRY(output->finish());
    return 0;
}

/// Master file lines, which `import` reads back.
Result<int> export_zone(Context& context, const Arguments& arguments) {
    auto records = open_records(context);
    if (!records) return std::unexpected(std::move(records.error()));
    auto output = Context::open_output(arguments);
    if (!output) return std::unexpected(std::move(output.error()));
    VEDETTE_TRY(records->visit([&](const store::RecordView& record) -> Result<void> {
        output->write(fmt::format("{} {} IN {} {}\n", render::name_text(record.owner), record.ttl,
                                  render::type_text(record.type),
                                  render::rdata_text(record.type, record.rdata)));
        return {};
    }));
    VEDETTE_TRY(output->finish());
    return 0;
}

Result<std::uint64_t> import_zone(store::RecordStore& records, const std::string& path,
                                  const std::string* origin) {
    dnsd::MasterOptions options;
    auto apex = render::parse_name(origin == nullptr ? "." : *origin);
    if (!apex) return std::unexpected(std::move(apex.error()));
    options.origin = *apex;
    std::uint64_t count = 0;
    VEDETTE_TRY(dnsd::read_master_file(path, options, [&](const dnsd::ParsedRecord& record) {
        ++count;
        return records.add({record.owner, record.type, record.ttl, record.rdata});
    }));
    return count;
}

Result<int> import(Context& context, const Arguments& arguments) {
    const auto& words = arguments.operands();
    if (words.size() != 3 || (words[1] != "zonefile" && words[1] != "hosts"))
        return fail(ErrorKind::Usage, "expected: import zonefile FILE, or import hosts FILE");
    auto records = open_records(context);
    if (!records) return std::unexpected(std::move(records.error()));
    std::uint64_t count = 0;
    VEDETTE_TRY(change(*records, [&]() -> Result<void> {
        const auto add_one = [&](const dnsd::ParsedRecord& record) {
            return records->add({record.owner, record.type, record.ttl, record.rdata});
        };
        const auto done = words[1] == "hosts"
                              ? dnsd::read_hosts_file(words[2], kDefaultTtl, add_one)
                              : import_zone(*records, words[2], arguments.get("origin"));
        if (!done) return std::unexpected(done.error());
        count = *done;
        return {};
    }));
    context.say(fmt::format("{} {} read", count, count == 1 ? "record" : "records"));
    return 0;
}

}  // namespace

std::string records_path(const Context& context) {
    if (!context.settings().serve_records.empty()) return context.settings().serve_records;
    return (std::filesystem::path(context.store_path()).parent_path() / "records.db").string();
}

Result<int> run_records(Context& context, const Arguments& arguments) {
    const std::string& action = arguments.operands().front();
    if (action == "add") return add(context, arguments);
    if (action == "remove") return remove(context, arguments);
    if (action == "list") return list(context, arguments);
    if (action == "export") return export_zone(context, arguments);
    return import(context, arguments);
}

}  // namespace vedette::app
