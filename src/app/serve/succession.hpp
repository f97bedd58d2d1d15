// How one `vedette serve` takes the place of another without losing a question: the running one
// starts the program again (SIGUSR2) and passes every socket on; when the new one answers, the old
// one takes no more, serves its connections to their end, and leaves. Also takes the sockets that a
// service manager opened. For the main thread.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "service/dnsd/daemon/name_service.hpp"
#include "sys/handover/successor.hpp"

namespace vedette::app {

/// What a server starts with.
struct Inheritance {
    dnsd::SocketSupply supply;
    dnsd::CookieSecret cookie_secret{};  ///< clients' cookies stay good; all zero: none came
    sys::Channel predecessor;            ///< open when another process is being replaced

    /// From the service manager, from the process that started this one, or nothing. Changes the
    /// environment: before threads.
    [[nodiscard]] static Result<Inheritance> take();
    /// The server answers: the predecessor may leave. Returns when it knows.
    void tell_ready();
};

class Succession {
  public:
    using Variables = std::vector<std::pair<std::string, std::string>>;
    /// `variables`: what the successor must find in its environment, because it starts without the
    /// rights that this process had at its start.
    explicit Succession(Variables variables);

    /// Starts a successor and passes everything on. Busy when one is starting already.
    [[nodiscard]] Result<void> begin(dnsd::NameService& service);

    enum class Step : unsigned char { Nothing, TakenOver, Failed };
    /// To be asked often. TakenOver and Failed are told once.
    struct News {
        Step step = Step::Nothing;
        std::string text;  ///< for a person
    };
    [[nodiscard]] News look();
    /// This process ends before its successor was ready: that one, which nobody knows yet, ends
    /// too.
    void give_up() noexcept;

  private:
    [[nodiscard]] Result<void> pass_on(dnsd::NameService& service);

    Variables variables_;
    Result<sys::Invocation> invocation_;
    std::optional<sys::Successor> successor_;
};

}  // namespace vedette::app
