// Must not compile: the cursor would outlive the vector it reads.
#include <vector>

#include "wire/reader/reader.hpp"

int main() {
    vedette::wire::Reader reader{std::vector<std::uint8_t>{1, 2, 3}};
    return reader.u8();
}
