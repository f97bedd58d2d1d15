#include "pipeline/packet_file.hpp"

#include <utility>

namespace vedette::pipeline {

Result<PacketFile> PacketFile::create(const std::string& path) {
    Result<sys::PcapngWriter> writer = sys::PcapngWriter::create(path);
    if (!writer) return std::unexpected(std::move(writer.error()));
    return PacketFile(std::move(*writer));
}

Result<void> PacketFile::consume(const sys::PacketBatch& batch,
                                 const std::vector<sys::InterfaceInfo>& interfaces, PacketWork*) {
    for (const sys::PacketRecord& packet : batch.packets) {
        VEDETTE_TRY(writer_.write(packet, interfaces[packet.interface].name));
    }
    return {};
}

}  // namespace vedette::pipeline
