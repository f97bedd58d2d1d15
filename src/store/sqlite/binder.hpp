// Binds values left to right, so that a long INSERT reads as its column list. Texts made on the way
// are kept until the statement has run. Throw-away: one per row.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "model/address.hpp"
#include "store/sqlite/connection.hpp"
#include "wire/anomaly/anomaly.hpp"

namespace vedette::store {

class Binder {
  public:
    explicit Binder(Statement& statement) noexcept : statement_(statement) {}

    Binder& integer(std::int64_t value) {
        statement_.bind(++at_, value);
        return *this;
    }
    /// NULL when zero.
    Binder& number_or_null(std::int64_t value) {
        if (value == 0) return null();
        return integer(value);
    }
    /// The view must last until run().
    Binder& text(std::string_view value) {
        statement_.bind(++at_, value);
        return *this;
    }
    /// NULL when empty.
    Binder& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
    Binder& kept(std::string value) { return text_or_null(texts_.emplace_back(std::move(value))); }
    Binder& blob_or_null(ByteView value) {
        if (value.empty()) return null();
        statement_.bind_blob(++at_, value);
        return *this;
    }
    Binder& null() {
        statement_.bind_null(++at_);
        return *this;
    }
    Binder& mac_or_null(const MacAddress& mac) {
        return mac.is_zero() ? null() : kept(mac.to_text());
    }
    Binder& ip(const IpAddress& ip) { return kept(ip.to_text()); }
    Binder& ip_or_null(const IpAddress& address) {
        return address.is_unspecified() ? null() : ip(address);
    }
    Binder& anomaly_or_null(wire::AnomalyId id) { return text_or_null(wire::info(id).id); }

    [[nodiscard]] Result<void> run() { return statement_.run(); }

  private:
    Statement& statement_;
    int at_ = 0;
    std::deque<std::string> texts_;
};

}  // namespace vedette::store
