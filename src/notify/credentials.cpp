#include "notify/credentials.hpp"

namespace vedette::notify {

Result<sys::Secret> secret_or(const std::string& file, const std::string& open_text) {
    if (file.empty()) return sys::Secret(open_text);
    return sys::read_secret(file);
}

Outcome not_tried(Error error) {
    return {Outcome::Verdict::Failed, std::move(error.text), {}};
}

}  // namespace vedette::notify
