#pragma once
// What the tests of the Redis tier share: an event loop, a private Redis, and a tier that talks to it.

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "maproom/cache/redis_link.hpp"
#include "maproom/cache/redis_tier.hpp"
#include "support/private_redis.hpp"
#include "support/run_coroutine.hpp"

namespace maproom::cache {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// What get() says when it says nothing; told apart from an absence that Redis holds.
inline const std::string nothing = "(nothing)";

class RedisFixture : public testing::Test {
 protected:
  static Endpoint unix_socket(const test::PrivateRedis& redis) {
    Endpoint endpoint;
    endpoint.kind = Endpoint::Kind::unix_socket;
    endpoint.path = redis.socket();
    return endpoint;
  }
  static Endpoint inet(std::string host, int port) {
    Endpoint endpoint;
    endpoint.host = std::move(host);
    endpoint.port = static_cast<std::uint16_t>(port);
    return endpoint;
  }
  /// The budget is far above what a busy machine needs; tests of the budget itself set their own.
  static RedisSettings settings_of(const test::PrivateRedis& redis) {
    RedisSettings settings;
    settings.server = unix_socket(redis);
    settings.budget = std::chrono::seconds{10};
    return settings;
  }

  template <class T>
  T run(boost::asio::awaitable<T> coroutine) {
    return test::run_coroutine(loop, std::move(coroutine));
  }
  /// Runs the loop until the condition holds; false: not within the limit.
  bool until(const std::function<bool()>& condition, milliseconds limit = std::chrono::seconds{20}) {
    const auto end = Clock::now() + limit;
    while (!condition()) {
      if (Clock::now() >= end) return false;
      loop.restart();
      loop.run_one_for(milliseconds{5});
    }
    return true;
  }
  bool connected(const RedisTier& tier) {
    return until([&] { return tier.counters().connected; });
  }
  /// A tier that is connected.
  std::unique_ptr<RedisTier> tier_of(RedisSettings settings) {
    auto tier = std::make_unique<RedisTier>(loop.get_executor(), std::move(settings));
    tier->start();
    EXPECT_TRUE(connected(*tier));
    return tier;
  }
  std::unique_ptr<RedisTier> tier_of(const test::PrivateRedis& redis) { return tier_of(settings_of(redis)); }

  std::optional<Entry> entry(RedisTier& tier, std::string key, std::string table = "t") {
    auto found = run(tier.get(std::move(table), std::move(key)));
    return found ? std::optional{std::move(found->entry)} : std::nullopt;
  }
  std::optional<std::string> get(RedisTier& tier, std::string key, std::string table = "t") {
    const auto found = entry(tier, std::move(key), std::move(table));
    return found ? found->value : nothing;
  }
  static void put(RedisTier& tier, std::string_view key, std::optional<std::string> value,
                  std::string_view table = "t") {
    tier.put(table, key, {{std::move(value), Clock::now()}, {}}, std::chrono::minutes{10});
  }

  /// Any command with any bytes, which redis-cli's arguments could not hold.
  RedisValue command(const test::PrivateRedis& redis, RedisCommand words) {
    RedisLink link{loop.get_executor(), settings_of(redis)};
    link.start();
    EXPECT_TRUE(until([&] { return link.ready(); }));
    std::vector<RedisCommand> commands;
    commands.push_back(std::move(words));
    auto values = run(link.call(std::move(commands), std::chrono::seconds{10}));
    EXPECT_TRUE(values);
    return values ? values->front() : RedisValue{};
  }

  boost::asio::io_context loop{1};
};

}  // namespace maproom::cache
