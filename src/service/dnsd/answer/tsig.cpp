#include "service/dnsd/answer/tsig.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "render/name_text.hpp"
#include "service/dnsd/zone/rr_type.hpp"

namespace vedette::dnsd {
namespace {

constexpr std::uint16_t kFudgeSeconds = 300;  // RFC 8945 10
constexpr std::size_t kMaxMacBytes = 64;
constexpr unsigned kTimeBytes = 6;

struct AlgorithmRow {
    TsigAlgorithm algorithm;
    std::string_view name;
    std::string_view wire;
    const EVP_MD* (*digest)();
    std::size_t bytes;
};

constexpr std::array<AlgorithmRow, 4> kAlgorithms{{
    {TsigAlgorithm::HmacSha1, "hmac-sha1", {"\11hmac-sha1\0", 11}, &EVP_sha1, 20},
    {TsigAlgorithm::HmacSha256, "hmac-sha256", {"\13hmac-sha256\0", 13}, &EVP_sha256, 32},
    {TsigAlgorithm::HmacSha384, "hmac-sha384", {"\13hmac-sha384\0", 13}, &EVP_sha384, 48},
    {TsigAlgorithm::HmacSha512, "hmac-sha512", {"\13hmac-sha512\0", 13}, &EVP_sha512, 64},
}};

const AlgorithmRow& row_of(TsigAlgorithm algorithm) noexcept {
    return *std::ranges::find(kAlgorithms, algorithm, &AlgorithmRow::algorithm);
}

using Bytes = std::vector<std::uint8_t>;

void put(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}
void put_number(Bytes& out, std::uint64_t value, unsigned octets) {
    for (unsigned i = octets; i-- > 0;)
        out.push_back(static_cast<std::uint8_t>(value >> (8U * i)));
}

Bytes mac_of(const TsigKey& key, ByteView data) {
    const AlgorithmRow& row = row_of(key.algorithm);
    Bytes mac(kMaxMacBytes);
    unsigned length = 0;
    HMAC(row.digest(), key.secret.data(), static_cast<int>(key.secret.size()), data.data(),
         data.size(), mac.data(), &length);
    mac.resize(length);
    return mac;
}

/// The TSIG variables of RFC 8945 4.3.3 behind a message.
void put_variables(Bytes& out, ByteView key_name, ByteView algorithm, std::uint64_t time,
                   std::uint16_t fudge, std::uint16_t error, ByteView other = {}) {
    const std::size_t at = out.size();
    out.resize(at + key_name.size());
    copy_lower(key_name, out.data() + at);
    put_number(out, kClassAny, 2);
    put_number(out, 0, 4);
    const std::size_t name_at = out.size();
    out.resize(name_at + algorithm.size());
    copy_lower(algorithm, out.data() + name_at);
    put_number(out, time, kTimeBytes);
    put_number(out, fudge, 2);
    put_number(out, error, 2);
    put_number(out, other.size(), 2);
    put(out, other);
}

struct TsigRecord {
    LookupName name;
    LookupName algorithm;
    std::uint64_t time = 0;
    std::uint16_t fudge = 0;
    ByteView mac;
    std::uint16_t original_id = 0;
    std::uint16_t error = 0;
    ByteView other;
};

bool read_record(ByteView request, std::size_t offset, TsigRecord& record) noexcept {
    wire::Reader reader(request);
    reader.skip(offset);
    if (!record.name.read(reader)) return false;
    const bool fixed = reader.u16() == rr::kTsig && reader.u16() == kClassAny && reader.u32() == 0;
    const std::size_t end = reader.u16() + reader.offset();
    if (!fixed) return false;
    if (!record.algorithm.read(reader)) return false;
    record.time = std::uint64_t{reader.u16()} << 32U;
    record.time |= reader.u32();
    record.fudge = reader.u16();
    record.mac = reader.bytes(reader.u16());
    record.original_id = reader.u16();
    record.error = reader.u16();
    record.other = reader.bytes(reader.u16());
    return reader.ok() && reader.offset() == end;
}

}  // namespace

Result<TsigKey> TsigKey::parse(std::string_view text) {
    const std::size_t first = text.find(':');
    const std::size_t last = text.rfind(':');
    const auto wrong = [&](const char* what) {
        return fail(ErrorKind::InvalidSettings, fmt::format("TSIG key: {}", what));
    };
    if (first == text.npos) return wrong("expected NAME:ALGORITHM:BASE64");
    TsigKey key;
    auto name = render::parse_name(text.substr(0, first));
    if (!name) return std::unexpected(std::move(name.error()));
    key.name = *name;
    if (last != first) {
        const auto row = std::ranges::find(kAlgorithms, text.substr(first + 1, last - first - 1),
                                           &AlgorithmRow::name);
        if (row == kAlgorithms.end()) return wrong("unknown algorithm");
        key.algorithm = row->algorithm;
    }
    const std::string_view secret = text.substr(last + 1);
    key.secret.resize(secret.size());
    const int length = EVP_DecodeBlock(key.secret.data(), as_bytes(secret).data(),
                                       static_cast<int>(secret.size()));
    if (length <= 0) return wrong("the secret is no base64");
    const auto padding = static_cast<std::size_t>(std::ranges::count(secret, '='));
    key.secret.resize(static_cast<std::size_t>(length) - padding);
    return key;
}

TsigSession TsigSession::verify(ByteView request, std::size_t tsig_offset,
                                const std::vector<TsigKey>& keys, std::uint64_t now) {
    TsigSession session;
    TsigRecord record;
    if (!read_record(request, tsig_offset, record)) return session;
    assign_name(session.key_name_, record.name.wire());
    session.algorithm_.assign(record.algorithm.wire().begin(), record.algorithm.wire().end());
    session.original_id_ = record.original_id;
    session.request_time_ = record.time;
    session.status_ = TsigStatus::BadKey;
    const TsigKey* known = nullptr;
    for (const TsigKey& key : keys) {
        if (equals_lower(key.name.view(), record.name.wire()) &&
            row_of(key.algorithm).wire == as_text(record.algorithm.wire()))
            known = &key;
    }
    if (known == nullptr) return session;
    Bytes signed_bytes(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(tsig_offset));
    signed_bytes[0] = static_cast<std::uint8_t>(record.original_id >> 8U);
    signed_bytes[1] = static_cast<std::uint8_t>(record.original_id);
    const unsigned additional = (unsigned{signed_bytes[10]} << 8U | signed_bytes[11]) - 1U;
    signed_bytes[10] = static_cast<std::uint8_t>(additional >> 8U);
    signed_bytes[11] = static_cast<std::uint8_t>(additional);
    put_variables(signed_bytes, record.name.wire(), record.algorithm.wire(), record.time,
                  record.fudge, record.error, record.other);
    const Bytes expected = mac_of(*known, signed_bytes);
    session.status_ = TsigStatus::BadSig;
    // Truncated MACs (RFC 8945 5.2.2.1) are not accepted.
    if (record.mac.size() != expected.size() ||
        CRYPTO_memcmp(record.mac.data(), expected.data(), expected.size()) != 0)
        return session;
    session.key_ = *known;
    session.last_mac_ = expected;
    const std::uint64_t difference = record.time > now ? record.time - now : now - record.time;
    session.status_ = difference > record.fudge ? TsigStatus::BadTime : TsigStatus::Good;
    return session;
}

std::size_t TsigSession::reserve() const noexcept {
    return key_name_.length + 10U + algorithm_.size() + 16U + kMaxMacBytes + 6U;
}

void TsigSession::sign_request(std::vector<std::uint8_t>& message, const TsigKey& key,
                               std::uint64_t now) {
    TsigSession session;
    session.key_ = key;
    session.status_ = TsigStatus::Good;
    session.key_name_ = key.name;
    const std::string_view algorithm = row_of(key.algorithm).wire;
    session.algorithm_.assign(algorithm.begin(), algorithm.end());
    session.original_id_ = static_cast<std::uint16_t>(message[0] << 8U | message[1]);
    session.answers_ = false;
    session.sign(message, now);
}

void TsigSession::sign(std::vector<std::uint8_t>& message, std::uint64_t now) {
    const bool unsigned_error = status_ == TsigStatus::BadKey || status_ == TsigStatus::BadSig;
    const auto error = static_cast<std::uint16_t>(status_);
    Bytes server_time;  // RFC 8945 5.2.3: the request's time comes back, ours goes beside it
    if (status_ == TsigStatus::BadTime) {
        put_number(server_time, now, kTimeBytes);
        now = request_time_;
    }
    Bytes mac;
    if (!unsigned_error && key_) {
        Bytes data;
        if (answers_) {
            put_number(data, last_mac_.size(), 2);
            put(data, last_mac_);
        }
        put(data, message);
        if (first_) {
            put_variables(data, key_name_.view(), algorithm_, now, kFudgeSeconds, error,
                          server_time);
        } else {  // RFC 8945 5.3.1: only the timers
            put_number(data, now, kTimeBytes);
            put_number(data, kFudgeSeconds, 2);
        }
        mac = mac_of(*key_, data);
        last_mac_ = mac;
        first_ = false;
    }
    put(message, key_name_.view());
    put_number(message, rr::kTsig, 2);
    put_number(message, kClassAny, 2);
    put_number(message, 0, 4);
    put_number(message, algorithm_.size() + 16 + mac.size() + server_time.size(), 2);
    put(message, algorithm_);
    put_number(message, now, kTimeBytes);
    put_number(message, kFudgeSeconds, 2);
    put_number(message, mac.size(), 2);
    put(message, mac);
    put_number(message, original_id_, 2);
    put_number(message, error, 2);
    put_number(message, server_time.size(), 2);
    put(message, server_time);
    const unsigned additional = (unsigned{message[10]} << 8U | message[11]) + 1U;
    message[10] = static_cast<std::uint8_t>(additional >> 8U);
    message[11] = static_cast<std::uint8_t>(additional);
}

}  // namespace vedette::dnsd
