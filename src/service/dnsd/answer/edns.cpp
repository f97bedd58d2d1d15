#include "service/dnsd/answer/edns.hpp"

#include <algorithm>

namespace vedette::dnsd {
namespace {

constexpr std::size_t kOptFixedBytes = 11;
constexpr std::size_t kOptionHeaderBytes = 4;
constexpr std::uint16_t kOptionNsid = 3;
constexpr std::uint16_t kOptionCookie = 10;
constexpr std::uint16_t kOptionPadding = 12;
constexpr std::uint16_t kOptionExtendedError = 15;
constexpr std::size_t kCookieBytes = 8 + kServerCookieBytes;
constexpr std::size_t kPaddingBlock = 468;  // RFC 8467 4.1
constexpr std::uint16_t kDnssecOk = 0x8000;

bool wants_nsid(const AnswerOptions& options) noexcept {
    return options.query->edns.wants_nsid && !options.settings->nsid.empty();
}

bool wants_cookie(const AnswerOptions& options) noexcept {
    return options.query->edns.cookie.present && options.settings->cookies;
}

void put_cookie(const AnswerOptions& options, MessageWriter& writer) noexcept {
    const QueryCookie& cookie = options.query->edns.cookie;
    const ServerCookie made =
        make_server_cookie(cookie.client, options.context.client, options.context.now,
                           options.settings->cookie_secret);
    (void)(writer.put_u16(kOptionCookie) && writer.put_u16(kCookieBytes) &&
           writer.put(cookie.client) && writer.put(made));
}

// Only where the size is what an eavesdropper has left to look at (RFC 8467 4).
void put_padding(MessageWriter& writer) noexcept {
    static constexpr std::array<std::uint8_t, kPaddingBlock> kZeros{};
    const std::size_t with_header = writer.size() + kOptionHeaderBytes;
    std::size_t padding = (kPaddingBlock - with_header % kPaddingBlock) % kPaddingBlock;
    if (writer.room() < kOptionHeaderBytes) return;
    padding = std::min(padding, writer.room() - kOptionHeaderBytes);
    (void)(writer.put_u16(kOptionPadding) && writer.put_u16(static_cast<std::uint16_t>(padding)) &&
           writer.put(ByteView(kZeros).first(padding)));
}

}  // namespace

std::size_t AnswerOptions::bytes() const noexcept {
    if (!query->edns.present) return 0;
    std::size_t total = kOptFixedBytes;
    if (wants_nsid(*this)) total += kOptionHeaderBytes + settings->nsid.size();
    if (wants_cookie(*this)) total += kOptionHeaderBytes + kCookieBytes;
    if (extended_error != ExtendedError::kNone) total += kOptionHeaderBytes + 2;
    return total;
}

void AnswerOptions::put(MessageWriter& writer) const noexcept {
    if (!query->edns.present) return;
    static constexpr std::array<std::uint8_t, 3> kRootOpt{0, 0, rr::kOpt};
    const auto upper = static_cast<std::uint16_t>((rcode >> 4U) << 8U);  // version 0
    (void)(writer.put(kRootOpt) && writer.put_u16(settings->udp_payload) && writer.put_u16(upper) &&
           writer.put_u16(query->edns.dnssec_ok ? kDnssecOk : 0));
    const std::size_t length_at = writer.size();
    (void)writer.put_u16(0);
    if (wants_nsid(*this)) {
        (void)(writer.put_u16(kOptionNsid) &&
               writer.put_u16(static_cast<std::uint16_t>(settings->nsid.size())) &&
               writer.put(as_bytes(settings->nsid)));
    }
    if (wants_cookie(*this)) put_cookie(*this, writer);
    if (extended_error != ExtendedError::kNone) {
        (void)(writer.put_u16(kOptionExtendedError) && writer.put_u16(2) &&
               writer.put_u16(extended_error));
    }
    if (query->edns.wants_padding && context.channel == Channel::EncryptedStream)
        put_padding(writer);
    const std::size_t length = writer.size() - length_at - 2;
    writer.bytes()[length_at] = static_cast<std::uint8_t>(length >> 8U);
    writer.bytes()[length_at + 1] = static_cast<std::uint8_t>(length);
}

}  // namespace vedette::dnsd
