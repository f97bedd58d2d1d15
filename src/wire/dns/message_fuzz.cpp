// Any bytes as a DNS message, in each dialect; the invariants are in battery.hpp.
#include "wire/dns/battery.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette::wire::dns;
    for (const Dialect dialect : {Dialect::Unicast, Dialect::Multicast, Dialect::NetBios}) {
        test::check_invariants({data, size}, dialect);
    }
    return 0;
}
