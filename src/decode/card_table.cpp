#include "decode/card_table.hpp"

#include <algorithm>

#include "decode/lease_history.hpp"

namespace vedette::decode {

CardTable::Card& CardTable::obtain(const MacAddress& mac) {
    return cards_.at(cards_.obtain(mac, [](const MacAddress&, const Card&) {}));
}

bool CardTable::judge(Card& card) noexcept {
    const bool before = card.forwards();
    card.gateway = card.evidence_count >= gateway_addresses_;
    return card.forwards() != before;
}

bool CardTable::add_evidence(Timestamp time, const MacAddress& mac, std::uint32_t address_hash) {
    Card& card = obtain(mac);
    Evidence* const begin = card.evidence.data();
    Evidence* end = begin + card.evidence_count;
    Evidence* known =
        std::find_if(begin, end, [&](const Evidence& e) { return e.address_hash == address_hash; });
    if (known != end) {
        known->seen = time;
        return false;
    }
    // A card that is no gateway yet is judged by what happened lately: a laptop that changed
    // networks in a day-long capture is not one.
    if (!card.gateway) {
        end = std::remove_if(begin, end,
                             [&](const Evidence& e) { return time - e.seen > kEvidenceWindow; });
    }
    if (end == begin + kMaxEvidence) {
        *std::min_element(begin, end, [](const Evidence& a, const Evidence& b) {
            return a.seen < b.seen;
        }) = {time, address_hash};
    } else {
        *end++ = {time, address_hash};
    }
    card.evidence_count = static_cast<std::uint8_t>(end - begin);
    return judge(card);
}

bool CardTable::remove_evidence(const MacAddress& mac, std::uint32_t address_hash) {
    const std::uint32_t slot = cards_.peek(mac);
    if (slot == cards_.kNoSlot) return false;
    Card& card = cards_.at(slot);
    Evidence* const begin = card.evidence.data();
    Evidence* const end =
        std::remove_if(begin, begin + card.evidence_count,
                       [&](const Evidence& e) { return e.address_hash == address_hash; });
    card.evidence_count = static_cast<std::uint8_t>(end - begin);
    return judge(card);
}

bool CardTable::mark_router(const MacAddress& mac) {
    Card& card = obtain(mac);
    const bool before = card.forwards();
    card.named_router = true;
    return !before;
}

bool CardTable::is_gateway(const MacAddress& mac) const noexcept {
    const std::uint32_t slot = cards_.peek(mac);
    return slot != cards_.kNoSlot && cards_.at(slot).forwards();
}

bool CardTable::set_name(Timestamp time, const MacAddress& mac, std::string_view name) {
    if (name.empty()) return false;
    Card& card = obtain(mac);
    name = name.substr(0, LeaseHistory::kMaxHostName);
    if (card.name == name) return false;
    card.name = name;
    card.name_time = time;
    return true;
}

std::uint32_t CardTable::find_named(Timestamp time, const MacAddress& mac) const noexcept {
    const std::uint32_t slot = cards_.peek(mac);
    if (slot == cards_.kNoSlot) return slot;
    const Card& card = cards_.at(slot);
    return !card.name.empty() && card.name_time <= time ? slot : cards_.kNoSlot;
}

std::string_view CardTable::name_at(std::uint32_t slot, const MacAddress& mac) const noexcept {
    return cards_.holds(slot, mac) ? std::string_view(cards_.at(slot).name) : std::string_view();
}

}  // namespace vedette::decode
