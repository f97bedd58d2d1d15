#include "wire/dhcp/dhcp6.hpp"

#include <algorithm>

#include "wire/dhcp/domain.hpp"
#include "wire/dhcp/option_values.hpp"
#include "wire/dhcp/options.hpp"

namespace vedette::wire::dhcp {
namespace {

constexpr std::uint8_t kLastType = 38;  // IANA dhcpv6-parameters: ADDR-REG-REPLY (RFC 9686) is 37

enum Code : std::uint16_t {
    kClientId = 1,
    kServerId = 2,
    kIaNa = 3,
    kIaTa = 4,
    kIaAddress = 5,
    kRelayMessage = 9,
    kStatusCode = 13,
    kUserClass = 15,
    kVendorClass = 16,
    kDomainSearch = 24,
    kIaPd = 25,
    kIaPrefix = 26,
    kRelayId = 53,
    kClientFqdn = 39,
};

// In the order of MessageView6::relay_options_.
constexpr std::array<std::uint16_t, 4> kRelayOptions{79, 37, 18, 38};

constexpr std::size_t kIaHeader = 12;       // IAID, T1, T2
constexpr std::size_t kIaTaHeader = 4;      // IAID
constexpr std::size_t kAddressHeader = 24;  // address, preferred, valid
constexpr std::size_t kPrefixHeader = 25;   // preferred, valid, length, prefix

/// Fixed bytes before the options inside an option; 0 when it holds none.
[[nodiscard]] std::size_t inner_options_at(std::uint16_t code) noexcept {
    switch (code) {
        case kIaNa:
        case kIaPd:
            return kIaHeader;
        case kIaTa:
            return kIaTaHeader;
        case kIaAddress:
            return kAddressHeader;
        case kIaPrefix:
            return kPrefixHeader;
        default:
            return 0;
    }
}

[[nodiscard]] AnomalyId value_anomaly(const Option6& option) noexcept {
    if (!option6_info(option.code).allows(option.data.size())) return AnomalyId::Dhcp6OptionLength;
    switch (option.code) {
        case kClientId:
        case kServerId:
        case kRelayId:
            return Duid::of(option.data).sound ? AnomalyId::None : AnomalyId::Dhcp6Duid;
        case kUserClass:
            return is_sound_parts(option.data) ? AnomalyId::None : AnomalyId::Dhcp6OptionLength;
        case kVendorClass:
            return is_sound_parts(option.data.subspan(4)) ? AnomalyId::None
                                                          : AnomalyId::Dhcp6OptionLength;
        case kDomainSearch:
            return is_sound_domain_list(option.data, DomainCompression::Forbidden)
                       ? AnomalyId::None
                       : AnomalyId::Dhcp6Name;
        case kClientFqdn:
            return ClientFqdn::of_option39(option.data).sound ? AnomalyId::None
                                                              : AnomalyId::Dhcp6Name;
        default:
            return AnomalyId::None;
    }
}

}  // namespace

bool OptionCursor6::next(Option6& option) noexcept {
    if (reader_.at_end()) return false;
    at_ = reader_.offset();
    option.code = reader_.u16();
    const std::uint16_t length = reader_.u16();
    option.data = reader_.bytes(length);
    return reader_.ok();
}

bool BindingCursor::next(Binding& binding) noexcept {
    while (true) {
        for (Option6 option; inner_.next(option);) {
            const bool prefix = option.code == kIaPrefix;
            if (option.code != kIaAddress && !prefix) continue;
            Reader in{option.data};
            binding = shared_;
            if (!prefix) binding.address = in.bytes(16);
            binding.preferred_seconds = in.u32();
            binding.valid_seconds = in.u32();
            if (prefix) {
                binding.kind = BindingKind::Prefix;
                binding.prefix_length = in.u8();
                binding.address = in.bytes(16);
            }
            if (in.ok()) return true;
        }
        Option6 option;
        if (!outer_.next(option)) return false;
        if (option.code != kIaNa && option.code != kIaTa && option.code != kIaPd) continue;
        Reader in{option.data};
        shared_ = {};
        shared_.iaid = in.u32();
        if (option.code == kIaTa) {
            shared_.kind = BindingKind::Temporary;
        } else {
            shared_.renewal_seconds = in.u32();
            shared_.rebinding_seconds = in.u32();
        }
        inner_ = OptionCursor6(in.rest());
    }
}

/// Fills a view, envelope by envelope.
class Inspector6 {
  public:
    Inspector6(MessageView6& view, ByteView message, std::uint32_t missing) noexcept
        : view_(view), message_(message), missing_(missing) {}

    void run() noexcept {
        ByteView inner = message_;
        view_.outer_type_ = message_.empty() ? std::uint8_t{0} : message_[0];
        while (is_relay(inner)) {
            if (view_.relays_ == kMaxRelays) return report(AnomalyId::Dhcp6RelayDepth, inner, 0);
            ++view_.relays_;
            const ByteView next = read_relay(inner);
            if (next.empty()) return;
            inner = next;
        }
        read_message(inner);
    }

