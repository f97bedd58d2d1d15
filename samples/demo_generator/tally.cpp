#include "tally.hpp"

#include <algorithm>
#include <cctype>

namespace demo {
namespace {

std::string object(const Tally::Fields& fields) {
    std::string out = "{";
    for (const auto& [key, value] : fields) {
        if (out.size() > 1) out += ", ";
        out += quoted(key) + ": " + value;
    }
    return out + "}";
}

std::string list(const std::vector<Tally::Fields>& rows) {
    std::string out = "[";
    for (const auto& row : rows)
        out += (out.size() > 1 ? ",\n    " : "\n    ") + object(row);
    return out + "\n  ]";
}

}  // namespace

void Tally::dns(const Message& message) {
    count((message.flags & kQr) != 0 ? "dns_response" : "dns_query");
    for (const Question& question : message.questions) {
        std::string name = question.name;
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        names_.insert(name);
    }
}

std::string Tally::to_json(std::uint64_t packets) const {
    Fields counts{{"packets", std::to_string(packets)},
                  {"distinct_qname_wire", std::to_string(names_.size())}};
    for (const auto& [key, value] : counts_)
        counts.emplace_back(key, std::to_string(value));
    return "{\n  \"counts\": " + object(counts) + ",\n  \"clients\": " + list(clients_) +
           ",\n  \"stories\": " + list(stories_) + "\n}\n";
}

}  // namespace demo
