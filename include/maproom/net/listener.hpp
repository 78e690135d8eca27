#pragma once
// Listener: a bound socket and its accept loop. Each connection becomes a session of its own.
//
// When the daemon holds as many connections as it may, or has no descriptors left for clients, new ones stay in the
// backlog until one goes: accept-and-close would cost the client a second's pause and a warning.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "maproom/core/endpoint.hpp"
#include "maproom/core/result.hpp"
#include "maproom/net/descriptors.hpp"
#include "maproom/net/session_set.hpp"

namespace maproom::net {

/// Opens, binds and listens; one descriptor for each address the host name has. A Unix socket that a dead process left
/// behind is replaced, one that still answers is an error. Data sockets are open to every local user (mode 0666), as a
/// loopback port is; the folder they stand in restricts them further. `mode`: of a Unix socket.
[[nodiscard]] Result<std::vector<int>> open_listeners(const Endpoint& endpoint, unsigned mode = 0666);
/// The endpoint a listening descriptor is bound to (for sockets that the service manager hands over).
[[nodiscard]] Result<Endpoint> endpoint_of(int descriptor);
/// What an acceptor has to know of a listening descriptor.
[[nodiscard]] boost::asio::generic::stream_protocol protocol_of(int descriptor);

class Listener {
 public:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

  /// Takes over `descriptor`. `map` as in Session.
  Listener(boost::asio::any_io_executor executor, int descriptor, const proto::Codec& codec, std::string map, Door door,
           SessionSet& sessions, const std::size_t& max_connections, const Descriptors& descriptors);
  /// Until stop(); the Listener must live until then.
  boost::asio::awaitable<void> run();
  void stop();

 private:
  boost::asio::any_io_executor executor_;
  Acceptor acceptor_;
  const proto::Codec& codec_;
  std::string map_;
  Door door_;
  SessionSet& sessions_;
  const std::size_t& max_connections_;
  const Descriptors& descriptors_;
  bool stopped_ = false;
};

}  // namespace maproom::net
