// The name server as a service: zones from their sources, the sockets, and the loop that notices
// changes. A changed record or file is served within a quarter of a second after tick() is called,
// without a lost query. One thread drives it; the workers have their own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "service/dnsd/daemon/notifier.hpp"
#include "service/dnsd/daemon/zone_sources.hpp"
#include "service/dnsd/net/server.hpp"

namespace vedette::dnsd {

struct NameServiceSettings {
    ServerSettings server;
    AnswerSettings answers;  ///< the cookie secret is made at the start when it is all zero
    std::vector<ZoneFile> zones;
    std::vector<Endpoint> notify;  ///< secondaries that are told of changes
    std::string records;           ///< the record store's file; empty: none
};

class NameService {
  public:
    class Key {
        friend class NameService;
        Key() = default;
    };
    NameService(Key, NameServiceSettings settings);

    /// Reads every zone, then opens the sockets. A zone that is wrong fails the start.
    [[nodiscard]] static Result<std::unique_ptr<NameService>> start(
        NameServiceSettings settings, const Server::ObserverSource& observers,
        SocketSupply supply = SocketSupply());

    /// To be called a few times a second: publishes what changed. What is wrong, a line each.
    [[nodiscard]] std::vector<std::string> tick();
    /// Reads zones and certificates anew, changed or not.
    [[nodiscard]] std::vector<std::string> reload();
    void stop() { server_->stop(); }
    /// Another process serves the sockets now: serves what is open to its end; stopped() tells.
    void begin_leaving() { server_->begin_stop(Ending::HandedOver); }
    [[nodiscard]] bool stopped() const noexcept { return server_->stopped(); }

    [[nodiscard]] const Server& server() const noexcept { return *server_; }
    [[nodiscard]] Result<sys::Descriptor> make_quic_relay() { return server_->make_quic_relay(); }
    /// NOTIFY messages that no secondary has answered yet.
    [[nodiscard]] std::size_t notices_waiting() const noexcept { return notifier_.waiting(); }
    [[nodiscard]] const CookieSecret& cookie_secret() const noexcept {
        return settings_.answers.cookie_secret;
    }
    [[nodiscard]] SnapshotPointer snapshot() const { return cell_->latest(); }

  private:
    void publish(std::vector<std::string>& messages);
    /// What an operator with secondaries wants to know of a zone; `before` may be null.
    void advise(const Zone& zone, const Zone* before, std::vector<std::string>& messages) const;

    NameServiceSettings settings_;
    ZoneSources sources_;
    Notifier notifier_;
    std::vector<std::string> first_messages_;  // for the first tick to tell
    std::unique_ptr<SnapshotCell> cell_;
    std::unique_ptr<Server> server_;  // after the cell: its threads read it
};

}  // namespace vedette::dnsd
