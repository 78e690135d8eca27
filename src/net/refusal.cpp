#include "maproom/net/refusal.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "maproom/core/deadline.hpp"
#include "maproom/core/log.hpp"
#include "maproom/net/listener.hpp"

namespace maproom::net {
namespace asio = boost::asio;

Refusal::Refusal(asio::any_io_executor executor, int descriptor, std::string endpoint)
    : executor_{executor}, acceptor_{executor, protocol_of(descriptor), descriptor}, endpoint_{std::move(endpoint)} {}

void Refusal::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

asio::awaitable<void> Refusal::run() {
  while (!stopped_) {
    boost::system::error_code error;
    auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (stopped_) break;
    if (error) {
      // Without descriptors it is the same error again at once.
      co_await sleep_for(std::chrono::milliseconds{100});
      continue;
    }
    socket.close(error);
    log_limited(LogLevel::warning, "socket_refused", endpoint_,
                "endpoint=" + endpoint_ + " what=\"a connection was closed: no map or service listens there\"");
  }
}

}  // namespace maproom::net
