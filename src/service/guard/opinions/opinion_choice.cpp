#include "service/guard/opinions/opinion_choice.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "detect/answer/answer_content.hpp"
#include "model/domain/registered_domain.hpp"
#include "wire/dns/message.hpp"

namespace vedette::service {
namespace {

namespace dns = wire::dns;
using namespace std::string_view_literals;

constexpr Duration kMinute = Duration::seconds(60);
constexpr std::uint16_t kClassIn = 1;
/// What stands before a registered domain and is longer may be data on its way out, which is not to
/// be carried further.
constexpr std::size_t kLongestPrefix = 64;

/// Never public: RFC 6761, RFC 6762, RFC 7686, RFC 8375 and the reverse trees, RFC 9476, and what
/// ICANN keeps free for networks of one's own.
constexpr std::array kPrivate{"\4arpa\0"sv,      "\5local\0"sv,   "\11localhost\0"sv, "\4test\0"sv,
                              "\7invalid\0"sv,   "\7example\0"sv, "\5onion\0"sv,      "\3alt\0"sv,
                              "\10internal\0"sv, "\4home\0"sv,    "\4corp\0"sv,       "\4mail\0"sv};

/// Whether `name` is `suffix` or below it; both in wire form.
bool lies_under(ByteView name, ByteView suffix) noexcept {
    while (name.size() > suffix.size()) {
        name = name.subspan(std::min<std::size_t>(name.size(), 1U + name[0]));
    }
    return name.size() == suffix.size() && dns::equal_names(name, suffix);
}

}  // namespace

OpinionChoice::OpinionChoice(OpinionLimits limits, std::vector<IpAddress> resolvers,
                             std::vector<dns::NameBuffer> except)
    : limits_(limits),
      resolvers_(std::move(resolvers)),
      except_(std::move(except)),
      asked_(limits.max_names) {}

bool OpinionChoice::is_of_interest(const DnsTransaction& event) const noexcept {
    if (event.protocol != DnsProtocol::Dns || event.kind != TransactionKind::Matched) return false;
    if (event.qtype != detect::kTypeA && event.qtype != detect::kTypeAaaa) return false;
    // Who asks without RD is a resolver, and its answers come from the name's own servers.
    if (event.qclass != kClassIn || (event.query_flags & dns::kFlagRd) == 0) return false;
    const auto asked = [&](const IpAddress& address) {
        return std::ranges::find(resolvers_, address) != resolvers_.end();
    };
    return !asked(event.client) && !asked(event.server);
}

bool OpinionChoice::is_private(ByteView qname) const noexcept {
    const RegisteredDomain split = find_registered_domain(qname);
    if (!split.listed || split.domain.empty() || split.prefix.size() > kLongestPrefix) return true;
    if (std::ranges::any_of(kPrivate, [&](std::string_view suffix) {
            return lies_under(qname, as_bytes(suffix));
        })) {
        return true;
    }
    return std::ranges::any_of(
        except_, [&](const dns::NameBuffer& suffix) { return lies_under(qname, suffix.view()); });
}

bool OpinionChoice::is_fresh(std::uint64_t key, Timestamp now, Duration again) {
    const Asked& before = asked_.at(key);
    return !before.used() || now - before.time >= again || now < before.time;
}

bool OpinionChoice::has_room(Timestamp now) noexcept {
    if (!minute_.known() || now - minute_ >= kMinute || now < minute_) {
        minute_ = now;
        in_minute_ = 0;
    }
    return in_minute_ < limits_.per_minute;
}

bool OpinionChoice::take(const DnsTransaction& event, ByteView qname, ByteView message) {
    if (!is_of_interest(event) || qname.empty() || is_private(qname)) return false;
    const Timestamp now = event.response_time;
    if (!has_room(now)) return false;
    const std::uint64_t server = IpHash{}(event.server);
    const std::uint64_t name = mix64(dns::hash_name(qname) ^ server ^ event.qtype);
    const std::uint64_t domain =
        mix64(dns::hash_name(find_registered_domain(qname).domain) * 3U ^ server);
    if (!is_fresh(name, now, limits_.name_again)) return false;
    if (!is_fresh(domain, now, limits_.domain_again)) return false;
    const detect::AnswerContent seen = detect::read_answer(message, event.qtype);
    if (seen.outcome == detect::AnswerOutcome::Unusable) return false;
    // A name that leads inside is this network's own, and one without an IPv6 address is ordinary.
    if (!seen.is_public() && !seen.is_blocked()) return false;
    if (seen.outcome == detect::AnswerOutcome::NoAddress && event.qtype == detect::kTypeAaaa) {
        return false;
    }
    asked_.at(name).time = now;
    asked_.at(domain).time = now;
    ++in_minute_;
    return true;
}

}  // namespace vedette::service
