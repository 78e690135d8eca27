#pragma once
// `maproom sockets`: what maproom.socket listens on, as a drop-in for it, made of the configuration by
// systemd/maproom-sockets, a generator (systemd.generator(7)). So the service manager holds the ports that the
// configuration has, whatever they are. Pure.

#include <string>

#include "maproom/config/config.hpp"

namespace maproom::commands {

/// The drop-in's text. It replaces the list of maproom.socket. What the service manager cannot hold is left to the
/// daemon, with a comment: a host name, which it does not resolve, and what stands in the service's own folder under
/// /run, which goes away with the service. So is the control socket.
[[nodiscard]] std::string socket_unit(const config::Config& config);

/// Prints it. 0, or 78: the configuration has errors, which stand on standard error.
int run_sockets(const std::string& config_file);

}  // namespace maproom::commands
