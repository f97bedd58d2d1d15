// The packets of the capture, in the order of their times, and their file. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "frames.hpp"

namespace demo {

using vedette::Duration;
using vedette::Timestamp;

class Capture {
  public:
    void add(Timestamp time, Frame frame, std::string comment = {}) {
        packets_.push_back({time, std::move(frame), std::move(comment)});
    }
    [[nodiscard]] std::size_t size() const { return packets_.size(); }
    /// Sorts by time and writes pcapng; false when the file could not be written whole.
    [[nodiscard]] bool write(const std::string& path);

  private:
    struct Packet {
        Timestamp time;
        Frame frame;
        std::string comment;
    };
    std::vector<Packet> packets_;
};

}  // namespace demo
