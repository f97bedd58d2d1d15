// What must hold for every message that inspect() has read, whatever its bytes. Shared by the
// battery and the fuzzer.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.hpp"
#include "wire/dns/message.hpp"

namespace vedette::wire::dns::test {

using Bytes = std::vector<std::uint8_t>;

inline void put16(Bytes& out, unsigned value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}

inline void put(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// The name at `offset`, which inspect() found sound.
inline void put_name(Bytes& out, ByteView message, std::uint32_t offset) {
    NameBuffer name;
    VEDETTE_ASSERT(expand_name(message, offset, name));
    VEDETTE_ASSERT(is_wire_name(name.view()));
    VEDETTE_ASSERT(measure_name(message, offset).length == name.length);
    put(out, name.view());
}

/// The readable part of a message without compression.
inline Bytes rebuild(const MessageView& view) {
    static std::vector<std::uint8_t> buffer(kMaxExpandedRdata);
    const ByteView message = view.bytes();
    Bytes out;
    put16(out, view.header().id);
    put16(out, view.header().flags);
    put16(out, view.questions_read());
    std::array<unsigned, 3> seen{};
    for (const Section s : {Section::Answer, Section::Authority, Section::Additional}) {
        put16(out, view.records_read(s));
    }
    QuestionCursor questions = view.questions();
    unsigned count = 0;
    for (QuestionView question; questions.next(question); ++count) {
        put_name(out, message, question.name_offset);
        put16(out, question.type);
        put16(out, question.qclass);
    }
    VEDETTE_ASSERT(count == view.questions_read());
    RecordCursor records = view.records();
    for (RecordView record; records.next(record);) {
        ++seen[static_cast<std::size_t>(record.section) - 1];
        VEDETTE_ASSERT(record.rdata_offset + record.rdata.size() <= message.size());
        put_name(out, message, record.owner_offset);
        put16(out, record.type);
        put16(out, record.rclass);
        put16(out, record.ttl >> 16U);
        put16(out, record.ttl & 0xffffU);
        ByteView rdata = expand_rdata(message, record, buffer);
        VEDETTE_ASSERT(rdata.size() <= kMaxExpandedRdata);
        if (rdata.size() > 0xffff) rdata = rdata.first(0xffff);
        put16(out, static_cast<unsigned>(rdata.size()));
        put(out, rdata);
    }
    for (const Section s : {Section::Answer, Section::Authority, Section::Additional}) {
        VEDETTE_ASSERT(seen[static_cast<std::size_t>(s) - 1] == view.records_read(s));
    }
    return out;
}

inline bool is_sound(const MessageView& view) {
    return info(view.damage().id).severity == Severity::Info;
}

inline void check_invariants(ByteView message, Dialect dialect) {
    const MessageView view = MessageView::inspect(message, dialect);
    VEDETTE_ASSERT(view.damage().offset <= message.size());
    VEDETTE_ASSERT(view.has_header() == (message.size() >= kHeaderBytes));
    if (!view.has_header()) return;
    VEDETTE_ASSERT(view.questions_read() <= view.header().counts[0]);
    if (view.questions_read() > 0)
        VEDETTE_ASSERT(is_wire_name(view.question_name()));
    else
        VEDETTE_ASSERT(view.question_name().empty());

    const Bytes once = rebuild(view);
    // NetBIOS RDATA is not held against the shapes of DNS types.
    if (!is_sound(view) || dialect == Dialect::NetBios) return;
    // A sound message says the same without compression, and rebuilding it changes nothing more.
    const MessageView again = MessageView::inspect(once, dialect);
    VEDETTE_ASSERT(is_sound(again) || once.size() > 0xffff);
    VEDETTE_ASSERT(hash_name(view.question_name()) == hash_name(again.question_name()));
    if (is_sound(again)) VEDETTE_ASSERT(std::ranges::equal(once, rebuild(again)));
}

}  // namespace vedette::wire::dns::test
