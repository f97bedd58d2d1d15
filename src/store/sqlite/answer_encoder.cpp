#include "store/sqlite/answer_encoder.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "store/sqlite/index_keys.hpp"

namespace vedette::store {
namespace {

constexpr std::uint16_t kTypeOpt = 41;
/// TTL, then RDLENGTH, then RDATA (RFC 1035 4.1.3); before them name, TYPE, CLASS.
constexpr std::uint32_t kTtlBeforeRdata = 6;
constexpr std::uint32_t kClassBeforeRdata = 8;
/// Records whose places fit Known; longer answers are sorted anew each time.
constexpr std::size_t kOrderPlaces = 16;

/// Lively entries of each table; 16 bytes each, twice that while generations turn.
constexpr std::uint32_t kMessages = 1U << 17U;
constexpr std::uint32_t kRdata = 1U << 17U;
constexpr std::uint32_t kRecords = 1U << 17U;
constexpr std::uint32_t kAnswers = 1U << 17U;

wire::dns::Dialect dialect_of(DnsProtocol protocol) noexcept {
    switch (protocol) {
        case DnsProtocol::Mdns:
            return wire::dns::Dialect::Multicast;
        case DnsProtocol::Nbns:
            return wire::dns::Dialect::NetBios;
        default:
            return wire::dns::Dialect::Unicast;
    }
}

void append_number(std::string& out, std::uint32_t value) {
    std::array<char, 10> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

ByteView bytes_of(const std::vector<std::uint32_t>& numbers) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size() * 4};
}

}  // namespace

AnswerEncoder::AnswerEncoder(const Fingerprinter& print, NameDictionary& names, AnswerIds next)
    : print_(print),
      names_(names),
      next_(next),
      messages_(kMessages),
      rdata_(kRdata),
      records_(kRecords),
      answers_(kAnswers) {}

/// Copies the message without what differs between equal answers, and looks at its TTLs.
AnswerEncoder::Shape AnswerEncoder::prepare(ByteView message, DnsProtocol protocol) {
    using wire::dns::Section;
    Shape shape;
    const auto view = wire::dns::MessageView::inspect(message, dialect_of(protocol));
    if (!view.has_header()) return shape;
    const unsigned records = view.records_read(Section::Answer) +
                             view.records_read(Section::Authority) +
                             view.records_read(Section::Additional);
    if (records == (view.edns().present ? 1U : 0U)) return shape;
    scratch_.assign(message.begin(), message.end());
    std::memset(scratch_.data(), 0, 4);  // id and flags
    for (std::size_t i = 0; i < view.question_name().size(); ++i) {
        std::uint8_t& byte = scratch_[wire::dns::kHeaderBytes + i];
        if (static_cast<std::uint8_t>(byte - 'A') < 26) byte = static_cast<std::uint8_t>(byte + 32);
    }
    wire::dns::RecordCursor cursor = view.records();
    wire::dns::RecordView record;
    while (cursor.next(record)) {
        if (record.type == kTypeOpt) {
            std::memset(scratch_.data() + record.rdata_offset - kClassBeforeRdata, 0,
                        kClassBeforeRdata + record.rdata.size());
            continue;
        }
        std::memset(scratch_.data() + record.rdata_offset - kTtlBeforeRdata, 0, 4);
        if (!shape.has_records) shape.ttl = record.ttl;
        shape.uniform = shape.uniform && shape.ttl == record.ttl;
        shape.has_records = true;
    }
    if (!shape.has_records) return shape;
    shape.print = fingerprint(print_, Kind::Message, scratch_);
    messages_.prefetch(shape.print);
    return shape;
}

void AnswerEncoder::encode(ByteView message, DnsProtocol protocol, const Shape& shape, DnsRow& row,
                           WriteJob& job) {
    if (!shape.has_records) return;
    const Known* known = messages_.find(shape.print);
    if (known != nullptr && shape.uniform) {
        row.answers = known->answer;
        row.ttl = shape.ttl;
        return;
    }
    const auto view = wire::dns::MessageView::inspect(message, dialect_of(protocol));
    if (known != nullptr) {
        read_ttls(view);
        if (sort_ttls(*known)) {
            row.answers = known->answer;
            write_ttls(row, job);
            return;
        }
    }
    collect(view, job);
    Known fresh = sort_items();
    fresh.answer = row.answers = intern_set(job);
    if (known == nullptr) messages_.insert(shape.print, fresh);
    write_ttls(row, job);
}

