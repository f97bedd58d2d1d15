#include "ldns_message.hpp"

#include <ldns/ldns.h>

#include <memory>

namespace vedette::test {
namespace {

std::vector<std::uint8_t> bytes_of(const ldns_rdf* field) {
    const std::uint8_t* data = ldns_rdf_data(field);
    return {data, data + ldns_rdf_size(field)};
}

Record record_of(const ldns_rr* rr, bool question) {
    Record record;
    record.owner = bytes_of(ldns_rr_owner(rr));
    record.type = static_cast<std::uint16_t>(ldns_rr_get_type(rr));
    record.rclass = static_cast<std::uint16_t>(ldns_rr_get_class(rr));
    if (question) return record;
    record.ttl = ldns_rr_ttl(rr);
    for (std::size_t i = 0; i < ldns_rr_rd_count(rr); ++i) {
        const std::vector<std::uint8_t> field = bytes_of(ldns_rr_rdf(rr, i));
        record.rdata.insert(record.rdata.end(), field.begin(), field.end());
    }
    return record;
}

std::vector<Record> list_of(const ldns_rr_list* list, bool question) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
        records.push_back(record_of(ldns_rr_list_rr(list, i), question));
    }
    return records;
}

}  // namespace

std::optional<Message> read_by_ldns(ByteView message) {
    ldns_pkt* raw = nullptr;
    if (ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) return std::nullopt;
    const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(raw, &ldns_pkt_free);
    Message read;
    read.id = ldns_pkt_id(packet.get());
    read.questions = list_of(ldns_pkt_question(packet.get()), true);
    read.records[0] = list_of(ldns_pkt_answer(packet.get()), false);
    read.records[1] = list_of(ldns_pkt_authority(packet.get()), false);
    read.records[2] = list_of(ldns_pkt_additional(packet.get()), false);
    if (const ldns_rr* signature = ldns_pkt_tsig(packet.get())) {
        read.records[2].push_back(record_of(signature, false));
    }
    return read;
}

}  // namespace vedette::test
