// A vector for values that may be moved as bytes. It grows with realloc, which for large blocks
// moves page tables instead of copying, so that compiling ten million names needs no second copy.
// Running out of memory ends the program. Not thread safe.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"

namespace vedette::dnsd {

template <typename T>
    requires std::is_trivially_copyable_v<T>
class GrowingArray {
  public:
    GrowingArray() noexcept = default;
    GrowingArray(GrowingArray&& other) noexcept { swap(other); }
    GrowingArray& operator=(GrowingArray&& other) noexcept {
        swap(other);
        return *this;
    }
    GrowingArray(const GrowingArray&) = delete;
    GrowingArray& operator=(const GrowingArray&) = delete;
    ~GrowingArray() { std::free(data_); }

    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return data_[index]; }
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return data_[index]; }
    void clear() noexcept { size_ = 0; }

    void push_back(const T& value) { *append(1) = value; }
    /// Room for `count` values at the end, not initialised; valid until the next growth.
    [[nodiscard]] T* append(std::size_t count) {
        if (count > capacity_ - size_) reallocate((size_ + count) + (size_ + count) / 2);
        size_ += count;
        return data_ + (size_ - count);
    }
    /// Exactly `count` values, all zero bytes.
    void reset_to_zero(std::size_t count) {
        std::free(data_);
        data_ = static_cast<T*>(std::calloc(count, sizeof(T)));
        VEDETTE_ASSERT(data_ != nullptr);
        size_ = capacity_ = count;
    }
    void shrink() {
        if (size_ != 0) reallocate(size_);
    }
    [[nodiscard]] std::size_t bytes() const noexcept { return capacity_ * sizeof(T); }

  private:
    void swap(GrowingArray& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    void reallocate(std::size_t capacity) {
        data_ = static_cast<T*>(std::realloc(static_cast<void*>(data_), capacity * sizeof(T)));
        VEDETTE_ASSERT(data_ != nullptr);
        capacity_ = capacity;
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace vedette::dnsd
