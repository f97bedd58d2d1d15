// dnsmasq's lease file and its log (log-queries, log-queries=extra, DHCP messages). The log tells a
// query and its answers on lines of their own, by name; with "extra" also by number.
#include <algorithm>
#include <deque>

#include "render/dns_words.hpp"
#include "service/importer/dhcp_note.hpp"
#include "service/importer/dns_note.hpp"
#include "service/importer/fields.hpp"
#include "service/importer/log_format.hpp"

namespace vedette::importer {
namespace {

constexpr std::size_t kMaxOpen = 1'024;
const Duration kAnswerPatience = Duration::seconds(10);
constexpr std::uint16_t kNxdomain = 3;
constexpr std::uint16_t kServfail = 2;
constexpr std::uint16_t kRefused = 5;
constexpr std::uint16_t kCname = 5;

class DnsmasqLeases final : public LogFormat {
  public:
    LineKind take(std::string_view line, EventBatch& out) override {
        if (line.starts_with("duid ")) return LineKind::Skipped;  // the server's own
        const auto words = split(line, ' ');
        if (words.size() < 4) return damaged("fewer than four words");
        const auto expiry = parse_number<std::int64_t>(words[0]);
        const auto address = IpAddress::parse(words[2]);
        if (!expiry || *expiry < 0 || *expiry > 0x1ffffffff || !address)
            return damaged("no expiry or no address");
        LeaseEvent event{};
        // When the lease began, the file does not say: only its end is known.
        event.start = event.time = Timestamp::from_seconds(*expiry);
        event.end = *expiry == 0 ? kNever : event.start;
        event.address = *address;
        event.v6 = !address->is_v4();
        const auto mac = MacAddress::parse(words[1]);
        if (!mac && address->is_v4()) return damaged("no hardware address");
        event.mac = mac.value_or(MacAddress{});
        if (event.v6) event.mac = {};  // the second word is the IAID
        event.state = LeaseState::Bound;
        if (words[3] != "*") event.host_name = out.bytes.append(words[3]);
        out.leases.push_back(event);
        return LineKind::Taken;
    }
};

class DnsmasqLog final : public LogFormat {
  public:
    explicit DnsmasqLog(Timestamp modified) : latest_(modified) {}

    LineKind take(std::string_view line, EventBatch& out) override {
        std::string_view rest;
        const auto time = parse_syslog(line, latest_, rest);
        if (!time) return damaged("no time at its beginning");
        const std::size_t program = rest.find("dnsmasq");
        const std::size_t colon = rest.find(": ", program);
        if (program == rest.npos || colon == rest.npos) return LineKind::Skipped;
        const bool dhcp = rest.substr(program).starts_with("dnsmasq-dhcp");
        rest.remove_prefix(colon + 2);
        give_up_old(*time, out);
        return dhcp ? take_dhcp(*time, rest, out) : take_dns(*time, rest, out);
    }
    void finish(EventBatch& out) override {
        while (!open_.empty())
            tell_first(out);
    }
    bool is_open() const noexcept override { return !open_.empty(); }

  private:
    struct Open {
        DnsNote note;
        std::string serial;       // with log-queries=extra
        std::string last;         // the name that its newest answer leads to; empty: not told yet
        std::string cname_owner;  // of an alias whose target is not told yet
        bool complete = false;
    };

    LineKind take_dns(Timestamp time, std::string_view text, EventBatch& out) {
        std::string serial;
        std::string_view rest = text;
        std::string_view word = next_word(rest);
        IpAddress peer;
        std::uint16_t port = 0;
        if (parse_number<std::uint64_t>(word)) {  // "12 192.0.2.5/49152 query[A] ..."
            serial = word;
            const auto who = split(next_word(rest), '/');
            peer = IpAddress::parse(who[0]).value_or(IpAddress{});
            if (who.size() > 1) port = parse_number<std::uint16_t>(who[1]).value_or(0);
            word = next_word(rest);
        }
        if (word.starts_with("query[")) {
            tell_complete(out);
            return open(time, between(word, "[", "]"), rest, {std::move(serial), peer, port}, out);
        }
        const std::size_t is = rest.find(" is ");
        if (is == rest.npos || word == "validation") return LineKind::Skipped;
        std::string_view name = rest.substr(0, is);
        name = name.substr(name.find_last_of(' ') + 1);
        return answer(time, name, rest.substr(is + 4), serial);
    }

    struct Asker {
        std::string serial;
        IpAddress peer;
        std::uint16_t port = 0;
    };

