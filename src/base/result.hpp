// Result<T>: how failures of the world (files, database, network, settings) are told. Hostile
// bytes are not errors (see wire/anomaly); our own mistakes are assertions (base/assert.hpp).
// Errors gain context on the way up: `cannot open store: /x/y.db: Permission denied`.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace vedette {

/// Why an operation on the world failed; decides the exit code and whether a retry makes sense.
enum class ErrorKind : unsigned char {
    Failed,           ///< anything without a better word
    NotFound,         ///< a file, interface, table or row that should be there
    InvalidInput,     ///< a file or argument whose content cannot be used
    InvalidSettings,  ///< the settings file or a flag value: exit code 4
    Usage,            ///< the command line itself: exit code 2
    Permission,       ///< a privilege is missing: exit code 3
    Busy,             ///< somebody else holds it; a retry may succeed
    NoSpace,          ///< the disk is full
    Unavailable,      ///< the other side is away; a retry may succeed
};

/// A failure with its category and one sentence for a person.
struct Error {
    ErrorKind kind = ErrorKind::Failed;
    std::string text;

    /// Puts what was being done in front: `<what>: <text>`.
    [[nodiscard]] Error context(std::string_view what) && {
        text.insert(0, ": ").insert(0, what);
        return std::move(*this);
    }
};

template <typename T>
using Result = std::expected<T, Error>;

/// Shorthand for the failing side of a Result.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, std::string text) {
    return std::unexpected(Error{kind, std::move(text)});
}

/// Passes an error up with context: `return fail(std::move(result.error()), "reading settings")`.
[[nodiscard]] inline std::unexpected<Error> fail(Error error, std::string_view what) {
    return std::unexpected(std::move(error).context(what));
}

}  // namespace vedette

/// Returns the error of `expression` (a Result) from the calling function, if it has one.
#define VEDETTE_TRY(expression)                                     \
    do {                                                            \
        if (auto try_result_ = (expression); !try_result_) {        \
            return std::unexpected(std::move(try_result_).error()); \
        }                                                           \
    } while (false)
