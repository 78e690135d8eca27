#pragma once
// `maproom sockets`: what maproom.socket listens on, as a drop-in for it, made of the configuration by
// systemd/maproom-sockets, a generator (systemd.generator(7)). So the service manager holds the ports that the
// configuration has, whatever they are. Pure.

#include <string>
#include <vector>

#include "maproom/core/endpoint.hpp"

namespace maproom::commands {

struct ListenSetting {
  std::string setting;  ///< "maps.NAME", "socketmap", "admin": for comments
  Endpoint endpoint;
};

/// The drop-in's text. `file`: the configuration, for a comment. It replaces the list of maproom.socket. What the
/// service manager cannot hold is left to the daemon, with a comment: a host name, which it does not resolve, and what
/// stands in the service's own folder under /run, which goes away with the service. So is the control socket.
[[nodiscard]] std::string socket_unit(const std::string& file, const std::vector<ListenSetting>& settings);

}  // namespace maproom::commands
