#pragma once
// What somebody other than the pool, who has a connection of his own, knows of the host in use. Pure.

namespace maproom::backend {

enum class HostTrouble {
  none,
  unreachable,   ///< no connection can be made to it; those that there are may still do
  serves_nobody  ///< it answers, and says that it serves nobody now: see Link::host_is_out()
};

}  // namespace maproom::backend
