// Where results go: standard output or the file of `-o`. Buffered; a reader that went away is not
// an error but a reason to stop quietly. Not thread safe; a long file is brought to the disk by a
// thread of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/output/write_back.hpp"
#include "base/result.hpp"

namespace vedette::app {

class Output {
  public:
    /// "-" is standard output; a file is created or emptied.
    [[nodiscard]] static Result<Output> open(const std::string& path);
    Output(Output&& other) noexcept;
    Output& operator=(Output&&) = delete;
    ~Output();

    /// Buffers; writes when enough has gathered. Errors show in finish().
    void write(std::string_view text);
    void flush();
    /// Flushes and tells the first failure.
    [[nodiscard]] Result<void> finish();
    /// The reader of a pipe went away: nothing more will arrive.
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    /// A write failed; finish() tells how.
    [[nodiscard]] bool failed() const noexcept { return error_ != 0; }
    [[nodiscard]] bool is_terminal() const noexcept { return columns_ != 0; }
    /// Width of the terminal, 0 when it is none.
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }

  private:
    Output(int descriptor, std::string path);
    void send(std::string_view left);
    void start_write_back();

    int descriptor_ = -1;
    std::string path_;
    std::string buffer_;
    std::size_t columns_ = 0;
    std::size_t sent_ = 0;  // bytes given to the system
    std::unique_ptr<WriteBack> write_back_;
    int error_ = 0;
    bool closed_ = false;
};

}  // namespace vedette::app
