// Zone import with text from anywhere: it compiles to a zone whose every name is found again, or
// says what is wrong.
#include <cstdlib>

#include "render/name_text.hpp"
#include "service/dnsd/zone/master_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    const std::string_view text = as_text({data, size});
    if (text.contains("INCLUDE") || text.contains("include"))
        return 0;  // files are not the subject
    static const auto apex = *render::parse_name("example.");
    static constexpr std::string_view kHead = "@ 300 SOA ns h 1 2 3 4 60\n@ 300 NS ns\n";
    const auto zone = dnsd::load_zone_text(std::string(kHead).append(text), apex);
    if (!zone) return zone.error().text.empty() ? std::abort(), 0 : 0;
    dnsd::LookupName name;
    for (auto node = (*zone)->next_block({}); node; node = (*zone)->next_block(node)) {
        name.assign(node.name());
        const bool hash_only = node.has(dnsd::NameFlags::kNsec3Only);
        if (!hash_only && !(*zone)->find(name, 0).same_as(node)) std::abort();
    }
    return 0;
}
