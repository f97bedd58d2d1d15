// E-mail: one message per digest over SMTP, encrypted by STARTTLS or from the start, the server's
// certificate checked, with a login when a user is named.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "notify/channel.hpp"
#include "notify/mail/mail_message.hpp"

namespace vedette::notify {

struct MailSettings {
    enum class StartTls : std::uint8_t { Required, Off };
    std::string url;  ///< smtp://HOST:PORT or smtps://HOST:PORT
    StartTls starttls = StartTls::Required;
    MailHeads heads;
    std::string user;
    std::string password_file;
    TlsFiles tls;
};

[[nodiscard]] std::unique_ptr<Channel> make_mail_channel(MailSettings settings);

}  // namespace vedette::notify
