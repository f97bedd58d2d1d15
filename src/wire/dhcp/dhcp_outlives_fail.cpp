// Must not compile: the view would outlive the message it borrows.
#include <vector>

#include "wire/dhcp/dhcp4.hpp"

int main() {
    const auto view = vedette::wire::dhcp::MessageView4::inspect(std::vector<std::uint8_t>(300));
    return view.type();
}
