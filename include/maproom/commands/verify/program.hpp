#pragma once
// Runs a program of Postfix's, feeds it, and takes what it says. Blocks; for the command line.

#include <string>
#include <vector>

#include "maproom/core/result.hpp"

namespace maproom::commands {

struct ProgramOutput {
  int status = 0;  ///< of exit(3); 128 + N after a signal
  std::string out, err;
};

/// Error: it cannot be started (not installed).
[[nodiscard]] Result<ProgramOutput> run_program(std::vector<std::string> words, const std::string& input);

}  // namespace maproom::commands
