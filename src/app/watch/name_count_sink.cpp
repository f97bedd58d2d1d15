#include "app/watch/name_count_sink.hpp"

#include <array>
#include <boost/unordered/unordered_flat_set.hpp>

#include "base/utf8.hpp"
#include "wire/dns/message.hpp"

namespace vedette::app {
namespace {

namespace dns = wire::dns;

/// The name with every byte that is not UTF-8 replaced by one that no UTF-8 text has, so that
/// names a text decoder cannot tell apart are equal.
dns::NameBuffer as_text_name(ByteView name) {
    dns::NameBuffer out;
    out.length = static_cast<std::uint8_t>(name.size());
    const std::string_view text = vedette::as_text(name);
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_at(text, i).length;
        if (length == 0) {
            out.bytes[i++] = 0xff;
            continue;
        }
        for (std::size_t end = i + length; i < end; ++i)
            out.bytes[i] = name[i];
    }
    return out;
}

}  // namespace

struct NameCountSink::Sets {
    boost::unordered_flat_set<std::uint64_t> wire;
    boost::unordered_flat_set<std::uint64_t> text;
};

NameCountSink::NameCountSink() : sets_(std::make_unique<Sets>()) {}
NameCountSink::~NameCountSink() = default;

void NameCountSink::add(ByteView name) {
    if (name.empty() || sets_->wire.size() >= kMaxNames) return;
    sets_->wire.insert(dns::hash_name(name));
    const dns::NameBuffer text = as_text_name(name);
    sets_->text.insert(dns::hash_name(text.view()));
}

Result<void> NameCountSink::consume(const EventBatch& batch) {
    for (const DnsTransaction& event : batch.dns) {
        if (event.protocol != DnsProtocol::Dns) continue;
        if (!event.qname.empty()) {
            add(batch.bytes.view(event.qname));
            continue;
        }
        // An inverse query (RFC 1035 6.4) has its question in the answer.
        dns::NameBuffer name;
        const ByteView answer = batch.bytes.view(event.response_message);
        const bool asks = dns::MessageView::inspect(answer).questions_read() > 0;
        if (asks && dns::expand_name(answer, dns::kHeaderBytes, name)) add(name.view());
    }
    return {};
}

std::uint64_t NameCountSink::distinct() const noexcept {
    return sets_->wire.size();
}
std::uint64_t NameCountSink::distinct_as_text() const noexcept {
    return sets_->text.size();
}

}  // namespace vedette::app
