// A list of bounded length whose places cost nothing until they are used: an answer has several of
// them, most stay empty, and clearing them would cost more than finding the name. No heap. Values
// only.
#pragma once

#include <type_traits>

namespace vedette::dnsd {

template <typename T, unsigned kMost>
class ShortList {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  public:
    ShortList() noexcept {}  // not defaulted: that would clear the places

    /// False when the list is full.
    bool push(const T& value) noexcept {
        if (count_ == kMost) return false;
        places_[count_++] = value;
        return true;
    }
    [[nodiscard]] unsigned size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] const T* begin() const noexcept { return places_; }
    [[nodiscard]] const T* end() const noexcept { return places_ + count_; }

  private:
    union {
        T places_[kMost];
    };
    unsigned count_ = 0;
};

}  // namespace vedette::dnsd
