// Syslog over a unix socket, UDP (RFC 5426), TCP with octet counting (RFC 6587) and TLS (RFC 5425).
// One message per alert. Syslog gives no receipt: delivered means that the system (unix, UDP) or
// the other side's kernel (TCP, TLS) has taken every byte.
#pragma once

#include <memory>
#include <string>

#include "notify/channel.hpp"

namespace vedette::notify {

struct SyslogSettings {
    std::string url;  ///< unix:///dev/log, udp://HOST:514, tcp://HOST:601, tls://HOST:6514
    std::string facility;
    TlsFiles tls;
};

[[nodiscard]] std::unique_ptr<Channel> make_syslog_channel(SyslogSettings settings);

}  // namespace vedette::notify
