// What a broker may answer: any bytes. Only the two packets that we wait for are taken.
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "notify/mqtt/mqtt_packets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace vedette;
    const std::string_view bytes = as_text({data, size});
    const bool connack = notify::check_connack(bytes).has_value();
    const bool puback = notify::check_puback(bytes, 7).has_value();
    VEDETTE_ASSERT(!(connack && puback));
    VEDETTE_ASSERT(size >= notify::kMqttAnswerBytes || (!connack && !puback));
    return 0;
}
