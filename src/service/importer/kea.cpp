// Kea's lease files (memfile CSV, DHCPv4 and DHCPv6) and its log. Columns: Kea's lease_file
// headers; messages: Kea's DHCP4_LEASE_* and DHCP6_LEASE_* identifiers.
#include <array>
#include <string>

#include "service/importer/dhcp_note.hpp"
#include "service/importer/fields.hpp"
#include "service/importer/log_format.hpp"

namespace vedette::importer {
namespace {

/// "01:02:0a" as bytes; empty when it is none.
std::string parse_hex(std::string_view text) {
    std::string bytes;
    for (const std::string_view piece : split(text, ':')) {
        unsigned value = 0;
        const auto [stop, error] =
            std::from_chars(piece.data(), piece.data() + piece.size(), value, 16);
        if (error != std::errc() || stop != piece.data() + piece.size() || value > 255) return {};
        bytes += static_cast<char>(value);
    }
    return bytes;
}

/// The link address inside a DUID of type LLT (RFC 8415 11.2) or LL (11.4).
std::optional<MacAddress> mac_of_duid(const std::string& duid) {
    const ByteView bytes = as_bytes(duid);
    if (bytes.size() == 14 && bytes[1] == 1) return MacAddress::from_bytes(bytes.subspan(8));
    if (bytes.size() == 10 && bytes[1] == 3) return MacAddress::from_bytes(bytes.subspan(4));
    return std::nullopt;
}

LeaseState state_of(std::string_view text) noexcept {
    if (text == "1") return LeaseState::Declined;
    if (text == "2") return LeaseState::Expired;
    if (text == "3") return LeaseState::Released;
    return LeaseState::Bound;
}

class KeaLeases final : public LogFormat {
  public:
    LineKind take(std::string_view line, EventBatch& out) override {
        if (line.starts_with("address,")) {
            columns_.clear();
            for (const std::string_view name : split(line, ','))
                columns_.emplace_back(name);
            return LineKind::Skipped;
        }
        cells_ = split(line, ',');
        if (columns_.empty()) return damaged("no header line before it");
        if (cells_.size() < columns_.size()) return damaged("fewer columns than the header line");
        return add(out);
    }

  private:
    std::string_view cell(std::string_view name) const {
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i] == name) return cells_[i];
        }
        return {};
    }
    LineKind add(EventBatch& out) {
        const auto address = IpAddress::parse(cell("address"));
        const auto lifetime = parse_number<std::uint32_t>(cell("valid_lifetime"));
        const auto expire = parse_number<std::int64_t>(cell("expire"));
        if (!address || !lifetime || !expire || *expire > 0x1ffffffff || *expire < 0)
            return damaged("no address, lifetime or expiry");
        DhcpNote note;
        note.your_ip = *address;
        note.lease_seconds = *lifetime;
        note.time = Timestamp::from_seconds(*expire - *lifetime);
        note.host = cell("hostname");
        const std::string_view id = cell(address->is_v4() ? "client_id" : "duid");
        note.client_id = parse_hex(id);
        note.prefix_length = address->is_v4()
                                 ? std::uint16_t{0}
                                 : parse_number<std::uint16_t>(cell("prefix_len")).value_or(0);
        if (note.prefix_length == 128) note.prefix_length = 0;
        auto mac = MacAddress::parse(cell("hwaddr"));
        if (!mac) mac = mac_of_duid(note.client_id);
        note.mac = mac.value_or(MacAddress{});
        take_state(note, out);
        return LineKind::Taken;
    }
    /// The file is a journal: a line replaces what an earlier one said of its address.
    void take_state(DhcpNote& note, EventBatch& out) {
        const LeaseState state = state_of(cell("state"));
        if (state == LeaseState::Bound && note.lease_seconds != 0) return leases_.bind(note, out);
        // Without a lifetime the lease was deleted; when, it does not say. Of a lease that ran out
        // it has the end, of one that was declined for how long it is put aside.
        if (state == LeaseState::Expired)
            note.time = note.time + Duration::seconds(note.lease_seconds);
        leases_.end(note, state == LeaseState::Bound ? LeaseState::Released : state, out);
    }

    std::vector<std::string> columns_;
    std::vector<std::string_view> cells_;  // of the line at hand
    NotedLeases leases_;
};

struct KeaMessage {
    std::string_view id;
    DhcpType type;
};

constexpr std::array kMessages{
    KeaMessage{"DHCP4_LEASE_ADVERT", kDhcpOffer}, KeaMessage{"DHCP4_LEASE_OFFER", kDhcpOffer},
    KeaMessage{"DHCP4_LEASE_ALLOC", kDhcpAck},    KeaMessage{"DHCP4_LEASE_REUSE", kDhcpAck},
    KeaMessage{"DHCP4_RELEASE ", kDhcpRelease},   KeaMessage{"DHCP4_DECLINE_LEASE", kDhcpDecline},
};

/// "... lease 192.0.2.10 has been allocated for 3600 seconds", "address 192.0.2.10 was released
/// properly": the first word that is an address.
IpAddress address_in(std::string_view text) noexcept {
    while (!text.empty()) {
        std::string_view word = next_word(text);
        while (!word.empty() && (word.back() == ',' || word.back() == '.'))
            word.remove_suffix(1);
        if (const auto address = IpAddress::parse(word)) return *address;
        if (word.empty()) break;
    }
    return {};
}

class KeaLog final : public LogFormat {
  public:
    LineKind take(std::string_view line, EventBatch& out) override {
        const KeaMessage* message = nullptr;
        for (const KeaMessage& row : kMessages) {
            if (line.find(row.id) != line.npos) message = &row;
        }
        if (message == nullptr) return LineKind::Skipped;
        const auto time = parse_iso(line);
        if (!time) return damaged("no date and time at its beginning");
        DhcpNote note;
        note.time = *time;
        note.type = message->type;
        const auto mac = MacAddress::parse(mac_in(line));
        const std::string_view tail = line.substr(line.find(message->id) + message->id.size());
        const std::size_t colon = tail.find(": ");
        note.your_ip = address_in(colon == tail.npos ? tail : tail.substr(colon + 2));
        if (!mac || note.your_ip.is_unspecified()) return damaged("no hardware address or lease");
        note.mac = *mac;
        const std::string_view tid = between(line, "tid=0x", ":");
        (void)std::from_chars(tid.data(), tid.data() + tid.size(), note.transaction_id, 16);
        note.lease_seconds =
            parse_number<std::uint32_t>(between(line, " for ", " seconds")).value_or(0);
        if (note.type == kDhcpRelease || note.type == kDhcpDecline) note.client_ip = note.your_ip;
        add_message(note, out);
        leases_.follow(note, out);
        return LineKind::Taken;
    }
    void remember(std::string_view line) override {
        (void)take(line, stored_);
        stored_.clear();
    }

  private:
    /// "[hwtype=1 08:00:2b:02:3f:4e]".
    static std::string_view mac_in(std::string_view line) noexcept {
        const std::string_view inside = between(line, "[hwtype=", "]");
        const std::size_t blank = inside.find(' ');
        return blank == inside.npos ? std::string_view() : inside.substr(blank + 1);
    }

    NotedLeases leases_;
    EventBatch stored_;
};

}  // namespace

std::unique_ptr<LogFormat> make_kea_leases(const FileFacts&) {
    return std::make_unique<KeaLeases>();
}

std::unique_ptr<LogFormat> make_kea_log(const FileFacts&) {
    return std::make_unique<KeaLog>();
}

}  // namespace vedette::importer
