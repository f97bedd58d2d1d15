// Frames from anywhere: what is read as a question lies within its frame, and an answer to it is
// read as what was written.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "service/dnsd/net/udp_frame.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    const ByteView frame(data, size);
    const auto read = dnsd::read_udp_frame(frame);
    if (!read) return 0;
    if (read->content.data() < data || read->content.data() + read->content.size() > data + size)
        std::abort();
    const std::size_t bytes = std::min<std::size_t>(read->content.size(), 1'400);
    std::vector<std::uint8_t> answer(read->header_bytes() + bytes);
    std::copy_n(read->content.begin(), bytes,
                answer.begin() + static_cast<std::ptrdiff_t>(read->header_bytes()));
    if (dnsd::write_udp_frame(*read, answer, bytes) != answer.size()) std::abort();
    const auto back = dnsd::read_udp_frame(answer);
    // The server's own place may be one that no question can come from.
    if (back && (back->client != read->server || back->server != read->client ||
                 back->content.size() != bytes))
        std::abort();
    return 0;
}
