// A DNS, mDNS, LLMNR or NetBIOS message without who it is about: names, addresses, texts and
// identifiers are disguised in place; header, types, classes, times and lengths stay. Works on
// damaged messages up to their damage, which stays; what lies behind is zero. One thread.
#pragma once

#include <bitset>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "captures/anonymize/canvas.hpp"
#include "captures/anonymize/disguise.hpp"
#include "captures/anonymize/name_scrub.hpp"
#include "model/dns_transaction.hpp"
#include "wire/dns/rdata.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::captures {

/// Reused from message to message.
class DnsScrub {
  public:
    explicit DnsScrub(Disguise& disguise) noexcept : disguise_(&disguise) {}
    /// `canvas` holds exactly the message.
    void scrub(const Canvas& canvas, DnsProtocol protocol);

  private:
    struct Record {
        std::uint16_t type = 0;
        ByteView rdata;
    };

    /// Reads and writes the name at `offset`; its end, or 0 when it is damaged.
    std::size_t name(std::size_t offset);
    void damaged_label(std::size_t at);
    bool question(wire::Reader& in);
    bool record(wire::Reader& in);
    void rdata(const Record& record);
    bool special_rdata(const Record& record);
    void fields(const Record& record);
    bool field(const Record& record, wire::dns::RdataField field, wire::Reader& in);
    bool strings(const Record& record, wire::Reader& in, bool all);
    void rest(const Record& record, ByteView bytes);
    void svc_params(wire::Reader& in);
    void svc_param(std::uint16_t key, ByteView value);
    void options(ByteView bytes);
    void option(std::uint16_t code, ByteView value);
    void client_subnet(ByteView value);
    void netbios_status(ByteView bytes);
    void netbios_addresses(ByteView bytes);
    void addresses(ByteView bytes, std::size_t size);
    /// These bytes stay whatever else is written over them: names of hostile messages may overlap
    /// anything.
    void structure(ByteView bytes);

    Disguise* disguise_;
    Canvas canvas_{{}, {}};
    ByteView message_;
    bool netbios_ = false;
    LabelList labels_;
    std::bitset<0x4000> done_;  // where a pointer may lead: names written already
    std::vector<ByteView> structure_;
};

}  // namespace vedette::captures
