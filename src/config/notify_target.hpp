// One table [notify.NAME] of the settings file: where alerts go. Plain values; what each means
// stands in target_table.cpp. Secrets are never here, only the files that hold them.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.hpp"
#include "config/value_types.hpp"

namespace vedette::config {

struct NotifyTarget {
    std::string name;   ///< of the table
    std::string place;  ///< "FILE:12", "command line"

    std::string type;
    bool enabled = true;

    // where
    std::string url;
    std::string url_file;
    TextList command;
    std::string from;
    TextList to;
    std::string topic = "vedette/alert";
    std::string facility = "daemon";
    TextList headers;
    std::string subject = "[vedette]";

    // who we are, and who they must be
    std::string user;
    std::string password_file;
    std::string token_file;
    std::string hmac_key_file;
    std::string ca_file;
    std::string certificate;
    std::string key;
    std::string starttls = "required";

    // what is told
    std::string severity = "low";
    TextList kinds;
    bool ended = true;

    // when; the first three and the limit have defaults by type
    Duration group_wait;
    Duration group_interval;
    Duration repeat_interval = Duration::seconds(4 * 3'600);
    std::int64_t hourly_limit = 0;
    Duration timeout = Duration::seconds(30);
    Duration keep = Duration::seconds(7 * 86'400);
    std::int64_t queue_limit = 10'000;
};

}  // namespace vedette::config
