#include <sysexits.h>

#include <cstdio>
#include <exception>

#include "maproom/commands/cli.hpp"

int main(int argc, char** argv) {
  try {
    return maproom::commands::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "maproom: %s\n", error.what());
    return EX_SOFTWARE;
  }
}
