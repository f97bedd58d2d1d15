#include "app/serve/succession.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "sys/handover/service_manager.hpp"

namespace vedette::app {
namespace {

// The messages of the channel. A version that knows more of them may talk to one that knows less:
// what is not understood is left out.
constexpr std::string_view kSocket = "socket ";  // and its use; with the descriptor
constexpr std::string_view kXdp = "xdp ";        // a part of an interface; with the descriptor
constexpr std::string_view kQuicRelay = "quic relay";   // with the descriptor
constexpr std::string_view kGiven = "given";            // the sockets decide where to listen
constexpr std::string_view kSecret = "cookie secret ";  // hexadecimal
constexpr std::string_view kAll = "all";
constexpr std::string_view kReady = "ready";  // to the predecessor
constexpr std::string_view kYours = "yours";  // and back: the service manager knows

constexpr Duration kPatience = Duration::seconds(10);  // with a predecessor that says nothing

std::string to_hex(const dnsd::CookieSecret& secret) {
    std::string text;
    for (const std::uint8_t byte : secret)
        text += fmt::format("{:02x}", byte);
    return text;
}

void read_hex(std::string_view text, dnsd::CookieSecret& secret) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (text.size() != secret.size() * 2 || text.find_first_not_of(kDigits) != text.npos) return;
    for (std::size_t i = 0; i < secret.size(); ++i)
        secret[i] = static_cast<std::uint8_t>(kDigits.find(text[2 * i]) * 16 +
                                              kDigits.find(text[2 * i + 1]));
}

Result<dnsd::SocketSupply> given_by_manager() {
    auto given = sys::take_given_sockets();
    if (!given) return std::unexpected(std::move(given.error()));
    dnsd::SocketSupply supply(given->empty() ? dnsd::SocketSupply::Places::OfSettings
                                             : dnsd::SocketSupply::Places::OfSupply);
    for (sys::GivenSocket& one : *given)
        VEDETTE_TRY(supply.add(std::move(one.socket), one.name));
    return supply;
}

/// One message of the predecessor; false after the last.
Result<bool> take_message(sys::ChannelMessage message, Inheritance& into) {
    const std::string_view text = message.text;
    if (text == kAll) return false;
    if (text == kGiven) into.supply.set_places(dnsd::SocketSupply::Places::OfSupply);
    if (text.starts_with(kSecret)) read_hex(text.substr(kSecret.size()), into.cookie_secret);
    if (text.starts_with(kSocket) && message.passed.open())
        VEDETTE_TRY(into.supply.add(std::move(message.passed), text.substr(kSocket.size())));
    if (text == kQuicRelay) into.supply.set_quic_relay(std::move(message.passed));
    if (text.starts_with(kXdp) && message.passed.open())
        into.supply.xdp().add(text.substr(kXdp.size()), std::move(message.passed));
    return true;
}

}  // namespace

Result<Inheritance> Inheritance::take() {
    Inheritance inheritance;
    inheritance.predecessor = sys::take_predecessor();
    auto given = given_by_manager();
    if (!given) return std::unexpected(std::move(given.error()));
    inheritance.supply = std::move(*given);
    while (inheritance.predecessor.open()) {
        auto message = inheritance.predecessor.receive(kPatience);
        if (!message) return std::unexpected(std::move(message.error()));
        if (!*message) return fail(ErrorKind::Unavailable, "the process to replace says nothing");
        const auto more = take_message(std::move(**message), inheritance);
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
    }
    return inheritance;
}

void Inheritance::tell_ready() {
    if (!predecessor.open()) return;
    if (predecessor.send(kReady)) (void)predecessor.receive(kPatience);
    predecessor.close();
}

Succession::Succession(Variables variables)
    : variables_(std::move(variables)), invocation_(sys::Invocation::of_this_process()) {}

Result<void> Succession::begin(dnsd::NameService& service) {
    if (successor_) return fail(ErrorKind::Busy, "a new process is starting already");
    if (!invocation_) return std::unexpected(invocation_.error());
    auto successor = sys::start_successor(*invocation_, variables_);
    if (!successor) return std::unexpected(std::move(successor.error()));
    successor_ = std::move(*successor);
    // When it fails over there, look() tells how that process ended.
    if (auto passed = pass_on(service); !passed && passed.error().kind != ErrorKind::Unavailable)
        return passed;
    return {};
}

Result<void> Succession::pass_on(dnsd::NameService& service) {
    sys::Channel& channel = successor_->channel;
    if (service.server().places() == dnsd::SocketSupply::Places::OfSupply)
        VEDETTE_TRY(channel.send(kGiven));
    VEDETTE_TRY(channel.send(std::string(kSecret) + to_hex(service.cookie_secret())));
    for (const dnsd::ServedSocket& socket : service.server().sockets())
        VEDETTE_TRY(channel.send(fmt::format("{}{}", kSocket, to_text(socket.use)), socket.socket));
    for (const sys::XdpPart& part : service.server().xdp_parts())
        VEDETTE_TRY(channel.send(std::string(kXdp) + part.text, part.descriptor));
    const auto relay = service.make_quic_relay();
    if (!relay) return std::unexpected(relay.error());
    if (relay->open()) VEDETTE_TRY(channel.send(kQuicRelay, relay->get()));
    return channel.send(kAll);
}

Succession::News Succession::look() {
    if (!successor_) return {};
    auto message = successor_->channel.receive(Duration{});
    if (message && *message && (*message)->text == kReady) {
        (void)sys::tell_service_manager(fmt::format("MAINPID={}", successor_->process));
        (void)successor_->channel.send(kYours);
        const pid_t process = successor_->process;
        successor_.reset();
        return {Step::TakenOver, fmt::format("Process {} has taken over", process)};
    }
    if (const auto how = successor_->ended()) {
        successor_.reset();
        return {Step::Failed,
                fmt::format("The new process ended with {}; this one goes on serving", *how)};
    }
    return {};
}

void Succession::give_up() noexcept {
    if (!successor_) return;
    (void)::kill(successor_->process, SIGTERM);
    successor_.reset();
}

}  // namespace vedette::app
