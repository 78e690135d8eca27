#pragma once
// RedisTier: the second tier, shared by daemons and surviving restarts. Asynchronous (hiredis on the event loop).
//
// It is a help, never a need: whatever goes wrong (absent, slow, garbage) is a miss within its own small budget, and
// after failures it is left alone for a while (a breaker with one probe at a time), so that a hung Redis costs a
// lookup its budget once and not each time. Used on the event loop's thread only.
//
// An entry's age is told by Redis' own clock, which is why value and remaining time are read as one (MULTI), and why
// the end of life is written as a time (PEXPIREAT): a write that Redis reads late, because it hung, is not younger for
// that. Commands that an ACL must allow: auth, select, time, multi, exec, get, pttl, set, pexpireat, unlink, scan.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/cache/entry.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/endpoint.hpp"

namespace maproom::cache {

struct RedisSettings {
  Endpoint server;
  /// Not empty: whoever these Sentinels, asked in order, name as the master of `master`; `server` does not count.
  std::vector<Endpoint> sentinels;
  std::string master = "mymaster";
  std::string username;  ///< ACL user; empty: AUTH with the password alone
  std::string password;
  int database = 0;
  std::string prefix = "maproom:";       ///< before every key
  std::chrono::milliseconds budget{30};  ///< the longest a lookup waits for Redis
  /// How often the link is asked whether it lives and what time it is there.
  std::chrono::milliseconds probe_interval{10'000};
  friend bool operator==(const RedisSettings&, const RedisSettings&) = default;
};

/// What Redis holds: an answer, and the position up to which it is true as whoever stored it knew (or nothing).
struct TaggedEntry {
  Entry entry;
  std::string tag{};
};

struct RedisCounters {
  std::uint64_t hits = 0, misses = 0;  ///< each lookup is one of these five
  std::uint64_t errors = 0;            ///< lost on the way or refused
  std::uint64_t timeouts = 0;          ///< out of budget
  std::uint64_t skipped = 0;           ///< not asked: not connected, breaker open, too much under way
  std::uint64_t refused_writes = 0;
  bool connected = false;
  bool breaker_open = false;  ///< connected, too slow of late, and left alone until a probe is answered
};

class RedisTier {
 public:
  RedisTier(boost::asio::any_io_executor executor, RedisSettings settings);
  ~RedisTier();  ///< ends the connection; waiting get()s come back with nullopt
  RedisTier(const RedisTier&) = delete;
  RedisTier& operator=(const RedisTier&) = delete;

  void start();  ///< begins to connect; never blocks, never throws for an absent server
  /// Waits for the first connection, `end` at the latest; whether there is one.
  [[nodiscard]] boost::asio::awaitable<bool> connected(TimePoint end);
  /// One round trip (value and remaining time, as one). `born` of the result is on this process's monotonic clock.
  [[nodiscard]] boost::asio::awaitable<std::optional<TaggedEntry>> get(std::string table, std::string key);
  /// Fire and forget; `lifetime` counts from the entry's birth.
  void put(std::string_view table, std::string_view key, const TaggedEntry& entry, std::chrono::milliseconds lifetime);
  /// A text under a name of its own, without a birth. get_note: nullopt also when Redis cannot be asked.
  [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> get_note(std::string name);
  void put_note(std::string_view name, std::string_view text, std::chrono::milliseconds lifetime);
  /// Deletes; each returns how many keys went, or nullopt if Redis could not be asked (so that `flush` can say so).
  [[nodiscard]] boost::asio::awaitable<std::optional<std::uint64_t>> erase(std::string table, std::string key);
  [[nodiscard]] boost::asio::awaitable<std::optional<std::uint64_t>> erase_table(
      std::string table);                                                      ///< SCAN, bounded batches
  [[nodiscard]] boost::asio::awaitable<std::optional<std::uint64_t>> clear();  ///< everything under the prefix
  [[nodiscard]] const RedisCounters& counters() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace maproom::cache
