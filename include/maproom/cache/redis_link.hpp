#pragma once
// RedisLink: one connection to Redis, hiredis' asynchronous API on Asio. It connects by itself, again and again.
//
// Knows nothing of entries: commands in, values out. A call that is not answered within its budget ends with nullopt;
// from then on the link is not ready, so that callers pass it by, until a probe has been answered. A link that does not
// answer the probe either is cut and made anew. Late replies belong to no one and are dropped. The probe is TIME: it is
// sent at intervals too, finds links that died in silence, and tells how Redis' clock stands to ours.

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
  ~RedisLink();  ///< stops
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  void start();
  void stop();  ///< for good; calls under way come back with nullopt
  /// Waits for the first connection, `end` at the latest; whether there is one.
  [[nodiscard]] boost::asio::awaitable<bool> opened(std::chrono::steady_clock::time_point end);
  [[nodiscard]] bool ready() const noexcept;
  /// Connected, and left alone until a probe is answered in time.
  [[nodiscard]] bool doubtful() const noexcept;
  /// All commands in one go, all replies in order; nullopt: not ready, lost, or out of budget.
  [[nodiscard]] boost::asio::awaitable<std::optional<std::vector<RedisValue>>> call(std::vector<RedisCommand> commands,
                                                                                    std::chrono::milliseconds budget);
  /// Sent if the link is ready and has room, else left out; nobody waits for the replies.
  void send(const std::vector<RedisCommand>& commands);
  /// So many commands wait for replies that these would not be taken: call() would come back at once.
  [[nodiscard]] bool has_room(const std::vector<RedisCommand>& commands) const noexcept;
  /// What Redis' clock (Unix time) says at a time of ours: never later than the truth, and earlier by no more than the
  /// probe's way there and back. Only while ready().
  [[nodiscard]] std::chrono::milliseconds clock_at(std::chrono::steady_clock::time_point time) const noexcept;
  [[nodiscard]] std::uint64_t refused() const noexcept;  ///< what was sent and answered with an error

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace maproom::cache
