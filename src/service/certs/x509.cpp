#include "service/certs/x509.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/bytes.hpp"
#include "sys/os/descriptor.hpp"
#include "sys/os/error.hpp"

namespace vedette::certs {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* k) { EVP_PKEY_free(k); })>;
using X509Ptr = std::unique_ptr<X509, decltype([](X509* c) { X509_free(c); })>;
using Bio = std::unique_ptr<BIO, decltype([](BIO* b) { BIO_free(b); })>;
using Extension =
    std::unique_ptr<X509_EXTENSION, decltype([](X509_EXTENSION* e) { X509_EXTENSION_free(e); })>;
using Names =
    std::unique_ptr<GENERAL_NAMES, decltype([](GENERAL_NAMES* n) { GENERAL_NAMES_free(n); })>;

constexpr int kSerialBytes = 16;           // RFC 5280 4.1.2.2: up to 20 octets
constexpr std::int64_t kBackdate = 3'600;  // clocks that are a little behind
constexpr std::int64_t kDaySeconds = 86'400;

std::unexpected<Error> crypto_failure(std::string_view what) {
    const char* const reason = ERR_reason_error_string(ERR_get_error());
    return fail(ErrorKind::Failed,
                fmt::format("{}: {}", what, reason != nullptr ? reason : "unknown error"));
}

struct ExtensionText {
    int id;
    const char* text;
};

/// What each role's certificate says about its use.
std::array<ExtensionText, 3> uses_of(Role role) {
    switch (role) {
        case Role::Authority:
            return {{{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                     {NID_key_usage, "critical,keyCertSign,cRLSign"},
                     {NID_undef, nullptr}}};
        case Role::Client:
            return {{{NID_basic_constraints, "critical,CA:FALSE"},
                     {NID_key_usage, "critical,digitalSignature"},
                     {NID_ext_key_usage, "clientAuth"}}};
        default:
            return {{{NID_basic_constraints, "critical,CA:FALSE"},
                     {NID_key_usage, "critical,digitalSignature"},
                     {NID_ext_key_usage, "serverAuth"}}};
    }
}

bool is_address(const std::string& host) noexcept {
    std::array<unsigned char, 16> octets{};
    return inet_pton(AF_INET, host.c_str(), octets.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), octets.data()) == 1;
}

/// A character that would begin another entry of OpenSSL's extension text.
Result<std::string> alternative_names(const std::vector<std::string>& hosts) {
    std::string text;
    for (const std::string& host : hosts) {
        if (host.empty() || host.find_first_of(", :\t\n") != std::string::npos)
            if (!is_address(host))
                return fail(ErrorKind::Usage, fmt::format("'{}' is no host name or address", host));
        text +=
            fmt::format("{}{}:{}", text.empty() ? "" : ",", is_address(host) ? "IP" : "DNS", host);
    }
    return text;
}

}  // namespace

struct Pair::Handles {
    Key key;
    X509Ptr certificate;
};

namespace {

Result<void> add_extension(X509* certificate, X509* issuer, ExtensionText wanted) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_nconf_nid(nullptr, &context, wanted.id, wanted.text));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
        return crypto_failure("cannot write a certificate extension");
    return {};
}

Result<void> add_extensions(X509* certificate, X509* issuer, const Request& request) {
    for (const ExtensionText& use : uses_of(request.role)) {
        if (use.text != nullptr) VEDETTE_TRY(add_extension(certificate, issuer, use));
    }
    VEDETTE_TRY(add_extension(certificate, issuer, {NID_subject_key_identifier, "hash"}));
    if (issuer != certificate)
        VEDETTE_TRY(add_extension(certificate, issuer, {NID_authority_key_identifier, "keyid"}));
    const auto names = alternative_names(request.hosts);
    if (!names) return std::unexpected(names.error());
    if (names->empty()) return {};
    return add_extension(certificate, issuer, {NID_subject_alt_name, names->c_str()});
}

bool set_plain_fields(X509* certificate, const Request& request) {
    std::array<unsigned char, kSerialBytes> serial{};
    if (RAND_bytes(serial.data(), kSerialBytes) != 1) return false;
    serial[0] &= 0x7f;  // positive
    const std::unique_ptr<BIGNUM, decltype([](BIGNUM* n) { BN_free(n); })> number(
        BN_bin2bn(serial.data(), kSerialBytes, nullptr));
    X509_NAME* const subject = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) == 1 && number &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -kBackdate) != nullptr &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), static_cast<int>(request.days), 0,
                            nullptr) != nullptr &&
           X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                      as_bytes(request.name).data(),
                                      static_cast<int>(request.name.size()), -1, 0) == 1;
}

/// All of `bytes` in a new file that then takes the place of `path`.
Result<void> write_file(const std::string& path, std::string_view bytes, mode_t mode) {
    const std::string fresh = path + ".new";
    (void)unlink(fresh.c_str());
    sys::Descriptor file(open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file.open()) return sys::fail_errno("cannot write " + fresh);
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written != static_cast<ssize_t>(bytes.size()) || fsync(file.get()) != 0) {
        if (written >= 0 && errno == 0) errno = ENOSPC;
        return sys::fail_errno("cannot write " + fresh);
    }
    if (rename(fresh.c_str(), path.c_str()) != 0) return sys::fail_errno("cannot write " + path);
    return {};
}

