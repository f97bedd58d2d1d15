// Counts the distinct names of DNS messages (not mDNS, LLMNR or NBNS), ASCII case folded, for
// `--summary`. A name is remembered as 64 bits of hash, so two names are taken for one with a
// probability of about n^2 / 2^65; memory is bounded. Runs on the storage thread.
#pragma once

#include <cstdint>
#include <memory>

#include "pipeline/sinks.hpp"

namespace vedette::app {

class NameCountSink final : public pipeline::EventSink {
  public:
    /// Distinct names that are told apart; beyond it the count stands still.
    static constexpr std::size_t kMaxNames = 4U << 20U;

    NameCountSink();
    ~NameCountSink() override;

    [[nodiscard]] std::string_view name() const noexcept override { return "name count"; }
    [[nodiscard]] Result<void> consume(const EventBatch& batch) override;
    [[nodiscard]] Result<void> flush() override { return {}; }

    /// Byte-exact names.
    [[nodiscard]] std::uint64_t distinct() const noexcept;
    /// As text in UTF-8, where bytes that are none become U+FFFD and names may collapse.
    [[nodiscard]] std::uint64_t distinct_as_text() const noexcept;

  private:
    struct Sets;
    void add(ByteView name);

    std::unique_ptr<Sets> sets_;
};

}  // namespace vedette::app
