// Any bytes after a section and an interface.
#include "sys/capture/capture_bytes.hpp"
#include "sys/capture/capture_fuzz.hpp"
#include "sys/capture/pcapng_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    vedette::sys::CaptureBytes file((data[0] & 1U) != 0);
    file.section();
    if ((data[0] & 2U) != 0) file.interface(1);
    file.bytes().insert(file.bytes().end(), data + 1, data + size);
    vedette::sys::check_capture(file.view());
    const vedette::ByteView raw(data, size);
    if (vedette::sys::PcapngParser::recognises(raw)) vedette::sys::check_capture(raw);
    return 0;
}
