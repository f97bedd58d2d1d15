// The names of the demo's internet and what a resolver answers for them. Everything about a host
// (aliases, addresses, TTL) follows from its name, so that every client is told the same. One
// thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "random.hpp"
#include "stage.hpp"

namespace demo {

/// A page and the hosts that its parts come from.
struct Site {
    std::string_view page;
    std::vector<std::string_view> parts;
};

[[nodiscard]] const std::vector<Site>& sites();

/// A caching resolver: what it answers, and how long it takes.
class Resolver {
  public:
    explicit Resolver(Random& random) : random_(random) {}

    struct Reply {
        Message answer;
        Duration latency;
    };
    /// Answers A, AAAA and HTTPS; a name below .invalid does not exist.
    [[nodiscard]] Reply resolve(Timestamp now, const Message& query);

  private:
    [[nodiscard]] Duration latency(bool cached);

    Random& random_;
    std::map<std::pair<std::string, std::uint16_t>, Timestamp> expiry_;
};

/// Address of a host, stable over time.
[[nodiscard]] IpAddress address_of(std::string_view host, bool v6);

}  // namespace demo
