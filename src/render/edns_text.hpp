// EDNS as text (RFC 6891): the fixed part and every option, those with a known content spelled out
// as dig does: client subnet, cookie, extended errors, padding, NSID, dnsmasq's client MAC.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "wire/dns/message.hpp"

namespace vedette::render {

/// One option: its word ("CLIENT-SUBNET", "OPT=65001") and its content.
struct EdnsOption {
    std::uint16_t code = 0;
    std::string word;
    std::string text;
};

/// The options in order; those after a damaged one are left out.
[[nodiscard]] std::vector<EdnsOption> edns_options(ByteView options);

/// One line: `version: 0, flags: do, udp: 1232, COOKIE: 0102030405060708`. Nothing when absent.
void append_edns(std::string& out, const wire::dns::EdnsView& edns);

}  // namespace vedette::render
