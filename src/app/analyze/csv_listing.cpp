#include "app/analyze/csv_listing.hpp"

#include <utility>

namespace vedette::app {

CsvListing::CsvListing(Output output, sys::StopFlag& stop)
    : output_(std::move(output)), stop_(stop) {}

void CsvListing::Batch::run() {
    csv_.clear();
    for (const decode::PacketFacts& facts : facts_)
        csv_.add(facts);
}

Result<void> CsvListing::Batch::commit() {
    listing_.write(csv_.text());
    return {};
}

// A reader that went away ends the run as an end of the file would; what failed is told by
// finish().
void CsvListing::write(std::string_view rows) {
    if (stopped_) return;
    if (!std::exchange(titled_, true)) {
        output_.write(captures::PacketCsv::titles());
        output_.write("\n");
    }
    output_.write(rows);
    if (!output_.closed() && !output_.failed()) return;
    stopped_ = true;
    stop_.ask();
}

Result<void> CsvListing::finish() {
    write({});
    return output_.finish();
}

}  // namespace vedette::app