void AnswerEncoder::read_ttls(const wire::dns::MessageView& view) {
    ttls_.clear();
    wire::dns::RecordCursor cursor = view.records();
    wire::dns::RecordView record;
    while (cursor.next(record)) {
        if (record.type != kTypeOpt) ttls_.push_back(record.ttl);
    }
}

/// Puts the TTLs of a message into the order of its set. False when the order does not fit Known.
bool AnswerEncoder::sort_ttls(const Known& known) {
    if (ttls_.size() > kOrderPlaces) return false;
    const std::uint64_t order = std::uint64_t{known.order_high} << 32U | known.order_low;
    sorted_ttls_.clear();
    for (std::size_t i = 0; i < ttls_.size(); ++i) {
        sorted_ttls_.push_back(ttls_[order >> 4U * i & 0xfU]);
    }
    ttls_.swap(sorted_ttls_);
    return true;
}

void AnswerEncoder::collect(const wire::dns::MessageView& view, WriteJob& job) {
    items_.clear();
    wire::dns::RecordCursor cursor = view.records();
    wire::dns::RecordView record;
    while (cursor.next(record)) {
        if (record.type == kTypeOpt) continue;
        const auto section = static_cast<std::uint8_t>(static_cast<unsigned>(record.section) - 1U);
        const auto place = static_cast<std::uint16_t>(items_.size());
        items_.push_back({intern_record(view.bytes(), record, job), record.ttl, place, section});
    }
}

/// Equal sets in different order (round robin) are one set; the order is told.
AnswerEncoder::Known AnswerEncoder::sort_items() {
    std::ranges::stable_sort(items_, [](const Item& a, const Item& b) {
        return a.section != b.section ? a.section < b.section : a.record < b.record;
    });
    ttls_.clear();
    std::uint64_t order = 0;
    for (const Item& item : items_) {
        if (ttls_.size() < kOrderPlaces) {
            order |= std::uint64_t{item.place & 0xfU} << 4U * ttls_.size();
        }
        ttls_.push_back(item.ttl);
    }
    return {0, static_cast<std::uint32_t>(order), static_cast<std::uint32_t>(order >> 32U)};
}

/// Most records belong to the name of the record before.
std::uint32_t AnswerEncoder::intern_owner(ByteView message, std::uint32_t offset, WriteJob& job) {
    wire::dns::NameBuffer owner;
    FoldedName folded;
    if (!wire::dns::expand_name(message, offset, owner)) owner.length = 0;
    fold_name(owner.view(), folded);
    if (owner_id_ == 0 || !std::ranges::equal(folded.view(), owner_.view())) {
        owner_id_ = names_.intern(folded, names_.prepare(folded), job).entry.id;
        owner_ = folded;
    }
    return owner_id_;
}

std::uint32_t AnswerEncoder::intern_record(ByteView message, const wire::dns::RecordView& record,
                                           WriteJob& job) {
    RecordEntry entry;
    entry.owner = intern_owner(message, record.owner_offset, job);
    entry.rdata = intern_rdata(record.type, printer_.expand(message, record), job);
    entry.type = record.type;
    entry.rclass = record.rclass;
    const std::array<std::uint32_t, 3> key{entry.owner, entry.rdata,
                                           std::uint32_t{entry.type} << 16U | entry.rclass};
    const Fingerprint print = fingerprint(
        print_, Kind::Record, {reinterpret_cast<const std::uint8_t*>(key.data()), sizeof key});
    if (const std::uint32_t* known = records_.find(print)) return *known;
    entry.id = next_.record++;
    job.records.push_back(entry);
    records_.insert(print, entry.id);
    return entry.id;
}

std::uint32_t AnswerEncoder::intern_rdata(std::uint16_t type, ByteView rdata, WriteJob& job) {
    // By its bytes first, which is quick; then by its text, which is what the file has.
    const Fingerprint wire_print = print_(rdata, std::uint64_t{type} << 8U | 0xffU);
    if (const std::uint32_t* known = rdata_.find(wire_print)) return *known;
    text_.clear();
    render::append_rdata(text_, type, rdata);
    const Fingerprint text_print = fingerprint(print_, Kind::Rdata, as_bytes(text_));
    std::uint32_t id = 0;
    if (const std::uint32_t* known = rdata_.find(text_print)) {
        id = *known;
    } else {
        id = next_.rdata++;
        job.rdata.push_back({id, job.bytes.append(text_)});
        rdata_.insert(text_print, id);
    }
    rdata_.insert(wire_print, id);
    return id;
}

