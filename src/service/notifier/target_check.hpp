// What the settings table cannot say of a [notify.NAME]: URLs of the right kind, addresses, secret
// files that are secret, passwords that never cross a network in the clear. Reads the files it is
// told of; collects what is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/notify_target.hpp"

namespace vedette::service {

class TargetCheck {
  public:
    TargetCheck(const config::NotifyTarget& target, std::string_view credentials,
                std::vector<std::string>& problems)
        : target_(target), credentials_(credentials), problems_(problems) {}

    /// Everything that does not yield a value.
    void run();
    /// The file that a secret setting means; empty when it is not set, or wrong and told so.
    [[nodiscard]] std::string secret(std::string_view key, const std::string& value);

  private:
    void complain(std::string_view key, std::string_view what);
    void check_url();
    void check_login();
    void check_addresses();
    void check_kinds();
    void check_files();
    void check_command();
    void check_texts();

    const config::NotifyTarget& target_;
    std::string_view credentials_;
    std::vector<std::string>& problems_;
};

}  // namespace vedette::service
