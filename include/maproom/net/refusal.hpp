#pragma once
// Refusal: a listening socket of the service manager's that no map or service uses. Nobody can close it but the
// manager, so a client would connect and wait in its backlog for good, and one that waits there would start a stopped
// daemon again. Each connection is accepted and closed at once, which Postfix takes for a temporary error, and the log
// says so.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <string>

namespace maproom::net {

class Refusal {
 public:
  /// Takes over `descriptor`; `endpoint` is for the log.
  Refusal(boost::asio::any_io_executor executor, int descriptor, std::string endpoint);
  /// Until stop(); the Refusal must live until then.
  boost::asio::awaitable<void> run();
  void stop();

 private:
  boost::asio::any_io_executor executor_;
  boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor_;
  std::string endpoint_;
  bool stopped_ = false;
};

}  // namespace maproom::net
