// Must not compile: the view would outlive the vector it reads.
#include <vector>

#include "wire/dns/message.hpp"

int main() {
    const auto message =
        vedette::wire::dns::MessageView::inspect(std::vector<std::uint8_t>{1, 2, 3});
    return message.has_header() ? 0 : 1;
}
