// The program from its arguments to its exit code; main() only calls this.
#pragma once

#include <string>
#include <vector>

namespace vedette::app {

/// `words` are argv without the program's name.
[[nodiscard]] int run_program(std::vector<std::string> words);

}  // namespace vedette::app
