// Every setting as a plain value, with its default. Filled by load(); passed to whoever needs one.
// What each means, its range and its help stand in table.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "config/notify_target.hpp"
#include "config/value_types.hpp"

namespace vedette::config {

struct Settings {
    // [process]
    std::string process_user;

    // [capture]
    TextList capture_interfaces;
    bool capture_promiscuous = true;
    std::string capture_filter;
    ByteCount capture_buffer{48ULL << 20U};

    // [decode]
    NumberList decode_dns_ports{53};
    bool decode_guess_dns_ports = true;
    Duration decode_query_timeout = Duration::seconds(10);
    std::int64_t decode_max_pending_queries = 262'144;
    ByteCount decode_fragment_memory{16ULL << 20U};
    ByteCount decode_stream_memory{32ULL << 20U};

    // [anonymize]
    std::string anonymize_key;

    // [store]
    bool store_enabled = true;
    std::string store_path;
    std::int64_t store_keep_days = 90;
    ByteCount store_max_size{20'000'000'000};

    // [dayfiles]
    bool dayfiles_enabled = true;
    std::string dayfiles_directory;
    std::int64_t dayfiles_keep_days = 90;
    ByteCount dayfiles_max_size{20'000'000'000};

    // [detect]
    std::string detect_preset = "normal";

    // [consensus]
    TextList consensus_resolvers;
    TextList consensus_except;
    std::int64_t consensus_per_minute = 30;
    std::string consensus_origins;
    std::string consensus_ca;

    // [policy]
    std::string policy_path;

    // [alerts]
    std::string alerts_path;
    bool alerts_file = true;
    std::int64_t alerts_keep_days = 365;
    std::int64_t alerts_burst = 50;
    ByteCount alerts_evidence{16ULL << 20U};

    // [serve]
    TextList serve_listen{"127.0.0.1"};
    TextList serve_tls_listen;
    TextList serve_https_listen;
    TextList serve_quic_listen;
    TextList serve_xdp;
    std::string serve_certificate;
    std::string serve_key;
    TextList serve_zones;
    std::string serve_records;
    std::int64_t serve_threads = 1;
    std::int64_t serve_udp_size = 1'232;
    TextList serve_unknown;
    std::string serve_nsid;
    std::string serve_version;
    bool serve_log = true;
    std::int64_t serve_answers_per_second = 0;
    std::int64_t serve_queries_per_second = 0;
    TextList serve_transfer_to;
    TextList serve_tsig_keys;
    TextList serve_notify;

    // [collect]
    TextList collect_listen;
    TextList collect_dnstap;
    std::string collect_certificate;
    std::string collect_key;
    std::string collect_client_ca;
    std::string collect_tokens;
    bool collect_insecure = false;
    bool collect_dayfiles = false;

    // [forward]
    std::string forward_server;
    std::string forward_name;
    std::string forward_ca;
    std::string forward_certificate;
    std::string forward_key;
    std::string forward_token;
    std::string forward_spool;
    ByteCount forward_spool_size{1'000'000'000};
    bool forward_insecure = false;

    // [dnstap]
    std::string dnstap_output;
    std::string dnstap_identity;

    // [notify.NAME], one each
    std::vector<NotifyTarget> notify;

    // [answer]
    TextList answer_listen{"127.0.0.1:9000"};
    TextList answer_dns_listen;
    TextList answer_pool{"192.0.2.11-15", "2001:db8::11-2001:db8::15"};
    std::string answer_rule = "round-robin";
    TextList answer_windows;
    std::int64_t answer_ttl = 60;

    // [display]
    std::string display_color = "auto";
};

}  // namespace vedette::config
