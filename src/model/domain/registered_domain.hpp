// Which part of a name somebody registered: "www.louvre.fr." -> "louvre.fr.", by the public suffix
// list of Debian's publicsuffix, compiled in at build time. Detectors count per registered domain.
// Constant data, thread safe, no allocation; a lookup touches one table place per label of the
// suffix.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace vedette {

/// Slices of the name that was asked about, in wire form with the root byte.
struct RegisteredDomain {
    ByteView domain;  ///< suffix plus one label; empty when the name is itself a suffix
    ByteView suffix;  ///< "co.uk.": under which anybody may register
    ByteView prefix;  ///< labels in front of `domain`, without a root byte; may be empty
    std::uint8_t prefix_labels = 0;
    bool listed = false;  ///< the suffix is on the list; false for ".lan" and made-up ones
};

/// `name` is an uncompressed wire-form name (RFC 1035 3.1), as MessageView::question_name() gives;
/// anything else yields an empty result. A top-level domain that the list does not know counts as a
/// suffix (the list's default rule).
[[nodiscard]] RegisteredDomain find_registered_domain(ByteView name) noexcept;

}  // namespace vedette
