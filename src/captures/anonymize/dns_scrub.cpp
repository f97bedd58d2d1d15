#include "captures/anonymize/dns_scrub.hpp"

#include <algorithm>
#include <array>

#include "wire/dns/message.hpp"
#include "wire/dns/name_walk.hpp"
#include "wire/nbns/name.hpp"

namespace vedette::captures {
namespace {

namespace dns = wire::dns;
using wire::Reader;

constexpr std::size_t kFixedRecordBytes = 10;

/// One encoded NetBIOS label: 16 bytes as 32 letters (RFC 1001 14.1).
bool scrub_encoded_name(ByteView label, std::span<std::uint8_t> to, Disguise& disguise) {
    std::array<std::uint8_t, 16> name{};
    if (label.size() != 2 * name.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const unsigned high = label[2 * i] - unsigned{'A'};
        const unsigned low = label[2 * i + 1] - unsigned{'A'};
        if (high > 15 || low > 15) return false;
        name[i] = static_cast<std::uint8_t>(high << 4U | low);
    }
    std::array<std::uint8_t, 16> mapped{};
    scrub_netbios_name(name, mapped, disguise);
    for (std::size_t i = 0; i < name.size(); ++i) {
        to[2 * i] = static_cast<std::uint8_t>('A' + (mapped[i] >> 4U));
        to[2 * i + 1] = static_cast<std::uint8_t>('A' + (mapped[i] & 0xfU));
    }
    return true;
}

}  // namespace

void DnsScrub::structure(ByteView bytes) {
    if (!bytes.empty()) structure_.push_back(bytes);
}

void DnsScrub::scrub(const Canvas& canvas, DnsProtocol protocol) {
    canvas_ = canvas;
    message_ = canvas.in();
    netbios_ = protocol == DnsProtocol::Nbns;
    structure_.clear();
    done_.reset();
    Reader in{message_};
    structure(message_.first(std::min(message_.size(), dns::kHeaderBytes)));
    in.skip(4);
    std::array<std::uint16_t, 4> counts{};
    for (std::uint16_t& count : counts)
        count = in.u16();
    bool sound = in.ok();
    for (unsigned i = 0; sound && i < counts[0]; ++i)
        sound = question(in);
    for (std::size_t section = 1; section < counts.size(); ++section) {
        for (unsigned i = 0; sound && i < counts[section]; ++i)
            sound = record(in);
    }
    for (const ByteView kept : structure_)
        canvas_.keep(kept);
}

// ---- names ----------------------------------------------------------------------------------

std::size_t DnsScrub::name(std::size_t offset) {
    labels_.clear();
    std::size_t cursor = offset;
    std::size_t in_place = 0;
    bool jumped = false;
    bool known = false;
    const auto on_label = [&](std::size_t at, std::size_t bytes) noexcept {
        cursor = at + bytes;
        if (!known) structure(message_.subspan(at, 1));
        if (bytes == 1) return;
        labels_.add(message_.subspan(at + 1, bytes - 1));
        if (!known) ++in_place;
    };
    const auto on_pointer = [&](std::size_t target, std::size_t) noexcept {
        if (!known) structure(message_.subspan(cursor, 2));
        cursor = target;
        jumped = true;
        // What stands at the target was written before; it only gives the context now.
        known = known || done_[target];
        done_.set(target);
        return std::size_t{0};
    };
    const dns::NameExtent extent = dns::walk_name(message_, offset, on_label, on_pointer);
    if (netbios_ && in_place != 0 && labels_.size() > 0) {
        const ByteView first = labels_.from_end(labels_.size() - 1);
        const NameEnd end = extent.damage ? NameEnd::Unknown : NameEnd::Root;
        const bool encoded = scrub_encoded_name(first, canvas_.at(first), *disguise_);
        if (!encoded) write_labels(canvas_, labels_, end, in_place, *disguise_);
        if (encoded && in_place > 1) {
            LabelList scope;
            for (std::size_t i = labels_.size() - 1; i-- > 0;)
                scope.add(labels_.from_end(i));
            write_labels(canvas_, scope, end, in_place - 1, *disguise_);
        }
    } else {
        write_labels(canvas_, labels_, extent.damage ? NameEnd::Unknown : NameEnd::Root, in_place,
                     *disguise_);
    }
    if (extent.damage) {
        damaged_label(extent.damage.offset);
        return 0;
    }
    if (!jumped && offset < done_.size()) done_.set(offset);
    return extent.end;
}

// What a name breaks off with: the byte or two that are wrong, and the part of a label that is
// there.
void DnsScrub::damaged_label(std::size_t at) {
    Reader in{message_.subspan(std::min(at, message_.size()))};
    if (in.at_end()) return;
    const bool label = in.peek() <= dns::kMaxLabelBytes;
    structure(in.bytes(std::min<std::size_t>(label ? 1 : 2, in.remaining())));
    if (!label) return;
    const ByteView part = in.rest();
    const ByteView shown = part.first(std::min(part.size(), dns::kMaxLabelBytes));
    disguise_->label(shown, LabelPlace::Inner, canvas_.at(shown));
}

bool DnsScrub::question(Reader& in) {
    if (in.at_end()) return false;
    const std::size_t start = in.offset();
    const std::size_t end = name(start);
    if (end == 0) return false;
    in.skip(end - start);
    structure(in.bytes(std::min<std::size_t>(4, in.remaining())));
    return true;
}

bool DnsScrub::record(Reader& in) {
    if (in.at_end()) return false;
    const std::size_t start = in.offset();
    const std::size_t end = name(start);
    if (end == 0) return false;
    in.skip(end - start);
    const ByteView fixed = in.bytes(std::min(kFixedRecordBytes, in.remaining()));
    structure(fixed);
    Reader head{fixed};
    Record record;
    record.type = head.u16();
    head.skip(6);
    const std::size_t length = head.u16();
    if (!head.ok()) return false;
    const bool whole = length <= in.remaining();
    record.rdata = in.bytes(std::min(length, in.remaining()));
    // Cut data is read as far as it goes; the shape of its type ends where the bytes do.
    rdata(record);
    return whole;
}

// ---- data -----------------------------------------------------------------------------------

void DnsScrub::rdata(const Record& record) {
    if (record.rdata.empty() || special_rdata(record)) return;
    fields(record);
}

bool DnsScrub::special_rdata(const Record& record) {
    const ByteView data = record.rdata;
    if (netbios_) {
        if (record.type == wire::nbns::kTypeNb) netbios_addresses(data);
        if (record.type == wire::nbns::kTypeNbstat) netbios_status(data);
        // Those are NetBIOS's own meanings; A, NS and NULL are as elsewhere.
        if (record.type == wire::nbns::kTypeNb || record.type == wire::nbns::kTypeNbstat) {
            return true;
        }
    }
    switch (record.type) {
        case 1:  // A
            if (data.size() == 4) addresses(data, 4);
            return true;
        case 28:  // AAAA
            if (data.size() == 16) addresses(data, 16);
            return true;
        case 11:  // WKS: address, protocol, ports
            if (data.size() < 5) return true;
            addresses(data.first(4), 4);
            structure(data.subspan(4));
            return true;
        case 41:  // OPT
            options(data);
            return true;
        case 105:  // L32: preference, locator of an address's form
            if (data.size() != 6) return true;
            structure(data.first(2));
            addresses(data.subspan(2), 4);
            return true;
        case 108:  // EUI48
            if (data.size() == 6) disguise_->mac(data, canvas_.at(data));
            return true;
        // Places and identifiers: LOC, GPOS, NID, L64, EUI64, HIP, IPSECKEY, AMTRELAY, APL.
        case 27:
        case 29:
        case 42:
        case 45:
        case 55:
        case 104:
        case 106:
        case 109:
        case 260:
            return true;
        default:
            return false;
    }
}

void DnsScrub::fields(const Record& record) {
    Reader in{record.rdata};
    for (const dns::RdataField next : dns::rdata_layout(record.type)) {
        if (next == dns::RdataField::End || !field(record, next, in)) return;
    }
}

bool DnsScrub::field(const Record& record, dns::RdataField field, Reader& in) {
    using enum dns::RdataField;
    switch (field) {
        case Name: {
            if (in.at_end()) return false;
            const std::size_t start = canvas_.offset(record.rdata) + in.offset();
            const std::size_t end = name(start);
            if (end == 0 || end - start > in.remaining()) return false;
            in.skip(end - start);
            return true;
        }
        case String:
            return strings(record, in, false);
        case Strings:
            return strings(record, in, true);
        case Sized: {
            const ByteView head = in.bytes(std::min<std::size_t>(2, in.remaining()));
            structure(head);
            Reader length{head};
            in.skip(length.u16());
            return in.ok() && length.ok();
        }
        case SvcParams:
            svc_params(in);
            return false;
        case Rest:
            rest(record, in.rest());
            return false;
        default: {
            const auto octets = static_cast<std::size_t>(field);
            structure(in.bytes(std::min(octets, in.remaining())));
            return true;
        }
    }
}

bool DnsScrub::strings(const Record& record, Reader& in, bool all) {
    constexpr std::uint16_t kCaa = 257;  // its string is the property's name, RFC 8659 4.1
    do {
        if (in.at_end()) return all;
        const ByteView length = in.bytes(1);
        structure(length);
        const ByteView value = in.bytes(std::min<std::size_t>(length[0], in.remaining()));
        if (record.type == kCaa) {
            structure(value);
        } else {
            disguise_->text(value, canvas_.at(value));
        }
    } while (all);
    return true;
}

// Bytes up to the end: bitmaps of types stay, keys, digests and signatures become others, texts
// become letters, and what nobody knows becomes zero.
void DnsScrub::rest(const Record& record, ByteView bytes) {
    if (bytes.empty()) return;
    switch (record.type) {
        case 30:  // NXT
        case 47:  // NSEC
        case 50:  // NSEC3
        case 62:  // CSYNC
            structure(bytes);
            return;
        case 24:  // SIG
        case 25:  // KEY
        case 37:  // CERT
        case 43:  // DS
        case 44:  // SSHFP
        case 46:  // RRSIG
        case 48:  // DNSKEY
        case 52:  // TLSA
        case 53:  // SMIMEA
        case 59:  // CDS
        case 60:  // CDNSKEY
        case 63:  // ZONEMD
            disguise_->identifier(bytes, canvas_.at(bytes));
            return;
        case 256:  // URI
        case 257:  // CAA
            disguise_->text(bytes, canvas_.at(bytes));
            return;
        default:
            return;
    }
}

void DnsScrub::addresses(ByteView bytes, std::size_t size) {
    for (Reader in{bytes}; in.remaining() >= size;) {
        const ByteView address = in.bytes(size);
        disguise_->addresses().map(address, canvas_.at(address));
    }
}

}  // namespace vedette::captures
