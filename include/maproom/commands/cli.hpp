#pragma once
// The command line: one subcommand for each thing a postmaster does.

namespace maproom::commands {

/// sysexits(3): 64 for wrong usage, else what the command returns.
int run_command_line(int argc, char** argv);

}  // namespace maproom::commands
