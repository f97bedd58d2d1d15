#include "model/policy/policy.hpp"

#include <algorithm>

#include "model/vendor/vendor.hpp"

namespace vedette {
namespace {

constexpr std::uint64_t kOuiSize = 1ULL << 24U;

}  // namespace

Policy::Policy(std::vector<PolicyEntry> entries, PolicyModes modes, Timestamp now) : modes_(modes) {
    for (const PolicyMode& mode : modes_) {
        if (mode.learning(now)) note_change(mode.learn_until, now);
    }
    for (PolicyEntry& entry : entries) {
        if (entry.verdict == PolicyVerdict::Proposed || !entry.holds(now)) continue;
        note_change(entry.expires, now);
        entries_.push_back(std::move(entry));
    }
    std::vector<IpTable::Range> addresses;
    std::vector<MacTable::Range> ouis;
    std::vector<MacTable::Range> macs;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        const PolicySubject& subject = entries_[i].subject;
        const std::uint64_t mac = subject.mac.to_u64();
        switch (subject.match) {
            case PolicyMatch::Prefix:
                addresses.push_back({subject.prefix.first(), subject.prefix.last(), i});
                break;
            case PolicyMatch::Name:
                names_.emplace_back(subject.text, i);
                break;
            case PolicyMatch::Mac:
                macs.push_back({mac, mac, i});
                break;
            case PolicyMatch::Oui:
                ouis.push_back({mac, mac + kOuiSize - 1, i});
                break;
            case PolicyMatch::Vendor:
                add_vendor(subject, i);
                break;
        }
    }
    addresses_ = IpTable(std::move(addresses));
    ouis.insert(ouis.end(), macs.begin(), macs.end());
    macs_ = MacTable(std::move(ouis));
    std::ranges::sort(names_);
}

void Policy::note_change(Timestamp time, Timestamp now) noexcept {
    if (!time.known() || time <= now) return;
    if (!changes_at_.known() || time < changes_at_) changes_at_ = time;
}

void Policy::add_vendor(const PolicySubject& subject, std::uint32_t entry) {
    if (vendors_.empty()) vendors_.assign(vendor_count(), MacTable::kNone);
    for (std::uint32_t id = 1; id < vendor_count(); ++id) {
        if (covers_vendor(subject, vendor_name(static_cast<VendorId>(id)))) vendors_[id] = entry;
    }
}

const PolicyEntry* Policy::resolver(const IpAddress& address) const noexcept {
    return at(addresses_.find(address));
}

const PolicyEntry* Policy::resolver_name(std::string_view name) const noexcept {
    while (!names_.empty() && !name.empty()) {
        const auto found = std::ranges::lower_bound(
            names_, name, {}, &std::pair<std::string_view, std::uint32_t>::first);
        if (found != names_.end() && found->first == name) return at(found->second);
        const std::size_t dot = name.find('.');
        name = dot == std::string_view::npos ? "" : name.substr(dot + 1);
    }
    return nullptr;
}

const PolicyEntry* Policy::client(const MacAddress& mac) const noexcept {
    if (const PolicyEntry* const entry = at(macs_.find(mac.to_u64()))) return entry;
    return vendors_.empty() ? nullptr : at(vendors_[find_vendor(mac)]);
}

bool Policy::idle() const noexcept {
    return entries_.empty() &&
           std::ranges::none_of(modes_, [](const PolicyMode& mode) { return mode.allow_list; });
}

}  // namespace vedette
