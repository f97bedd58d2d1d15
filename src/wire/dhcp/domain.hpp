// Domain names inside DHCP options: search lists (RFC 3397, RFC 8415 section 10) and client names
// (RFC 4702, 4704). Not the DNS name walk: here pointers count from the start of the option, so
// that every offset is a valid target, DHCPv6 forbids them, and a client's name may lack its end.
// Iterative, no heap.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "wire/dns/name.hpp"
#include "wire/reader/reader.hpp"

namespace vedette::wire::dhcp {

enum class DomainCompression : std::uint8_t { Allowed, Forbidden };

/// Walks the names of a list.
class DomainCursor {
  public:
    DomainCursor(ByteView list, DomainCompression compression) noexcept
        : list_(list), compression_(compression) {}
    /// The next name in uncompressed wire form; false at the end or at the first damage.
    [[nodiscard]] bool next(dns::NameBuffer& name) noexcept;
    /// Whether the walk stopped at damage.
    [[nodiscard]] bool damaged() const noexcept { return damaged_; }
    /// Whether the last name ended without its root label (a partial name, only at the very end).
    [[nodiscard]] bool partial() const noexcept { return partial_; }

  private:
    ByteView list_;
    std::size_t offset_ = 0;
    DomainCompression compression_;
    bool damaged_ = false;
    bool partial_ = false;
};

/// Whether every name of the list is whole.
[[nodiscard]] bool is_sound_domain_list(ByteView list, DomainCompression compression) noexcept;

}  // namespace vedette::wire::dhcp
