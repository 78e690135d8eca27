#pragma once
// run_serve: the daemon, from its configuration to its end.

#include <string>

namespace maproom::app {

/// sysexits(3): 0 after an orderly stop, 78 (EX_CONFIG) for a bad configuration, 71 (EX_OSERR) when a socket cannot be
/// opened.
int run_serve(const std::string& config_file);

}  // namespace maproom::app
