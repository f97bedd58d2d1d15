// One connection from a sensor to its server: the handshake, then frames from the spool one way and
// acknowledgements the other. Lives on the sending thread, which turns it.
#pragma once

#include <memory>
#include <vector>

#include "base/result.hpp"
#include "service/collector/link/forwarder.hpp"
#include "service/collector/link/frame_stream.hpp"

namespace vedette::collector {

class SensorLink {
  public:
    /// Connects and waits for the server's welcome.
    [[nodiscard]] static Result<std::unique_ptr<SensorLink>> open(const ForwardSettings& settings,
                                                                  Spool& spool);

    /// Sends and receives what it can, then waits for the socket, for `wake` (an eventfd) or for
    /// the next moment to say something. A failure is the end of the connection.
    [[nodiscard]] Result<void> turn(int wake);
    /// Since the last call.
    [[nodiscard]] std::uint64_t take_sent() noexcept { return std::exchange(sent_, 0); }
    [[nodiscard]] std::uint64_t take_spoiled() noexcept { return std::exchange(spoiled_, 0); }

    class Key {
        friend class SensorLink;
        Key() = default;
    };
    SensorLink(Key, Spool& spool, std::string server) : spool_(spool), server_(std::move(server)) {}
    ~SensorLink();
    SensorLink(const SensorLink&) = delete;
    SensorLink& operator=(const SensorLink&) = delete;

  private:
    [[nodiscard]] Result<void> greet(const ForwardSettings& settings);
    [[nodiscard]] Result<void> receive();
    [[nodiscard]] Result<void> take(const wire::sensor::FrameHeader& header, ByteView payload);
    [[nodiscard]] Result<void> fill();
    [[nodiscard]] Result<void> send();
    void say_status(Timestamp now);
    [[nodiscard]] Result<void> check_alive(Timestamp now) const;
    void wait(int wake);
    [[nodiscard]] std::unexpected<Error> gone() const;

    Spool& spool_;
    const std::string server_;
    sys::Descriptor socket_;
    std::unique_ptr<sys::Stream> stream_;
    FrameStream frames_;
    std::vector<std::uint8_t> read_buffer_;
    std::vector<std::uint8_t> out_;
    std::size_t out_sent_ = 0;
    std::vector<std::uint8_t> frame_;
    bool welcome_ = false;
    bool nothing_to_read_ = false;  // the spool had no further frame
    bool write_wants_read_ = false;
    std::uint64_t next_ = 0;          // to send
    std::uint64_t acknowledged_ = 0;  // by this server
    std::uint64_t sent_ = 0;
    std::uint64_t spoiled_ = 0;
    Timestamp heard_;
    Timestamp status_at_;
};

}  // namespace vedette::collector
