#include "sys/os/shared_library.hpp"

#include <dlfcn.h>

namespace vedette::sys {

SharedLibrary::SharedLibrary(const std::string& name) noexcept
    : handle_(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL)) {}

void* SharedLibrary::address(const char* name) const noexcept {
    return handle_ == nullptr ? nullptr : ::dlsym(handle_, name);
}

}  // namespace vedette::sys
