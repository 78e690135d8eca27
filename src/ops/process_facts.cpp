#include "maproom/ops/process_facts.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace maproom::ops {
namespace {

/// Since Linux 6.2 the folder's size is their number; to count ten thousand names one by one takes milliseconds.
std::uint64_t open_descriptors() {
  struct stat folder {};
  if (::stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) return static_cast<std::uint64_t>(folder.st_size);
  auto* const names = ::opendir("/proc/self/fd");
  if (names == nullptr) return 0;
  std::uint64_t count = 0;
  while (::readdir(names) != nullptr) ++count;
  ::closedir(names);
  return count < 3 ? 0 : count - 3;  // ".", ".." and the folder itself
}

/// Seconds since 1970 at which the host started.
double boot_time() {
  std::ifstream file{"/proc/stat"};
  std::string line;
  while (std::getline(file, line))
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

}  // namespace

ProcessFacts process_facts() {
  ProcessFacts facts;
  std::ifstream file{"/proc/self/stat"};
  std::string line;
  std::getline(file, line);
  // The second field is the program's name in parentheses, which may hold anything.
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return facts;
  std::istringstream fields{line.substr(name_end + 1)};
  std::string skipped;
  std::uint64_t user = 0, system = 0, started = 0, pages = 0;
  for (int field = 3; field <= 13; ++field) fields >> skipped;
  fields >> user >> system;
  for (int field = 16; field <= 21; ++field) fields >> skipped;
  fields >> started >> facts.virtual_bytes >> pages;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  static const double booted = boot_time();
  facts.cpu_seconds = static_cast<double>(user + system) / ticks;
  facts.start_seconds = booted + static_cast<double>(started) / ticks;
  facts.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  facts.open_descriptors = open_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.most_descriptors = limit.rlim_cur;
  return facts;
}

}  // namespace maproom::ops