  private:
    [[nodiscard]] static bool is_relay(ByteView message) noexcept {
        return !message.empty() && (message[0] == kRelayForward || message[0] == kRelayReply);
    }
    [[nodiscard]] std::size_t offset_of(ByteView part) const noexcept {
        return part.empty() ? message_.size()
                            : static_cast<std::size_t>(part.data() - message_.data());
    }
    void report(AnomalyId id, ByteView part, std::size_t at) noexcept {
        (info(id).severity == Severity::Info ? view_.oddity_ : view_.damage_)
            .report(id, offset_of(part) + at);
    }
    void report_cut(AnomalyId id, ByteView part, std::size_t at) noexcept {
        report(missing_ != 0 ? AnomalyId::Dhcp6CaptureCut : id, part, at);
    }

    // RFC 8415 section 9. Gives the message inside, or nothing.
    ByteView read_relay(ByteView relay) noexcept {
        Reader in{relay};
        view_.type_ = in.u8();
        in.skip(1);
        const ByteView link = in.bytes(16);
        const ByteView peer = in.bytes(16);
        if (!in.ok()) return report_cut(AnomalyId::Dhcp6Truncated, relay, 0), ByteView{};
        if (view_.relays_ == 1) view_.relay_link_ = link;
        view_.relay_peer_ = peer;
        view_.relay_options_ = {};
        const ByteView options = in.rest();
        OptionCursor6 cursor(options);
        ByteView inside;
        for (Option6 option; cursor.next(option);) {
            check(option, options, cursor.at());
            if (option.code == kRelayMessage && inside.empty()) inside = option.data;
            for (std::size_t i = 0; i < kRelayOptions.size(); ++i) {
                if (option.code == kRelayOptions[i]) view_.relay_options_[i] = option.data;
            }
        }
        if (cursor.damaged()) {
            report_cut(AnomalyId::Dhcp6OptionCut, options, cursor.at());
        } else if (inside.empty()) {
            report_cut(AnomalyId::Dhcp6RelayEmpty, relay, 0);
        }
        return inside;
    }

    // RFC 8415 section 8.
    void read_message(ByteView message) noexcept {
        Reader in{message};
        view_.type_ = in.u8();
        view_.transaction_id_ = std::uint32_t{in.u8()} << 16U;
        view_.transaction_id_ |= in.u16();
        if (!in.ok()) return report_cut(AnomalyId::Dhcp6Truncated, message, 0);
        if (view_.type_ == 0 || view_.type_ > kLastType) {
            report(AnomalyId::Dhcp6UnknownType, message, 0);
        }
        const ByteView options = in.rest();
        view_.options_ = options;
        read_options(options);
    }

    // IA options hold addresses, addresses hold status codes: three levels, no more.
    void read_options(ByteView options) noexcept {
        OptionCursor6 first(options);
        for (Option6 ia; first.next(ia);) {
            check(ia, options, first.at());
            const ByteView inside = inner_options(ia);
            OptionCursor6 second(inside);
            for (Option6 address; second.next(address);) {
                check(address, inside, second.at());
                const ByteView deepest = inner_options(address);
                OptionCursor6 third(deepest);
                for (Option6 option; third.next(option);)
                    check(option, deepest, third.at());
                check_end(third, deepest);
            }
            check_end(second, inside);
        }
        check_end(first, options);
    }

    [[nodiscard]] static ByteView inner_options(const Option6& option) noexcept {
        const std::size_t at = inner_options_at(option.code);
        return at == 0 || option.data.size() <= at ? ByteView{} : option.data.subspan(at);
    }

    void check(const Option6& option, ByteView options, std::size_t at) noexcept {
        if (const AnomalyId id = value_anomaly(option); id != AnomalyId::None) {
            report(id, options, at);
        }
        if (option.code != kStatusCode || option.data.size() < 2 || have_status_) return;
        Reader in{option.data};
        view_.status_ = in.u16();
        view_.status_text_ = in.rest();
        have_status_ = options.data() == view_.options_.data() || view_.status_ != 0;
    }

    void check_end(const OptionCursor6& cursor, ByteView options) noexcept {
        if (cursor.damaged()) report_cut(AnomalyId::Dhcp6OptionCut, options, cursor.at());
    }

    MessageView6& view_;
    ByteView message_;
    std::uint32_t missing_;
    bool have_status_ = false;
};

MessageView6 MessageView6::inspect(ByteView message, std::uint32_t missing) noexcept {
    MessageView6 view;
    Inspector6(view, message, missing).run();
    return view;
}

ByteView MessageView6::find(std::uint16_t code) const noexcept {
    OptionCursor6 cursor(options_);
    for (Option6 option; cursor.next(option);) {
        if (option.code == code) return option.data;
    }
    return {};
}

bool MessageView6::has(std::uint16_t code) const noexcept {
    OptionCursor6 cursor(options_);
    for (Option6 option; cursor.next(option);) {
        if (option.code == code) return true;
    }
    return false;
}

ByteView MessageView6::client_link_mac() const noexcept {
    Reader in{client_link_layer()};
    const std::uint16_t hardware = in.u16();
    const ByteView address = in.rest();
    return (hardware == 1 || hardware == 6) && address.size() == 6 ? address : ByteView{};
}

}  // namespace vedette::wire::dhcp
