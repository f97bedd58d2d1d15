#include "captures/anonymize/key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "sys/os/descriptor.hpp"
#include "sys/os/error.hpp"

namespace vedette::captures {
namespace {

constexpr std::size_t kDigits = 2 * AnonymizeKey::kBytes;

std::unexpected<Error> bad_content(const std::string& path) {
    return fail(ErrorKind::InvalidInput,
                fmt::format("{} holds no anonymization key: {} hexadecimal digits are expected",
                            path, kDigits));
}

}  // namespace

Result<AnonymizeKey> AnonymizeKey::random() {
    Bytes bytes{};
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        return fail(ErrorKind::Failed, "no random numbers for an anonymization key");
    }
    return AnonymizeKey(bytes);
}

Result<AnonymizeKey> AnonymizeKey::load(const std::string& path) {
    const std::string what = fmt::format("cannot read the anonymization key {}", path);
    const sys::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!file.open()) return sys::fail_errno(what);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) return sys::fail_errno(what);
    if (S_ISREG(status.st_mode) && (status.st_mode & 0077U) != 0) {
        return fail(
            ErrorKind::Permission,
            fmt::format("{} can be read by others: `chmod 600` it, or use a new key", path));
    }
    std::array<char, kDigits + 3> text{};
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return sys::fail_errno(what);
    std::string_view digits(text.data(), static_cast<std::size_t>(got));
    while (digits.ends_with('\n') || digits.ends_with('\r'))
        digits.remove_suffix(1);
    if (digits.size() != kDigits) return bad_content(path);
    Bytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char* const at = digits.data() + 2 * i;
        const auto [stop, error] = std::from_chars(at, at + 2, bytes[i], 16);
        if (error != std::errc{} || stop != at + 2) return bad_content(path);
    }
    return AnonymizeKey(bytes);
}

Result<AnonymizeKey> AnonymizeKey::load_or_create(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return load(path);
    auto key = random();
    if (!key) return key;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
    VEDETTE_TRY(key->save(path));
    return key;
}

Result<void> AnonymizeKey::save(const std::string& path) const {
    const std::string what = fmt::format("cannot save the anonymization key to {}", path);
    const sys::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.open()) return sys::fail_errno(what);
    std::string text;
    for (const std::uint8_t byte : bytes_)
        text += fmt::format("{:02x}", byte);
    text += '\n';
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        return sys::fail_errno(what);
    }
    return {};
}

AnonymizeKey::Bytes AnonymizeKey::derive(std::string_view purpose) const {
    Bytes out{};
    unsigned length = 0;
    const ByteView text = as_bytes(purpose);
    const auto* const done = ::HMAC(::EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()),
                                    text.data(), text.size(), out.data(), &length);
    VEDETTE_ASSERT(done != nullptr && length == out.size());
    return out;
}

}  // namespace vedette::captures
