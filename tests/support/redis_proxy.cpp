#include "support/redis_proxy.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

namespace maproom::test {
namespace asio = boost::asio;
namespace {

/// The length of the first command in "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n..."; 0: not all of it is there.
std::size_t first_command(const std::string& bytes) {
  std::size_t at = 0;
  const auto number = [&](char mark) -> long {
    const auto end = bytes.find("\r\n", at);
    if (end == std::string::npos || bytes[at] != mark) return -1;
    const long value = std::stol(bytes.substr(at + 1, end - at - 1));
    at = end + 2;
    return value;
  };
  const long words = number('*');
  if (words < 0) return 0;
  for (long i = 0; i < words; ++i) {
    const long size = number('$');
    if (size < 0) return 0;
    at += static_cast<std::size_t>(size) + 2;
  }
  return at <= bytes.size() ? at : 0;
}

}  // namespace

RedisProxy::RedisProxy(asio::io_context& loop, std::string redis_socket)
    : redis_socket_{std::move(redis_socket)}, acceptor_{loop, {asio::ip::address_v4::loopback(), 0}} {
  asio::co_spawn(loop, serve(), asio::detached);
}
RedisProxy::~RedisProxy() = default;

int RedisProxy::port() const { return acceptor_.local_endpoint().port(); }

asio::awaitable<void> RedisProxy::serve() {
  try {
    auto client = co_await acceptor_.async_accept(asio::use_awaitable);
    asio::local::stream_protocol::socket redis{acceptor_.get_executor()};
    redis.connect(asio::local::stream_protocol::endpoint{redis_socket_});
    std::array<char, 4096> buffer{};
    for (std::string pending;;) {
      const auto size = co_await client.async_read_some(asio::buffer(buffer), asio::use_awaitable);
      pending.append(buffer.data(), size);
      while (const auto length = first_command(pending)) {
        const auto command = pending.substr(0, length);
        pending.erase(0, length);
        co_await asio::async_write(redis, asio::buffer(command), asio::use_awaitable);
        const auto reply = co_await redis.async_read_some(asio::buffer(buffer), asio::use_awaitable);
        if (after_command) after_command(command);
        co_await asio::async_write(client, asio::buffer(buffer, reply), asio::use_awaitable);
      }
    }
  } catch (const boost::system::system_error&) {
    // One of both has gone, and the other one learns it from its closed socket.
  }
}

}  // namespace maproom::test
