#pragma once
// One question to Redis and MariaDB, and what one table says about one candidate.

#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>

#include "maproom/core/clock.hpp"
#include "maproom/core/mark.hpp"
#include "maproom/resolver/resolver.hpp"

namespace maproom::resolver {

struct Resolver::Part {
  std::optional<std::string> value;
  Tier tier = Tier::memory;
  bool stale = false;
  bool suspect = false;  ///< it may have changed unseen since
  bool by_feed = false;  ///< older than the plain times to live: good only while the feed is healthy
  TimePoint born;
  bool joined = false;  ///< another lookup's query, which was under way
  Mark mark = 0;        ///< up to which it is known to be true
  TimePoint read;       ///< it may know of changes up to then
  std::string statement, host;
  std::size_t rows = 0;
};

/// Any number of lookups wait for it. The timer is the condition variable: it ends at the deadline whatever happens,
/// and is cancelled when there is an outcome.
struct Resolver::Flight {
  Flight(const boost::asio::any_io_executor& executor, backend::Deadline end) : done{executor, end}, deadline{end} {}
  boost::asio::steady_timer done;
  backend::Deadline deadline;
  std::shared_ptr<ServedMap> map;
  std::size_t table = 0;
  std::string key;
  map::Freshness freshness;
  std::string name;  ///< in flights_
  TimePoint begun;
  bool refresh = false;  ///< the database alone can say more
  std::uint64_t forgotten = 0;
  /// L, taken before the query is sent; nothing before that, and for tables that are not followed.
  std::optional<Mark> mark;
  std::optional<Result<Part>> outcome;

  [[nodiscard]] const feed::Ledger::Table* followed() const { return map->followed_table(table); }
};

}  // namespace maproom::resolver
