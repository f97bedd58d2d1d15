// For tests: answers as resolvers give them.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "detect/answer/answer_content.hpp"

namespace vedette::detect {

struct TestAnswer {
    const char* name = "www.example.com";
    std::uint16_t qtype = kTypeA;
    std::uint8_t rcode = 0;
    const char* alias = nullptr;  ///< the name is an alias of this one
    std::vector<const char*> addresses = {};
};

inline std::vector<std::uint8_t> test_name(std::string_view text) {
    std::vector<std::uint8_t> wire;
    while (!text.empty()) {
        const std::string_view label = text.substr(0, text.find('.'));
        wire.push_back(static_cast<std::uint8_t>(label.size()));
        wire.insert(wire.end(), label.begin(), label.end());
        text.remove_prefix(std::min(label.size() + 1, text.size()));
    }
    wire.push_back(0);
    return wire;
}

inline std::vector<std::uint8_t> test_message(const TestAnswer& answer) {
    std::vector<std::uint8_t> out{
        0, 1, 0x81, static_cast<std::uint8_t>(0x80 | answer.rcode), 0, 1, 0, 0, 0, 0, 0, 0};
    const auto append = [&](const std::vector<std::uint8_t>& bytes) {
        out.insert(out.end(), bytes.begin(), bytes.end());
    };
    const auto type = static_cast<std::uint8_t>(answer.qtype);
    append(test_name(answer.name));
    append({0, type, 0, 1});
    std::vector<std::uint8_t> owner{0xc0, 12};
    if (answer.alias != nullptr) {
        owner = test_name(answer.alias);
        append({0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, static_cast<std::uint8_t>(owner.size())});
        append(owner);
        ++out[7];
    }
    for (const char* const text : answer.addresses) {
        const IpAddress address = *IpAddress::parse(text);
        const ByteView data = address.bytes();
        append(owner);
        append({0, type, 0, 1, 0, 0, 0, 60, 0, static_cast<std::uint8_t>(data.size())});
        append({data.begin(), data.end()});
        ++out[7];
    }
    return out;
}

}  // namespace vedette::detect
