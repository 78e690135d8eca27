#pragma once
// Listening: the sockets that the daemon listens on, opened by itself or handed over by the service manager
// (sd_listen_fds(3)), and who answers on each: a map (tcp_table), all maps (socketmap), the admin port, the control
// socket. A socket that the next configuration keeps is never closed, so that a reload refuses nobody. One that was
// handed over is kept whatever the configuration says, for the service manager keeps it open too: where nothing uses
// it, its clients are turned away, and a later configuration finds it again.

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "maproom/config/config.hpp"
#include "maproom/net/descriptors.hpp"
#include "maproom/net/session_set.hpp"
#include "maproom/ops/control.hpp"
#include "maproom/proto/socketmap.hpp"
#include "maproom/proto/tcp_table.hpp"

namespace maproom::app {

class Listening {
 public:
  /// All outlive it.
  Listening(boost::asio::any_io_executor executor, net::SessionSet& sessions, ops::Control& control,
            const std::size_t& max_connections, const net::Descriptors& descriptors);
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  /// Takes what the service manager handed over; use() finds a use for it.
  void adopt();
  /// Brings the sockets in line with the configuration. All new ones are opened before any old one goes; returns the
  /// errors, one a line, having changed nothing, or an empty string.
  [[nodiscard]] std::string use(const config::Config& config);
  /// Those of what was handed over: a warning each.
  void report_unused() const;
  /// Connections are taken from here on; until then they wait in the backlog.
  void begin();
  /// No new connections.
  void stop();
  /// Those that are ours, not the service manager's.
  void remove_socket_files() const;

 private:
  struct Serving;
  struct Unused;
  void start(Serving& serving);
  void refuse(Unused& unused, const std::string& name);

  boost::asio::any_io_executor executor_;
  net::SessionSet& sessions_;
  ops::Control& control_;
  const std::size_t& max_connections_;
  const net::Descriptors& descriptors_;
  std::vector<std::string> admin_names_;  ///< by which requests may call the admin port
  proto::TcpTableCodec tcp_table_;
  proto::SocketmapCodec socketmap_;
  std::map<std::string, std::shared_ptr<Unused>> unused_;  ///< handed over, until they are wanted
  std::map<std::string, std::shared_ptr<Serving>> serving_;
  bool begun_ = false;
};

}  // namespace maproom::app
