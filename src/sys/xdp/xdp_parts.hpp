// An open XdpInterface in pieces, as it passes from a process to its successor: each piece is a
// short text and a descriptor, and none needs a privilege to be used. For one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/os/descriptor.hpp"

namespace vedette::sys {

/// What the one that passes an interface on says of it.
struct XdpTitle {
    std::string interface;
    std::uint32_t holder = 1;  ///< the how-manyth process the successor will be
    bool in_driver = false;
};

struct XdpPart {
    std::string text;     ///< "veth0 2 driver socket"
    int descriptor = -1;  ///< borrowed
};

/// The text of a piece: "link", "places", and for each queue "socket", then "memory".
[[nodiscard]] std::string part_text(const XdpTitle& title, std::string_view part);

struct XdpInheritance {
    struct Queue {
        Descriptor socket;
        Descriptor memory;
    };
    XdpTitle title;
    Descriptor link;
    Descriptor places;
    std::vector<Queue> queues;

    [[nodiscard]] bool complete() const noexcept;
};

/// Puts pieces together.
class XdpParts {
  public:
    /// What is not understood, a later version's piece, is closed and left out.
    void add(std::string_view text, Descriptor descriptor);
    /// Once; nothing when no whole interface of that name came.
    [[nodiscard]] std::optional<XdpInheritance> take(std::string_view interface);

  private:
    XdpInheritance& of(XdpTitle title);

    std::vector<XdpInheritance> all_;
};

}  // namespace vedette::sys
