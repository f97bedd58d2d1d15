// A library that is opened when it is needed, for what few runs need and brings much. Stays open
// until the program ends. Not for plug-ins: names are ours.
#pragma once

#include <string>

namespace vedette::sys {

class SharedLibrary {
  public:
    /// `name` as the linker knows it: "libcairo.so.2". is_open() tells whether it was there.
    explicit SharedLibrary(const std::string& name) noexcept;

    [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }
    /// Sets `function` to the library's `name`, or to null; whether it was found.
    template <typename Function>
    [[nodiscard]] bool find(Function*& function, const char* name) const noexcept {
        function = reinterpret_cast<Function*>(address(name));
        return function != nullptr;
    }

  private:
    [[nodiscard]] void* address(const char* name) const noexcept;

    void* handle_ = nullptr;
};

}  // namespace vedette::sys
