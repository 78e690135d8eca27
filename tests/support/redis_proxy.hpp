#pragma once
// Stands between one client and Redis and hands on the client's commands one by one, each after the reply to the one
// before, so that a test can act between two commands that were sent together. For small commands and replies.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>

namespace maproom::test {

class RedisProxy {
 public:
  RedisProxy(boost::asio::io_context& loop, std::string redis_socket);
  ~RedisProxy();
  RedisProxy(const RedisProxy&) = delete;
  RedisProxy& operator=(const RedisProxy&) = delete;

  [[nodiscard]] int port() const;
  /// Called with each command when Redis has answered it and before the next one goes on.
  std::function<void(const std::string&)> after_command;

 private:
  boost::asio::awaitable<void> serve();
  std::string redis_socket_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace maproom::test