Fingerprint AnswerEncoder::print_of_items() {
    std::vector<std::uint32_t> key;
    key.reserve(items_.size() + 3);
    for (std::uint8_t section = 0; section < 3; ++section) {
        key.push_back(0);  // no record has this id
        for (const Item& item : items_) {
            if (item.section == section) key.push_back(item.record);
        }
    }
    return fingerprint(print_, Kind::Answer, bytes_of(key));
}

std::uint32_t AnswerEncoder::intern_set(WriteJob& job) {
    const Fingerprint print = print_of_items();
    if (const std::uint32_t* known = answers_.find(print)) return *known;
    AnswerEntry entry;
    entry.id = next_.answer++;
    for (std::uint8_t section = 0; section < 3; ++section) {
        text_.clear();
        for (const Item& item : items_) {
            if (item.section != section) continue;
            text_ += text_.empty() ? '[' : ',';
            append_number(text_, item.record);
        }
        if (text_.empty()) continue;
        text_ += ']';
        entry.sections[section] = job.bytes.append(text_);
    }
    job.answers.push_back(entry);
    answers_.insert(print, entry.id);
    return entry.id;
}

/// Runs of equal TTLs, "300 60x3": short, and readable in plain SQL.
void AnswerEncoder::write_ttls(DnsRow& row, WriteJob& job) {
    if (std::ranges::all_of(ttls_, [&](auto ttl) { return ttl == ttls_[0]; })) {
        row.ttl = ttls_[0];
        return;
    }
    text_.clear();
    for (std::size_t i = 0; i < ttls_.size();) {
        std::size_t end = i + 1;
        while (end < ttls_.size() && ttls_[end] == ttls_[i])
            ++end;
        if (i != 0) text_ += ' ';
        append_number(text_, ttls_[i]);
        if (end - i > 1) {
            text_ += 'x';
            append_number(text_, static_cast<std::uint32_t>(end - i));
        }
        i = end;
    }
    row.ttls = job.bytes.append(text_);
}

void AnswerEncoder::seed_rdata(std::string_view text, std::uint32_t id) {
    const Fingerprint print = fingerprint(print_, Kind::Rdata, as_bytes(text));
    if (rdata_.find(print) == nullptr) rdata_.insert(print, id);
}

void AnswerEncoder::seed_record(const RecordEntry& record) {
    const std::array<std::uint32_t, 3> key{record.owner, record.rdata,
                                           std::uint32_t{record.type} << 16U | record.rclass};
    const Fingerprint print = fingerprint(
        print_, Kind::Record, {reinterpret_cast<const std::uint8_t*>(key.data()), sizeof key});
    if (records_.find(print) == nullptr) records_.insert(print, record.id);
}

void AnswerEncoder::seed_answer(const std::array<std::vector<std::uint32_t>, 3>& sections,
                                std::uint32_t id) {
    items_.clear();
    for (std::uint8_t section = 0; section < 3; ++section) {
        for (const std::uint32_t record : sections[section])
            items_.push_back({record, 0, 0, section});
    }
    const Fingerprint print = print_of_items();
    if (answers_.find(print) == nullptr) answers_.insert(print, id);
}

void AnswerEncoder::forget_garbage(const DictionarySweep& sweep) {
    const auto garbage = [&](Dictionary dictionary) {
        return [&sweep, dictionary](std::uint32_t id) { return sweep.is_garbage(dictionary, id); };
    };
    messages_.forget_if(
        [&](const Known& known) { return sweep.is_garbage(Dictionary::Answers, known.answer); });
    answers_.forget_if(garbage(Dictionary::Answers));
    records_.forget_if(garbage(Dictionary::Records));
    rdata_.forget_if(garbage(Dictionary::Rdata));
}

std::size_t AnswerEncoder::memory_bytes() const noexcept {
    return messages_.memory_bytes() + rdata_.memory_bytes() + records_.memory_bytes() +
           answers_.memory_bytes();
}

}  // namespace vedette::store
