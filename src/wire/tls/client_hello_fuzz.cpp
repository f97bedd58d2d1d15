// Any bytes as the beginning of TLS, with and without a record: a name lies within the input and is
// sound.
#include "wire/reader/battery.hpp"
#include "wire/tls/client_hello.hpp"

using namespace vedette;
using namespace vedette::wire;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const tls::ClientHello hello = tls::read_client_hello(bytes);
    if (!lies_within(hello.server_name, bytes)) __builtin_trap();
    if (hello.server_name.size() > 255) __builtin_trap();
    if (!hello.is_hello && (!hello.server_name.empty() || hello.cut)) __builtin_trap();
    for (const std::uint8_t c : hello.server_name) {
        if (c <= ' ' || c >= 0x7f) __builtin_trap();
    }
    const tls::ClientHello message = tls::read_hello_message(bytes);
    if (!lies_within(message.server_name, bytes)) __builtin_trap();
    if (!message.is_hello && (!message.server_name.empty() || message.cut)) __builtin_trap();
    return 0;
}
