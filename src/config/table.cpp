#include "config/table.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "base/suggest.hpp"

namespace vedette::config {
namespace {

constexpr std::int64_t kKiB = 1LL << 10U;
constexpr std::int64_t kMiB = 1LL << 20U;
constexpr std::int64_t kGiB = 1LL << 30U;
constexpr std::int64_t kTiB = 1LL << 40U;

constexpr std::array<std::string_view, 3> kColors{"auto", "always", "never"};
constexpr std::array<std::string_view, 3> kAnswerRules{"round-robin", "hash", "time"};
constexpr std::array<std::string_view, 4> kPresets{"off", "quiet", "normal", "strict"};

using S = Settings;

constexpr std::array kTable{
    Setting{"process.user",
            &S::process_user,
            0,
            0,
            {},
            "The account that watch and serve become once their sockets are open, when root starts "
            "them; it must own the database's folder and be able to read the certificate's key. "
            "Empty: stay root, with no right left but that to open files."},

    Setting{"capture.interfaces",
            &S::capture_interfaces,
            0,
            0,
            {},
            "Interfaces to listen on, e.g. [\"eth0\", \"br-lan\"]."},
    Setting{"capture.promiscuous",
            &S::capture_promiscuous,
            0,
            0,
            {},
            "Also receive frames that are addressed to other machines."},
    Setting{"capture.filter",
            &S::capture_filter,
            0,
            0,
            {},
            "A capture filter in tcpdump's language that replaces the built-in one."},
    Setting{"capture.buffer",
            &S::capture_buffer,
            kMiB,
            4 * kGiB,
            {},
            "Kernel buffer of all interfaces together. A larger one rides out longer stalls."},

    Setting{"decode.dns_ports",
            &S::decode_dns_ports,
            1,
            65'535,
            {},
            "Ports that carry DNS, besides 5353 (mDNS), 5355 (LLMNR) and 137 (NetBIOS)."},
    Setting{"decode.guess_dns_ports",
            &S::decode_guess_dns_ports,
            0,
            0,
            {},
            "Take datagrams on other ports as DNS when their bytes look like it."},
    Setting{"decode.query_timeout",
            &S::decode_query_timeout,
            kNanosPerSecond,
            300 * kNanosPerSecond,
            {},
            "A query without an answer for this long is told as unanswered."},
    Setting{"decode.max_pending_queries",
            &S::decode_max_pending_queries,
            1'024,
            16'777'216,
            {},
            "Queries that wait for their answer at one time; beyond it the oldest is given up."},
    Setting{"decode.fragment_memory",
            &S::decode_fragment_memory,
            64 * kKiB,
            kGiB,
            {},
            "Memory for IP fragments that wait for the rest of their packet."},
    Setting{"decode.stream_memory",
            &S::decode_stream_memory,
            64 * kKiB,
            3 * kGiB,
            {},
            "Memory for TCP segments that wait for an earlier one."},

    Setting{"anonymize.key",
            &S::anonymize_key,
            0,
            0,
            {},
            "File with the secret that `analyze --anonymize` disguises with, mode 0600; made when "
            "there is none. Empty is anonymize.key beside the database."},

    Setting{"store.enabled", &S::store_enabled, 0, 0, {}, "Keep what is seen in the database."},
    Setting{"store.path",
            &S::store_path,
            0,
            0,
            {},
            "The database file. Empty is /var/lib/vedette/vedette.db for root and the service, "
            "else vedette/vedette.db below $XDG_DATA_HOME (~/.local/share)."},
    Setting{"store.keep_days",
            &S::store_keep_days,
            0,
            36'500,
            {},
            "Days that the database keeps; 0 keeps everything."},
    Setting{"store.max_size",
            &S::store_max_size,
            0,
            1'000 * kTiB,
            {},
            "Size at which the oldest days are dropped; 0 is no limit."},

    Setting{"dayfiles.enabled",
            &S::dayfiles_enabled,
            0,
            0,
            {},
            "What `watch` stores is also written to one JSON log file per day: "
            "dns-2026-11-21.jsonl, dhcp-2026-11-21.jsonl."},
    Setting{"dayfiles.directory",
            &S::dayfiles_directory,
            0,
            0,
            {},
            "Folder of the day files. Empty is logs/ beside the database."},
    Setting{"dayfiles.keep_days",
            &S::dayfiles_keep_days,
            0,
            36'500,
            {},
            "Days that the day files are kept; 0 keeps everything."},
    Setting{"dayfiles.max_size",
            &S::dayfiles_max_size,
            0,
            1'000 * kTiB,
            {},
            "Size at which the oldest day files are deleted; 0 is no limit."},

    Setting{"detect.preset", &S::detect_preset, 0, 0, kPresets,
            "How eager the detectors are: off, quiet, normal or strict."},

    Setting{
        "consensus.resolvers",
        &S::consensus_resolvers,
        0,
        0,
        {},
        "Resolvers that live runs ask again what others were seen to answer, to tell who differs: "
        "ADDRESS, ADDRESS:PORT, tls://ADDRESS#NAME. Two to eight; empty asks nobody."},
    Setting{"consensus.except",
            &S::consensus_except,
            0,
            0,
            {},
            "Domains whose names are never asked there, e.g. [\"corp.example.com\"]. Private names "
            "and names that lead to private addresses never are."},
    Setting{"consensus.per_minute",
            &S::consensus_per_minute,
            1,
            600,
            {},
            "Names that are asked there within a minute, at most."},
    Setting{
        "consensus.origins",
        &S::consensus_origins,
        0,
        0,
        {},
        "A table of prefixes and their AS, by which addresses of one provider are known as such. "
        "Empty compares prefixes of /16 (IPv4) and /32 (IPv6)."},
    Setting{"consensus.ca",
            &S::consensus_ca,
            0,
            0,
            {},
            "Authority of the certificates of tls:// resolvers, a PEM file. Empty is those of the "
            "system."},

    Setting{"policy.path",
            &S::policy_path,
            0,
            0,
            {},
            "The file of the policy lists. Empty is policy.db beside the database."},

    Setting{"alerts.path",
            &S::alerts_path,
            0,
            0,
            {},
            "The file of the alerts. Empty is alerts.db beside the database."},
    Setting{"alerts.file",
            &S::alerts_file,
            0,
            0,
            {},
            "Also write alerts to one JSON file per day: alerts-2026-11-21.jsonl."},
    Setting{"alerts.keep_days",
            &S::alerts_keep_days,
            0,
            36'500,
            {},
            "Days that alerts are kept; 0 keeps everything."},
    Setting{
        "alerts.burst",
        &S::alerts_burst,
        0,
        100'000,
        {},
        "New alerts of one kind within ten minutes; further ones are counted in one alert. 0 is "
        "no limit."},
    Setting{"alerts.evidence",
            &S::alerts_evidence,
            0,
            4 * kGiB,
            {},
            "Memory for the last packets, from which alerts keep their own; 0 keeps none."},

    Setting{
        "serve.listen",
        &S::serve_listen,
        0,
        0,
        {},
        "Addresses where DNS is answered over UDP and TCP: ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT."},
    Setting{"serve.tls_listen",
            &S::serve_tls_listen,
            0,
            0,
            {},
            "Addresses for DNS over TLS; port 853 unless they name one."},
    Setting{"serve.https_listen",
            &S::serve_https_listen,
            0,
            0,
            {},
            "Addresses for DNS over HTTPS; port 443 unless they name one."},
    Setting{"serve.quic_listen",
            &S::serve_quic_listen,
            0,
            0,
            {},
            "Addresses for DNS over QUIC; port 853 unless they name one."},
    Setting{"serve.xdp",
            &S::serve_xdp,
            0,
            0,
            {},
            "Interfaces whose datagrams come by AF_XDP, past the kernel's network stack."},
    Setting{"serve.certificate",
            &S::serve_certificate,
            0,
            0,
            {},
            "Certificate chain for TLS, HTTPS and QUIC, a PEM file."},
    Setting{"serve.key", &S::serve_key, 0, 0, {}, "The certificate's private key, a PEM file."},
    Setting{"serve.zones",
            &S::serve_zones,
            0,
            0,
            {},
            "Master files to serve, e.g. [\"example.org=/etc/zones/example.org\"]."},
    Setting{"serve.records",
            &S::serve_records,
            0,
            0,
            {},
            "The file of the records added by hand. Empty is records.db beside the database."},
    Setting{"serve.threads", &S::serve_threads, 1, 256, {}, "Threads per address and transport."},
    Setting{
        "serve.udp_size", &S::serve_udp_size, 512, 4096, {}, "Largest answer over UDP, in bytes."},
    Setting{"serve.unknown",
            &S::serve_unknown,
            0,
            0,
            {},
            "Addresses given for every name outside the zones (a sinkhole). Empty refuses them."},
    Setting{"serve.nsid",
            &S::serve_nsid,
            0,
            0,
            {},
            "What the server calls itself to those who ask (NSID, id.server). Empty says nothing."},
    Setting{"serve.version",
            &S::serve_version,
            0,
            0,
            {},
            "What version.bind gives. Empty refuses the question."},
    Setting{"serve.log", &S::serve_log, 0, 0, {}, "Store every exchange like captured traffic."},
    Setting{"serve.answers_per_second",
            &S::serve_answers_per_second,
            0,
            1000000,
            {},
            "Alike answers to one prefix over UDP; 0 is no limit."},
    Setting{"serve.queries_per_second",
            &S::serve_queries_per_second,
            0,
            10000000,
            {},
            "Questions of one prefix over UDP; 0 is no limit."},
    Setting{"serve.transfer_to",
            &S::serve_transfer_to,
            0,
            0,
            {},
            "Addresses or prefixes that may have whole zones (AXFR)."},
    Setting{"serve.tsig_keys",
            &S::serve_tsig_keys,
            0,
            0,
            {},
            "Keys of transfers as NAME:ALGORITHM:BASE64. When there are any, one is required."},
    Setting{"serve.notify",
            &S::serve_notify,
            0,
            0,
            {},
            "Secondaries that are told of changes: ADDRESS or ADDRESS:PORT."},

    Setting{"answer.listen",
            &S::answer_listen,
            0,
            0,
            {},
            "Addresses where traced frames are answered over TCP; port 9000 unless they name one."},
    Setting{
        "answer.dns_listen",
        &S::answer_dns_listen,
        0,
        0,
        {},
        "Addresses where plain DNS is answered over UDP and TCP; port 53 unless they name one."},
    Setting{"answer.pool",
            &S::answer_pool,
            0,
            0,
            {},
            "Addresses to answer with: 192.0.2.11-15, 2001:db8::1-2001:db8::f, 192.0.2.0/28."},
    Setting{"answer.rule", &S::answer_rule, 0, 0, kAnswerRules,
            "Which address a question gets: the next one, one by a hash of the name, or one by the "
            "time of day and the question's id."},
    Setting{"answer.windows",
            &S::answer_windows,
            0,
            0,
            {},
            "For rule time: hours of the day (UTC) with pools of their own, e.g. "
            "[\"04:00-12:00 = 192.0.2.11-13, 2001:db8::1\"]."},
    Setting{"answer.ttl", &S::answer_ttl, 0, 604'800, {}, "Seconds that an answer may be kept."},
#include "config/link_settings.def"

    Setting{"display.color", &S::display_color, 0, 0, kColors,
            "Colour in terminals: auto, always or never. NO_COLOR in the environment is never."},
};

}  // namespace

std::span<const Setting> settings_table() noexcept {
    return kTable;
}

const Setting* find_setting(std::string_view name) noexcept {
    for (const Setting& setting : kTable) {
        if (setting.name == name) return &setting;
    }
    return nullptr;
}

std::string suggest_setting(std::string_view typed) {
    std::vector<std::string_view> names;
    for (const Setting& setting : kTable)
        names.push_back(setting.name);
    const std::string_view near = nearest_word(typed, names);
    return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
}

std::string environment_name(const Setting& setting) {
    std::string name = "VEDETTE_";
    for (const char c : setting.name) {
        name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    return name;
}

}  // namespace vedette::config
