// Any bytes after a pcap magic number.
#include "sys/capture/capture_bytes.hpp"
#include "sys/capture/capture_fuzz.hpp"
#include "sys/capture/pcap_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::array<std::uint32_t, 3> kMagics{0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};
    if (size == 0) return 0;
    vedette::sys::CaptureBytes file((data[0] & 1U) != 0);
    file.pcap_header(kMagics[data[0] / 2U % kMagics.size()], 1, data[0] % 5U);
    file.bytes().insert(file.bytes().end(), data + 1, data + size);
    vedette::sys::check_capture(file.view());
    const vedette::ByteView raw(data, size);
    if (vedette::sys::PcapParser::recognises(raw)) vedette::sys::check_capture(raw);
    return 0;
}
