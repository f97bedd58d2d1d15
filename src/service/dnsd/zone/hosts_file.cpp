#include "service/dnsd/zone/hosts_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "model/address.hpp"
#include "render/name_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::string_view kSpace = " \t\r\v\f";

/// Takes the next word off the line; empty at its end.
std::string_view take_word(std::string_view& line) noexcept {
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kSpace));
    line.remove_prefix(word.size());
    return word;
}

Result<std::uint64_t> read_line(std::string_view line, std::uint32_t ttl,
                                const RecordVisitor& visit) {
    line = line.substr(0, line.find('#'));
    const std::string_view word = take_word(line);
    // An address of one link (fe80::1%eth0) means nothing to who asks from elsewhere.
    if (word.empty() || word.contains('%')) return 0;
    const auto address = IpAddress::parse(word);
    if (!address) return fail(ErrorKind::InvalidInput, fmt::format("'{}' is no address", word));
    const std::uint16_t type = address->is_v4() ? rr::kA : rr::kAaaa;
    std::uint64_t count = 0;
    for (std::string_view host = take_word(line); !host.empty(); host = take_word(line), ++count) {
        const auto name = render::parse_name(host);
        if (!name) return fail(ErrorKind::InvalidInput, name.error().text);
        VEDETTE_TRY(visit({name->view(), type, ttl, address->bytes()}));
    }
    if (count == 0)
        return fail(ErrorKind::InvalidInput, fmt::format("no name behind the address '{}'", word));
    return count;
}

}  // namespace

Result<std::uint64_t> read_hosts_text(std::string_view text, const std::string& name,
                                      std::uint32_t ttl, const RecordVisitor& visit) {
    std::uint64_t count = 0;
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        auto read = read_line(text.substr(0, end), ttl, visit);
        if (!read) return fail(std::move(read.error()), fmt::format("{}:{}", name, number));
        count += *read;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return count;
}

Result<std::uint64_t> read_hosts_file(const std::string& path, std::uint32_t ttl,
                                      const RecordVisitor& visit) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return fail(ErrorKind::NotFound,
                    fmt::format("cannot open {}: {}", path, std::strerror(errno)));
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return read_hosts_text(text, path, ttl, visit);
}

}  // namespace vedette::dnsd
