#pragma once
// Backend: asks MariaDB one bound statement. The interface between the resolver and the pool, so that the
// resolver can be tested without a server. A failed fetch is never "no rows": it is an Error, and the resolver
// makes a temporary error of it.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/query/query_template.hpp"
#include "maproom/query/result_set.hpp"

namespace maproom::backend {

using Deadline = std::chrono::steady_clock::time_point;

struct Fetched {
  query::ResultSet rows;
  std::string statement;  ///< as sent, for query --explain
  std::string host;       ///< the endpoint that answered
  std::string server;     ///< which server stands behind it, see Link::server()
};

/// One question of several; it refers to both.
struct Asked {
  const query::QueryTemplate& query;
  const std::string& key;
};

class Backend {
 public:
  virtual ~Backend() = default;
  /// `query` and `key` must outlive the returned awaitable (the flight that awaits it owns both).
  /// Ends by `deadline` at the latest.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Fetched>> fetch(const query::QueryTemplate& query,
                                                                      const std::string& key, Deadline deadline) = 0;
  /// All of them within one snapshot, so that the answers, in their order, are true at one moment by the engine's word.
  /// For tables of engines with consistent snapshots alone, and queries that only read. What is asked must outlive the
  /// returned awaitable. Ends by `deadline` at the latest.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Fetched>>> fetch_as_one(
      const std::vector<Asked>& questions, Deadline deadline) = 0;
  /// The database is known to be away: no host can be reached (it refuses, has no connection left, is silent), so that
  /// fetch() would fail without asking; or whatever was asked lately has failed, see ErrorStreak.
  [[nodiscard]] virtual bool known_down() const = 0;
  /// When it last answered a query; if it never did, when it was made.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point last_answered() const = 0;
};

}  // namespace maproom::backend
