// What every scene plays on: the clock, the randomness, the machines, the wire and the tally. One
// thread; outlives the scenes.
#pragma once

#include <string>
#include <vector>

#include "capture.hpp"
#include "cast.hpp"
#include "dns.hpp"
#include "random.hpp"
#include "tally.hpp"

namespace demo {

/// Friday, 20 November 2026, 13:00:00 UTC.
inline constexpr std::int64_t kStartSeconds = 1795179600;
inline constexpr unsigned kLengthSeconds = 7200;

struct Stage {
    explicit Stage(std::uint64_t seed) : random(seed) {}

    Random random;
    Capture capture;
    Tally tally;
    std::vector<Client> cast = clients();
    Servers places = servers();

    /// Moments are told in seconds after the start, for scenes to read like a timetable.
    [[nodiscard]] static Timestamp at(unsigned seconds) {
        return Timestamp::from_seconds(kStartSeconds + seconds);
    }
    [[nodiscard]] static unsigned second_of(Timestamp time) {
        return static_cast<unsigned>(time.whole_seconds() - kStartSeconds);
    }
    /// When a client is gone, in seconds after the start.
    [[nodiscard]] static unsigned end_of(const Client& client) {
        return client.leaves_at == 0 ? kLengthSeconds : client.leaves_at;
    }

    /// A fresh socket of a client.
    [[nodiscard]] Endpoint socket(const Client& client) {
        return {client.mac, client.ip, static_cast<std::uint16_t>(random.between(49152, 65535))};
    }
    [[nodiscard]] Endpoint socket6(const Client& client) {
        Endpoint out = socket(client);
        out.ip = client.ip6;
        return out;
    }
    /// A UDP datagram to `to`, counted under the protocol of its ports.
    void send(Timestamp time, const Endpoint& from, const Endpoint& to, const Message& message,
              std::string comment = {});
    /// Query and answer of one socket.
    void exchange(Timestamp time, const Endpoint& from, const Endpoint& server,
                  const Message& query, const Message& answer, Duration latency);
};

[[nodiscard]] Message query_of(std::uint16_t id, const std::string& name, std::uint16_t type);
/// The same id and question with QR and RA set; records still to be filled in.
[[nodiscard]] Message answer_to(const Message& query, std::uint16_t rcode = 0);

// The scenes, in the order in which the generator plays them. Each is a file of the same name.
void play_neighbours(Stage& stage);  // ARP, neighbour discovery, some traffic that is not ours
void play_leases(Stage& stage);      // DHCP and DHCPv6 from DISCOVER to RELEASE, the rogue server
void play_local(Stage& stage);       // mDNS, LLMNR, NetBIOS names
void play_browsing(Stage& stage);    // people and appliances asking for names
void play_services(Stage& stage);    // other record types, DNS over TCP, DNS over TLS
void play_trouble(Stage& stage);     // tunnel, storm, amplification, odd header
void play_damage(Stage& stage);      // packets that are broken

}  // namespace demo
