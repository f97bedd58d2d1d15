// DNS messages for the tests, fuzzers and benchmarks of decode/.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace vedette::decode::test {

using Bytes = std::vector<std::uint8_t>;

inline void put16(Bytes& out, unsigned value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}

/// "www.example.com" without escapes; "" is the root.
inline void put_name(Bytes& out, std::string_view name) {
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        out.push_back(static_cast<std::uint8_t>(label.size()));
        out.insert(out.end(), label.begin(), label.end());
        name.remove_prefix(label.size() < name.size() ? label.size() + 1 : label.size());
    }
    out.push_back(0);
}

inline Bytes header(unsigned id, unsigned flags, unsigned questions, unsigned answers) {
    Bytes out;
    for (const unsigned value : {id, flags, questions, answers, 0U, 0U})
        put16(out, value);
    return out;
}

inline Bytes query(unsigned id, std::string_view name, unsigned type = 1) {
    Bytes out = header(id, 0x0100, 1, 0);
    put_name(out, name);
    put16(out, type);
    put16(out, 1);
    return out;
}

/// A record whose owner is the question's name.
inline void put_record(Bytes& out, unsigned type, const Bytes& rdata) {
    put16(out, 0xc00c);
    put16(out, type);
    put16(out, 1);
    put16(out, 0);
    put16(out, 300);
    put16(out, static_cast<unsigned>(rdata.size()));
    out.insert(out.end(), rdata.begin(), rdata.end());
}

/// An answer with one A record.
inline Bytes answer(unsigned id, std::string_view name, unsigned type = 1) {
    Bytes out = query(id, name, type);
    out[2] = 0x81;
    out[3] = 0x80;
    out[7] = 1;
    put_record(out, 1, {192, 0, 2, 1});
    return out;
}

}  // namespace vedette::decode::test