    LineKind open(Timestamp time, std::string_view type, std::string_view rest, Asker asker,
                  EventBatch& out) {
        Open entry;
        entry.note.query_time = time;
        entry.note.name = next_word(rest);
        // Types without a word are written "type=65".
        const auto known = render::parse_type(type);
        entry.note.qtype =
            known ? *known
                  : parse_number<std::uint16_t>(type.substr(type.find('=') + 1)).value_or(0);
        const std::string_view from = next_word(rest);
        const auto client = IpAddress::parse(next_word(rest));
        if (from != "from" || !client) return damaged("a query without \"from ADDRESS\"");
        if (query_bytes(entry.note).empty()) return damaged("the name is none");
        entry.note.client = *client;
        entry.note.server = client->is_v4() ? IpAddress::from_v4(0) : IpAddress{};
        entry.note.client_port = asker.port;
        entry.note.server_port = 53;
        entry.serial = std::move(asker.serial);
        entry.last = entry.note.name;
        if (open_.size() >= kMaxOpen) tell_first(out);
        open_.push_back(std::move(entry));
        return LineKind::Taken;
    }

    /// The oldest open query that this line can be about: by number, else by the name that it
    /// leads to.
    Open* find(std::string_view name, std::string_view serial) {
        for (Open& entry : open_) {
            if (serial.empty() ? entry.last == name : entry.serial == serial) return &entry;
        }
        const auto waits = [](const Open& entry) { return !entry.cname_owner.empty(); };
        const auto alias = std::ranges::find_if(open_, waits);
        return serial.empty() && alias != open_.end() ? &*alias : nullptr;
    }

    LineKind answer(Timestamp time, std::string_view name, std::string_view data,
                    std::string_view serial) {
        Open* const entry = find(name, serial);
        if (entry == nullptr) return LineKind::Skipped;  // dnsmasq's own business
        DnsNote& note = entry->note;
        note.response_time = time;
        if (data == "<CNAME>") {
            entry->last.clear();  // where it leads, the next line says
            entry->cname_owner = name;
            entry->complete = false;
            return LineKind::Taken;
        }
        if (!entry->cname_owner.empty()) {
            NotedRecord& alias = note.answers.emplace_back();
            if (entry->cname_owner != note.name) alias.owner = entry->cname_owner;
            alias.type = kCname;
            alias.data = name;
            entry->cname_owner.clear();
            entry->last = name;
        }
        entry->complete = true;
        if (data == "NXDOMAIN")
            note.rcode = kNxdomain;
        else if (data == "SERVFAIL")
            note.rcode = kServfail;
        else if (data == "REFUSED")
            note.rcode = kRefused;
        else if (!data.starts_with("NODATA"))
            add_answer(note, name, data);
        return LineKind::Taken;
    }

    static void add_answer(DnsNote& note, std::string_view name, std::string_view data) {
        NotedRecord record;
        if (name != note.name) record.owner = name;
        record.data = data;
        record.type = guess_type(data, note.qtype);
        note.answers.push_back(std::move(record));
    }

    void tell(Open& entry, EventBatch& out) { (void)add_transaction(entry.note, out); }
    void tell_first(EventBatch& out) {
        tell(open_.front(), out);
        open_.pop_front();
    }
    void tell_complete(EventBatch& out) {
        for (auto at = open_.begin(); at != open_.end();) {
            if (!at->complete) {
                ++at;
                continue;
            }
            tell(*at, out);
            at = open_.erase(at);
        }
    }
    void give_up_old(Timestamp now, EventBatch& out) {
        while (!open_.empty() && now - open_.front().note.query_time > kAnswerPatience)
            tell_first(out);
    }

    LineKind take_dhcp(Timestamp time, std::string_view text, EventBatch& out) {
        DhcpNote note;
        note.time = time;
        while (!text.empty() && note.type == 0) {
            const std::string_view word = next_word(text);
            const std::size_t paren = word.find('(');
            if (word.empty()) break;
            if (paren != word.npos) note.type = dhcp_type_of(word.substr(0, paren));
        }
        if (note.type == 0) return LineKind::Skipped;
        bool has_mac = false;
        while (!text.empty()) {
            const std::string_view word = next_word(text);
            if (word.empty()) break;
            if (const auto ip = IpAddress::parse(word); ip && !has_mac) {
                note.your_ip = *ip;
            } else if (const auto mac = MacAddress::parse(word); mac && !has_mac) {
                note.mac = *mac;
                has_mac = true;
            } else if (has_mac && note.host.empty()) {
                note.host = word;
            }
        }
        if (!has_mac) return damaged("a DHCP message without a hardware address");
        note.requested_ip = note.your_ip;
        if (note.type == kDhcpRelease) note.client_ip = note.your_ip;
        add_message(note, out);
        return LineKind::Taken;
    }

    const Timestamp latest_;
    std::deque<Open> open_;
};

}  // namespace

std::unique_ptr<LogFormat> make_dnsmasq_leases(const FileFacts&) {
    return std::make_unique<DnsmasqLeases>();
}

std::unique_ptr<LogFormat> make_dnsmasq_log(const FileFacts& facts) {
    return std::make_unique<DnsmasqLog>(facts.modified);
}

}  // namespace vedette::importer
