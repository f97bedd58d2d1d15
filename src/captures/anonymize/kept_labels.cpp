// The labels that stay: they name services, protocols and the tree's own parts, nobody's host.
#include <algorithm>
#include <string>

#include "captures/anonymize/disguise.hpp"
#include "model/domain/registered_domain.hpp"

namespace vedette::captures {
namespace {

/// RFC 8552's registry, RFC 6763, Active Directory's locator and what home devices announce.
constexpr std::string_view kServiceLabels[] = {
    "_acme-challenge",
    "_adisk",
    "_afpovertcp",
    "_airplay",
    "_amzn-wplay",
    "_apple-mobdev2",
    "_autodiscover",
    "_caldav",
    "_caldavs",
    "_carddav",
    "_carddavs",
    "_companion-link",
    "_daap",
    "_dccp",
    "_device-info",
    "_dmarc",
    "_dns",
    "_dns-sd",
    "_dns-update",
    "_domainkey",
    "_ftp",
    "_gc",
    "_googlecast",
    "_hap",
    "_homekit",
    "_http",
    "_https",
    "_imap",
    "_imaps",
    "_ipp",
    "_ipps",
    "_kerberos",
    "_kpasswd",
    "_ldap",
    "_ldaps",
    "_matter",
    "_matterc",
    "_matterd",
    "_meshcop",
    "_mqtt",
    "_msdcs",
    "_mta-sts",
    "_nfs",
    "_ntp",
    "_nvstream",
    "_pdl-datastream",
    "_pop3",
    "_pop3s",
    "_printer",
    "_privet",
    "_quic",
    "_raop",
    "_rdlink",
    "_rfb",
    "_rtsp",
    "_scanner",
    "_sctp",
    "_services",
    "_sftp-ssh",
    "_sip",
    "_sips",
    "_sites",
    "_sleep-proxy",
    "_smb",
    "_smtp",
    "_spotify-connect",
    "_ssh",
    "_stun",
    "_stuns",
    "_sub",
    "_submission",
    "_submissions",
    "_tcp",
    "_tls",
    "_touch-able",
    "_turn",
    "_turns",
    "_udp",
    "_universal",
    "_uscan",
    "_uscans",
    "_workstation",
    "_xmpp-client",
    "_xmpp-server",
};
static_assert(std::ranges::is_sorted(kServiceLabels));

/// RFC 6761 and its registry, RFC 8375, and names that networks give themselves.
constexpr std::string_view kReservedLast[] = {
    "alt", "arpa",  "example",     "home",      "internal", "intranet", "invalid",
    "lan", "local", "localdomain", "localhost", "onion",    "test",
};
static_assert(std::ranges::is_sorted(kReservedLast));

bool is_delegated(std::string_view label) {
    if (label.empty() || label.size() > 63) return false;
    std::string name;
    name += static_cast<char>(label.size());
    name += label;
    name += '\0';
    return find_registered_domain(as_bytes(name)).listed;
}

}  // namespace

bool is_kept_label(std::string_view label, LabelPlace place) {
    if (label.starts_with('_')) return std::ranges::binary_search(kServiceLabels, label);
    if (place == LabelPlace::Inner) return false;
    return std::ranges::binary_search(kReservedLast, label) || is_delegated(label);
}

}  // namespace vedette::captures
