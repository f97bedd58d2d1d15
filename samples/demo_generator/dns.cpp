#include "dns.hpp"

#include <map>
#include <utility>

namespace demo {
namespace {

/// Writes names, each suffix in full only the first time.
class NameWriter {
  public:
    void append(Octets& out, const std::string& name) {
        std::string rest = name;
        while (!rest.empty()) {
            if (const auto known = offsets_.find(rest); known != offsets_.end()) {
                out.u16(0xc000U | known->second);
                return;
            }
            if (out.size() < 0x4000) offsets_.emplace(rest, out.size());
            const std::size_t dot = rest.find('.');
            out.counted(rest.substr(0, dot));
            rest = dot == std::string::npos ? std::string() : rest.substr(dot + 1);
        }
        out.u8(0);
    }

  private:
    std::map<std::string, std::size_t> offsets_;
};

void append_record(Octets& out, NameWriter& names, const Record& record) {
    names.append(out, record.name);
    out.u16(record.type).u16(record.klass).u32(record.ttl).u16(0);
    const std::size_t start = out.size();
    for (const RdataPart& part : record.rdata) {
        if (const auto* bytes = std::get_if<Octets>(&part))
            out.raw(bytes->view());
        else
            names.append(out, std::get<std::string>(part));
    }
    out.set16(start - 2, out.size() - start);
}

}  // namespace

void append_name(Octets& out, const std::string& name) {
    NameWriter().append(out, name);
}

Octets Message::encode() const {
    Octets out;
    out.u16(id).u16(flags).u16(questions.size()).u16(answers.size());
    out.u16(authorities.size()).u16(additionals.size());
    NameWriter names;
    for (const Question& question : questions) {
        names.append(out, question.name);
        out.u16(question.type).u16(question.klass);
    }
    for (const auto* section : {&answers, &authorities, &additionals})
        for (const Record& record : *section)
            append_record(out, names, record);
    return out;
}

Record address_record(std::string name, std::uint32_t ttl, const IpAddress& ip) {
    return raw_record(std::move(name), ip.is_v4() ? kA : kAaaa, ttl, Octets().ip(ip));
}

Record name_record(std::string name, std::uint16_t type, std::uint32_t ttl, std::string target) {
    return {std::move(name), type, ttl, {std::move(target)}};
}

Record mx_record(std::string name, std::uint32_t ttl, std::uint16_t preference, std::string host) {
    return {std::move(name), kMx, ttl, {Octets().u16(preference), std::move(host)}};
}

Record txt_record(std::string name, std::uint32_t ttl, const std::vector<std::string>& strings) {
    Octets rdata;
    for (const std::string& string : strings)
        rdata.counted(string);
    return raw_record(std::move(name), kTxt, ttl, rdata);
}

Record srv_record(std::string name, std::uint32_t ttl, std::uint16_t port,
                  const std::string& host) {
    Octets rdata;
    rdata.u16(0).u16(5).u16(port);
    append_name(rdata, host);  // RFC 2782: not compressed
    return raw_record(std::move(name), kSrv, ttl, rdata);
}

Record soa_record(std::string zone, std::uint32_t ttl) {
    Octets numbers;
    numbers.u32(2026112001).u32(7200).u32(900).u32(1209600).u32(300);
    const std::string primary = "ns1." + zone;
    const std::string mailbox = "hostmaster." + zone;
    return {std::move(zone), kSoa, ttl, {primary, mailbox, numbers}};
}

Record https_record(std::string name, std::uint32_t ttl, const IpAddress& hint4,
                    const IpAddress& hint6) {
    Octets rdata;
    rdata.u16(1).u8(0);  // priority 1, target is the owner
    rdata.u16(1).u16(6).counted("h3").counted("h2");
    rdata.u16(4).u16(4).ip(hint4);
    rdata.u16(6).u16(16).ip(hint6);
    return raw_record(std::move(name), kHttps, ttl, rdata);
}

Record raw_record(std::string name, std::uint16_t type, std::uint32_t ttl, Octets rdata) {
    return {std::move(name), type, ttl, {std::move(rdata)}};
}

Record opt_record(std::uint16_t payload_bytes, Octets options) {
    Record record = raw_record("", kOpt, 0, std::move(options));
    record.klass = payload_bytes;
    return record;
}

}  // namespace demo
