// Any bytes as a NetBIOS name and as the data of NB and NBSTAT records.
#include "base/assert.hpp"
#include "wire/nbns/name.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    using namespace vedette::wire::nbns;
    const ByteView input(data, size);
    NetbiosName name;
    if (decode_name(input, name)) {
        VEDETTE_ASSERT(name.length <= kNameBytes);
        VEDETTE_ASSERT(name.scope.size() + 1 + kEncodedBytes == size);
    }
    std::size_t count = 0;
    NbAddresses addresses{input};
    for (NbAddress entry; addresses.next(entry); ++count)
        VEDETTE_ASSERT(entry.address.size() == 4);
    VEDETTE_ASSERT(count == size / 6);
    count = 0;
    StatusNames names{input};
    for (StatusName entry; names.next(entry); ++count)
        VEDETTE_ASSERT(entry.name.length <= kNameBytes);
    VEDETTE_ASSERT(count <= (size == 0 ? 0 : data[0]));
    return 0;
}
