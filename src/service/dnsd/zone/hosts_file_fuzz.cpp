// Import of hosts(5) with text from anywhere: every record is an address of a name that compiles
// into a zone, or the error names a line.
#include <cstdlib>

#include "service/dnsd/zone/hosts_file.hpp"
#include "service/dnsd/zone/record_zones.hpp"
#include "service/dnsd/zone/rr_type.hpp"
#include "wire/dns/name.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    std::uint64_t seen = 0;
    dnsd::RecordZones zones(1);
    const auto done = dnsd::read_hosts_text(
        as_text({data, size}), "hosts", 300, [&](const dnsd::ParsedRecord& record) -> Result<void> {
            ++seen;
            const std::size_t bytes = record.type == dnsd::rr::kA ? 4 : 16;
            if (record.rdata.size() != bytes || !wire::dns::is_wire_name(record.owner))
                std::abort();
            return zones.add(record.owner, record.type, record.ttl, record.rdata);
        });
    if (done ? *done != seen : !done.error().text.starts_with("hosts:")) std::abort();
    (void)zones.finish();
    return 0;
}
