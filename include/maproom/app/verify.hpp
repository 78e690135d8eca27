#pragma once
// verify: asks Postfix's own tables (postmap -q, one process at a time) and the running daemon (its control socket) for
// the same keys and prints every difference. Writes nothing to the database.

#include <string>

namespace maproom::app {

struct VerifyOptions {
  std::string config_file;
  std::string map;        ///< empty: all
  std::string keys_file;  ///< one key a line; empty: keys sampled from the database, and others derived from them
};

/// 0: all equal; 1: a difference; 75 (EX_TEMPFAIL): none, but something could not be compared (no Postfix, no mysql:
/// tables, no daemon, an error on either side).
int run_verify(const VerifyOptions& options);

}  // namespace maproom::app
