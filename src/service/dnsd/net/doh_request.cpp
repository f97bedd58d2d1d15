#include "service/dnsd/net/doh_request.hpp"

#include <algorithm>

#include "service/dnsd/zone/rr_type.hpp"
#include "wire/dns/message.hpp"

namespace vedette::dnsd {
namespace {

int base64url_value(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-') return 62;
    return c == '_' ? 63 : -1;
}

/// The value of a parameter in "a=b&c=d"; empty when it is not there.
std::string_view parameter(std::string_view query, std::string_view name) noexcept {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
            return pair.substr(name.size() + 1);
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return {};
}

}  // namespace

bool decode_base64url(std::string_view text, std::vector<std::uint8_t>& out) {
    out.clear();
    while (text.ends_with('='))
        text.remove_suffix(1);  // RFC 8484 6 forbids it; clients do it
    if (text.size() % 4 == 1) return false;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const int value = base64url_value(c);
        if (value < 0) return false;
        bits = bits << 6U | static_cast<unsigned>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out.push_back(static_cast<std::uint8_t>(bits >> count));
        }
    }
    return true;
}

int read_doh_request(const DohRequest& request, std::vector<std::uint8_t>& query) {
    const std::string_view path = request.path;
    const std::size_t mark = std::min(path.find('?'), path.size());
    if (path.substr(0, mark) != kDohPath) return 404;
    if (request.method == "POST") {
        if (!std::string_view(request.content_type).starts_with(kDohMediaType)) return 415;
        if (request.body.size() > kMaxDohBodyBytes) return 413;
        query = request.body;
    } else if (request.method == "GET") {
        const std::string_view rest = path.substr(std::min(mark + 1, path.size()));
        const std::string_view text = parameter(rest, "dns");
        if (text.empty() || !decode_base64url(text, query)) return 400;
        if (query.size() > kMaxDohBodyBytes) return 413;
    } else {
        return 405;
    }
    return query.empty() ? 400 : 200;
}

std::uint32_t freshness_seconds(ByteView message) noexcept {
    const auto view = wire::dns::MessageView::inspect(message);
    auto records = view.records();
    wire::dns::RecordView record;
    std::uint32_t least = UINT32_MAX;
    while (records.next(record)) {
        if (record.type != rr::kOpt) least = std::min(least, record.ttl);
    }
    return least == UINT32_MAX ? 0 : least;
}

}  // namespace vedette::dnsd
