#pragma once
// RedisLink: one connection to Redis, hiredis' asynchronous API on Asio. It connects by itself, again and again.
//
// Knows nothing of entries: commands in, values out. A call that is not answered within its budget ends with nullopt;
// from then on the link is not ready, so that callers pass it by, until a PING has been answered. A link that does not
// answer the PING either is cut and made anew. Late replies belong to no one and are dropped.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "maproom/cache/redis_tier.hpp"

namespace maproom::cache {

struct RedisValue {
  enum class Type : std::uint8_t { nil, text, integer, error, array };
  Type type = Type::nil;
  std::string text;  ///< text and error
  long long integer = 0;
  std::vector<RedisValue> elements;
};

using RedisCommand = std::vector<std::string>;

class RedisLink {
 public:
  RedisLink(boost::asio::any_io_executor executor, RedisSettings settings);
  ~RedisLink();  ///< calls under way come back with nullopt
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  void start();
  [[nodiscard]] bool ready() const noexcept;
  /// All commands in one go, all replies in order; nullopt: not ready, lost, or out of budget (see timeouts()).
  [[nodiscard]] boost::asio::awaitable<std::optional<std::vector<RedisValue>>> call(std::vector<RedisCommand> commands,
                                                                                    std::chrono::milliseconds budget);
  /// Sent if the link is ready; nobody waits for the reply.
  void send(const RedisCommand& command);
  [[nodiscard]] std::uint64_t timeouts() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace maproom::cache
