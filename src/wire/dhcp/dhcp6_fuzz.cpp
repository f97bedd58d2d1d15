// Any bytes as DHCPv6: every part lies in the input, relays end at their limit, bindings are whole.
#include "wire/dhcp/dhcp6.hpp"
#include "wire/dhcp/option_values.hpp"
#include "wire/reader/battery.hpp"

using namespace vedette;
using namespace vedette::wire;

namespace {

void require(bool condition) {
    if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const dhcp::MessageView6 view = dhcp::MessageView6::inspect(bytes);
    require(!view.damage() || view.damage().offset <= size);
    require(view.relays() <= dhcp::kMaxRelays);
    require((view.relays() == 0) == view.relay_link().empty() ||
            view.damage().id == AnomalyId::Dhcp6Truncated);
    for (const ByteView part :
         {view.options(), view.relay_link(), view.relay_peer(), view.client_link_layer(),
          view.remote_id(), view.interface_id(), view.subscriber_id(), view.status_text()}) {
        require(lies_within(part, bytes));
    }
    dhcp::BindingCursor bindings = view.bindings();
    for (dhcp::Binding binding; bindings.next(binding);) {
        require(binding.address.size() == 16 && lies_within(binding.address, bytes));
    }
    const dhcp::Duid duid = dhcp::Duid::of(view.find(1));
    require(duid.mac.empty() || (duid.mac.size() == 6 && duid.sound));
    return 0;
}
