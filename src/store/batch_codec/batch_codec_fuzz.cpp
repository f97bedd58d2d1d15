// A batch as a hostile sensor would send it. What is accepted encodes to bytes that decode to the
// same again, and memory is bounded by the input.
#include <cstdlib>

#include "store/batch_codec/batch_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using vedette::EventBatch;
    const vedette::ByteView input(data, size);
    EventBatch batch;
    const bool ok = vedette::store::decode_batch(input, batch).ok;
    if (batch.bytes.size() > size) std::abort();
    if (!ok) return 0;
    std::vector<std::uint8_t> first;
    vedette::store::encode_batch(batch, first);
    EventBatch again;
    if (!vedette::store::decode_batch(first, again).ok) std::abort();
    std::vector<std::uint8_t> second;
    vedette::store::encode_batch(again, second);
    if (first != second || again.size() != batch.size() || again.sighted() != batch.sighted())
        std::abort();
    return 0;
}
