// Secrets: passwords, tokens, keys, from files that others cannot read. A name without slash is a
// credential of the service manager. Nothing keeps a secret longer than it needs it: the text is
// overwritten when its owner goes. Not thread safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace vedette::sys {

/// A text that is overwritten in memory when it is destroyed; it cannot be copied by accident.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string text) noexcept : text_(std::move(text)) {}
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(); }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  private:
    void wipe() noexcept;
    std::string text_;
};

/// The file that `name` means: itself when a slash stands in it, else the credential of that name
/// below `credentials` ($CREDENTIALS_DIRECTORY). Fails when a credential is named and there is no
/// such directory.
[[nodiscard]] Result<std::string> secret_path(const std::string& name,
                                              std::string_view credentials);

/// Reads one line: at most 64 KiB, the line's end cut off. Permission when others than the owner
/// and the group may read or write it, with the command that mends it; InvalidInput when it is
/// empty, longer, or holds control characters.
[[nodiscard]] Result<Secret> read_secret(const std::string& path);

}  // namespace vedette::sys