std::string content_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

Result<X509Ptr> load_certificate(const std::string& path) {
    const Bio file(BIO_new_file(path.c_str(), "r"));
    if (!file) return sys::fail_errno("cannot open " + path);
    X509Ptr certificate(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!certificate) return fail(ErrorKind::InvalidInput, path + " holds no certificate");
    return certificate;
}

Timestamp time_of(const ASN1_TIME* time) {
    int days = 0;
    int seconds = 0;
    const std::unique_ptr<ASN1_TIME, decltype([](ASN1_TIME* t) { ASN1_STRING_free(t); })> epoch(
        ASN1_TIME_set(nullptr, 0));
    if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return kNever;
    return Timestamp::from_seconds(days * kDaySeconds + seconds);
}

std::vector<std::string> hosts_of(const X509* certificate) {
    std::vector<std::string> hosts;
    const Names names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
        int type = 0;
        const auto* const value =
            static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
        const ByteView bytes(ASN1_STRING_get0_data(value),
                             static_cast<std::size_t>(ASN1_STRING_length(value)));
        char text[INET6_ADDRSTRLEN] = {};
        if (type == GEN_DNS) hosts.emplace_back(as_text(bytes));
        if (type == GEN_IPADD && (bytes.size() == 4 || bytes.size() == 16) &&
            inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof(text)) !=
                nullptr)
            hosts.emplace_back(text);
    }
    return hosts;
}

Role role_of(X509* certificate) {
    if (X509_check_ca(certificate) == 1) return Role::Authority;
    if (X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0)
        return Role::SelfSigned;
    return (X509_get_extended_key_usage(certificate) & XKU_SSL_SERVER) != 0 ? Role::Server
                                                                            : Role::Client;
}

std::string fingerprint_of(const X509* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    std::string text;
    if (X509_digest(certificate, EVP_sha256(), digest.data(), &length) != 1) return text;
    for (unsigned i = 0; i < length; ++i)
        text += fmt::format("{:02x}", digest[i]);
    return text;
}

}  // namespace

Result<void> make_pair(Pair& pair, const Pair* signer) {
    auto handles = std::make_shared<Pair::Handles>();
    handles->key.reset(EVP_EC_gen("P-256"));
    handles->certificate.reset(X509_new());
    if (!handles->key || !handles->certificate) return crypto_failure("cannot make a key");
    X509* const certificate = handles->certificate.get();
    X509* const issuer = signer == nullptr ? certificate : signer->handles->certificate.get();
    EVP_PKEY* const key = signer == nullptr ? handles->key.get() : signer->handles->key.get();
    if (!set_plain_fields(certificate, pair.request) ||
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1 ||
        X509_set_pubkey(certificate, handles->key.get()) != 1)
        return crypto_failure("cannot fill in a certificate");
    VEDETTE_TRY(add_extensions(certificate, issuer, pair.request));
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        return crypto_failure("cannot sign a certificate");
    pair.handles = std::move(handles);
    return {};
}

Result<void> write_pair(const Pair& pair, const std::string& certificate, const std::string& key) {
    const Bio key_text(BIO_new(BIO_s_mem()));
    const Bio certificate_text(BIO_new(BIO_s_mem()));
    if (!key_text || !certificate_text ||
        PEM_write_bio_PrivateKey(key_text.get(), pair.handles->key.get(), nullptr, nullptr, 0,
                                 nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(certificate_text.get(), pair.handles->certificate.get()) != 1)
        return crypto_failure("cannot write a key");
    VEDETTE_TRY(write_file(key, content_of(key_text.get()), 0600));
    return write_file(certificate, content_of(certificate_text.get()), 0644);
}

Result<Pair> load_pair(const std::string& certificate, const std::string& key) {
    auto handles = std::make_shared<Pair::Handles>();
    auto loaded = load_certificate(certificate);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    handles->certificate = std::move(*loaded);
    const Bio file(BIO_new_file(key.c_str(), "r"));
    if (!file) return sys::fail_errno("cannot open " + key);
    handles->key.reset(PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!handles->key) return fail(ErrorKind::InvalidInput, key + " holds no private key");
    if (X509_check_private_key(handles->certificate.get(), handles->key.get()) != 1)
        return fail(ErrorKind::InvalidInput, key + " is not the key of " + certificate);
    return Pair{.request = {}, .handles = std::move(handles)};
}

Result<Certificate> read_certificate(const std::string& path) {
    auto loaded = load_certificate(path);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    X509* const certificate = loaded->get();
    char name[128] = {};
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                    sizeof(name));
    Certificate result;
    result.name = name;
    result.role = role_of(certificate);
    result.hosts = hosts_of(certificate);
    result.not_before = time_of(X509_get0_notBefore(certificate));
    result.not_after = time_of(X509_get0_notAfter(certificate));
    result.fingerprint = fingerprint_of(certificate);
    result.path = path;
    return result;
}

}  // namespace vedette::certs
