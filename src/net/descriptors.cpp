#include "maproom/net/descriptors.hpp"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace maproom::net {

// A new descriptor has the lowest number that is free, so that one of N says that N are in use: nothing is counted.
bool Descriptors::spare() const {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  const auto kept = std::min<rlim_t>(reserved_, limit.rlim_cur / 2);
  const int next = ::eventfd(0, EFD_CLOEXEC);
  if (next < 0) return false;
  ::close(next);
  return static_cast<rlim_t>(next) < limit.rlim_cur - kept;
}

}  // namespace maproom::net
