// A hostile log file, format by the first byte. Every line is taken, skipped or damaged, and what
// is made of it can be read as DNS.
#include <cstdlib>

#include "service/importer/fields.hpp"
#include "service/importer/log_format.hpp"
#include "wire/dns/message.hpp"
#include "wire/dns/name.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    if (size < 1) return 0;
    const auto formats = importer::format_table();
    const auto format =
        formats[data[0] % formats.size()].make({Timestamp{1'700'000'000'000'000'000}});
    const std::string_view text = as_text({data + 1, size - 1});
    EventBatch batch;
    for (const std::string_view line : importer::split(text, '\n')) {
        for (const auto& row : formats)
            (void)row.knows(line);
        if (format->take(line, batch) == importer::LineKind::Damaged && format->why().empty())
            std::abort();
    }
    format->finish(batch);
    for (const DnsTransaction& event : batch.dns) {
        const auto name = batch.bytes.view(event.qname);
        if (!name.empty() && !wire::dns::is_wire_name(name)) std::abort();
        const auto answer = batch.bytes.view(event.response_message);
        if (!answer.empty() && wire::dns::MessageView::inspect(answer).damage()) std::abort();
    }
    return 0;
}
