// Segments and datagrams of a few connections as a hostile client would send them. The first byte
// of each piece says which, the next two how long it is. Every name is sound, and nobody is told
// more often than packets came.
#include <cstdlib>

#include "decode/encrypted_sights.hpp"

using namespace vedette;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    decode::Identity identity;
    decode::EncryptedSights sights(identity);
    EventBatch out;
    wire::Reader reader{ByteView(data, size)};
    std::uint64_t packets = 0;
    while (reader.remaining() > 4) {
        const std::uint8_t what = reader.u8();
        const std::uint8_t skip = reader.u8();
        const std::size_t length = std::min<std::size_t>(reader.u16(), reader.remaining());
        const ByteView bytes = reader.bytes(length);
        decode::PacketContext packet;
        packet.packet = ++packets;
        packet.time = Timestamp::from_seconds(1'795'262'400 + (skip >> 4U));
        packet.source_port = static_cast<std::uint16_t>(50'000 + (what >> 1U & 3U));
        packet.destination_port = (what & 8U) != 0 ? 853 : 443;
        if ((what & 1U) != 0) {
            wire::transport::TcpView tcp;
            tcp.payload = bytes;
            tcp.sequence = skip * 100U;
            sights.on_tcp(packet, tcp, out);
        } else {
            sights.on_datagram(packet, bytes, out);
        }
    }
    sights.finish(out);
    if (out.encrypted.size() > packets) std::abort();
    for (const EncryptedSighting& seen : out.encrypted) {
        for (const char c : out.bytes.text(seen.server_name)) {
            if (c <= ' ' || c > '~') std::abort();
        }
    }
    return 0;
}
