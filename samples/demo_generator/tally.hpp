// What the generator knows about its own capture, because it made it: counts under the names that
// `vedette watch --summary json` uses, and the stories that the tables of the demo should tell. One
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dns.hpp"

namespace demo {

class Tally {
  public:
    using Fields = std::vector<std::pair<std::string, std::string>>;  // values as JSON text

    void count(const std::string& key, std::uint64_t by = 1) { counts_[key] += by; }
    /// A DNS message on port 53.
    void dns(const Message& message);
    void client(Fields fields) { clients_.push_back(std::move(fields)); }
    void story(Fields fields) { stories_.push_back(std::move(fields)); }
    [[nodiscard]] std::string to_json(std::uint64_t packets) const;

  private:
    std::map<std::string, std::uint64_t> counts_;
    std::set<std::string> names_;  // lower case
    std::vector<Fields> clients_;
    std::vector<Fields> stories_;
};

/// A JSON string; the generator's texts need no escapes.
[[nodiscard]] inline std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

}  // namespace demo
