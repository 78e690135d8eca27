#pragma once
// What somebody other than the pool, who has a connection of his own, knows of a host. Pure.

#include <cstddef>
#include <string>

namespace maproom::backend {

struct HostTrouble {
  enum class Kind {
    none,
    unreachable,   ///< no connection can be made to it; those that there are may still do
    serves_nobody  ///< it answers, and says that it serves nobody now: see Link::host_is_out(). To be told once, when
                   ///< it is seen: the pool may have won it back a moment later
  };
  Kind kind = Kind::none;
  std::size_t host = 0;  ///< in the order of the settings
  std::string what;      ///< for people
};

}  // namespace maproom::backend
