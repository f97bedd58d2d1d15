#include "store/sqlite/name_dictionary.hpp"

#include "render/name_text.hpp"

namespace vedette::store {
namespace {

/// A quarter of a million lively names; twice that while the generations turn: 20 MB at the most.
constexpr std::uint32_t kNames = 1U << 18U;

}  // namespace

void fold_name(ByteView name, FoldedName& out) noexcept {
    const std::size_t length = std::min(name.size(), out.bytes.size());
    std::uint8_t upper = 0;
    // Length bytes are at most 63 and letters begin at 65, so one loop serves both.
    for (std::size_t i = 0; i < length; ++i) {
        const std::uint8_t byte = name[i];
        const auto is_upper = static_cast<std::uint8_t>(static_cast<std::uint8_t>(byte - 'A') < 26);
        upper |= is_upper;
        out.bytes[i] = static_cast<std::uint8_t>(byte + is_upper * 32);
    }
    out.length = static_cast<std::uint8_t>(length);
    out.had_upper = upper != 0;
}

NameDictionary::NameDictionary(const Fingerprinter& print, std::uint32_t next_id)
    : print_(print), next_id_(next_id), table_(kNames) {}

Fingerprint NameDictionary::prepare(const FoldedName& name) const noexcept {
    const Fingerprint print = fingerprint(print_, Kind::Name, name.view());
    table_.prefetch(print);
    return print;
}

NameDictionary::Interned NameDictionary::intern(const FoldedName& name, const Fingerprint& print,
                                                WriteJob& job) {
    if (const Entry* known = table_.find(print)) return {*known, key_of(print)};
    const Entry entry{next_id_++, domain_key(print_, name.view())};
    text_.clear();
    render::append_name(text_, name.view());
    job.names.push_back({entry.id, job.bytes.append(text_)});
    table_.insert(print, entry);
    return {entry, key_of(print)};
}

void NameDictionary::forget_garbage(const DictionarySweep& sweep) {
    table_.forget_if(
        [&](const Entry& entry) { return sweep.is_garbage(Dictionary::Names, entry.id); });
}

void NameDictionary::seed(ByteView folded, std::uint32_t id) {
    const Fingerprint print = fingerprint(print_, Kind::Name, folded);
    if (table_.find(print) == nullptr) table_.insert(print, {id, domain_key(print_, folded)});
}

}  // namespace vedette::store
