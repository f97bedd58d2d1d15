// An interface whose frames for our places go to AF_XDP sockets: the program, its maps and the link
// between them. The program is gone when this is, also when the process is killed. For one thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "sys/os/descriptor.hpp"
#include "sys/xdp/port_filter.hpp"
#include "sys/xdp/xdp_parts.hpp"
#include "sys/xdp/xdp_socket.hpp"

namespace vedette::sys {

class XdpInterface {
  public:
    /// Opens a socket for each queue and loads the program; nothing is diverted before attach().
    /// The error says what is missing: the interface, a privilege, the kernel's or driver's help.
    [[nodiscard]] static Result<XdpInterface> open(const std::string& name);
    /// Takes what another process has open, with everything that is diverted already; needs no
    /// privilege. Its sockets are to be claimed, and say when they are ours (XdpSocket::acquire).
    [[nodiscard]] static Result<XdpInterface> adopt(XdpInheritance inheritance);
    XdpInterface(XdpInterface&&) noexcept = default;
    XdpInterface& operator=(XdpInterface&&) noexcept = default;
    ~XdpInterface() = default;

    /// The places whose datagrams are diverted; those of an earlier call that are not among them
    /// are forgotten.
    [[nodiscard]] Result<void> set_places(const std::vector<XdpPlace>& places);
    /// From now on the sockets receive.
    [[nodiscard]] Result<void> attach();
    /// From now on the kernel has everything again; frames that were diverted wait in the sockets.
    void detach() noexcept;
    /// From now on it is the successor's, which was given every part.
    void leave() noexcept { link_.close(); }
    [[nodiscard]] bool attached() const noexcept { return link_.open(); }
    /// For a successor: the link and the places, borrowed. Sockets are their threads'.
    [[nodiscard]] std::vector<XdpPart> parts() const;
    /// Of the next holder.
    [[nodiscard]] XdpTitle next_title() const { return {name_, holder_ + 1, in_driver_}; }

    /// The sockets, for the threads that serve them; once.
    [[nodiscard]] std::vector<XdpSocket> take_sockets() noexcept { return std::move(sockets_); }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::uint32_t mtu() const noexcept { return mtu_; }
    /// "eth0: AF_XDP on 4 queues, in the driver, without copies".
    [[nodiscard]] std::string to_text() const;

  private:
    XdpInterface() = default;
    [[nodiscard]] Result<void> learn_places();
    [[nodiscard]] Result<void> load(const std::array<std::uint8_t, 6>& station);

    std::string name_;
    unsigned index_ = 0;
    std::uint32_t mtu_ = 0;
    std::size_t queues_ = 0;
    bool in_driver_ = false;
    bool zero_copy_ = false;
    std::uint32_t holder_ = 1;
    std::vector<XdpPlace> known_;
    std::vector<XdpSocket> sockets_;
    Descriptor places_;
    Descriptor queue_map_;
    Descriptor program_;
    Descriptor link_;
};

/// Whether this kernel and this process can do it at all; the error says why not.
[[nodiscard]] Result<void> try_xdp();

}  // namespace vedette::sys
