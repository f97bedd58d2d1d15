// The rows of `--csv`. Packets are read and classed in order, the rows of a batch are made beside
// other batches, and written in order (see pipeline::PacketWork).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/output/output.hpp"
#include "captures/listing/packet_csv.hpp"
#include "decode/packet_facts.hpp"
#include "pipeline/sinks.hpp"
#include "sys/os/stop_flag.hpp"

namespace vedette::app {

class CsvListing {
  public:
    /// The packets of one batch, and then their rows.
    class Batch final : public pipeline::PacketWork {
      public:
        explicit Batch(CsvListing& listing) noexcept : listing_(listing) {}
        /// Room for the facts of so many packets, to be filled. What was there is gone.
        [[nodiscard]] std::vector<decode::PacketFacts>& facts(std::size_t packets) {
            facts_.resize(packets);
            return facts_;
        }
        void run() override;
        Result<void> commit() override;

      private:
        CsvListing& listing_;
        std::vector<decode::PacketFacts> facts_;
        captures::PacketCsv csv_;
    };

    /// Asks `stop` when nothing more will arrive: the disk is full, or the reader of a pipe is
    /// gone.
    CsvListing(Output output, sys::StopFlag& stop);

    /// Flushes; tells the output's first failure. After the last commit(). A capture without
    /// packets still has its titles, what is no capture has nothing.
    [[nodiscard]] Result<void> finish();

  private:
    void write(std::string_view rows);

    Output output_;
    sys::StopFlag& stop_;
    bool titled_ = false;
    bool stopped_ = false;
};

}  // namespace vedette::app
