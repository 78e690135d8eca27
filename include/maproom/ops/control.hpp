#pragma once
// Control: what the control socket and the admin port answer. The control socket (guarded by file permissions) can also
// flush, reload and look up; the admin port is read-only.
//
//   GET  /         the status page, for people            both
//   GET  /status   JSON: maps, pools, Redis, cache               both
//   GET  /metrics  Prometheus text format                        both
//   GET  /healthz  200: a lookup of its own was answered, else 503   both
//   GET  /readyz   200: every map can be answered, else 503      both
//   POST /query    {"map":..., "key": %XX-quoted}: one lookup, step by step   control
//   POST /flush    {"map":..., "key": %XX-quoted} or {}          control
//   POST /reload                                                 control

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "maproom/backend/pool.hpp"
#include "maproom/cache/redis_tier.hpp"
#include "maproom/cache/store.hpp"
#include "maproom/feed/feed.hpp"
#include "maproom/net/session_set.hpp"
#include "maproom/ops/http.hpp"
#include "maproom/ops/recent_events.hpp"
#include "maproom/resolver/resolver.hpp"

namespace maproom::ops {

/// What became of a reload, for the person who asked for it.
struct Reloaded {
  std::string errors;    ///< one a line, and the old configuration stays; empty: done
  std::string warnings;  ///< one a line
};

/// What control looks at; the owner outlives it.
struct ControlView {
  const std::shared_ptr<const resolver::Registry>& registry;
  resolver::Resolver& resolver;
  cache::Store& store;
  const std::shared_ptr<cache::RedisTier>& redis;
  const net::SessionSet& sessions;
  /// All pools in use, by a name for people.
  std::function<std::vector<std::pair<std::string, const backend::Pool*>>()> pools;
  /// Of the change feed, if there is one.
  std::function<std::optional<feed::FeedStatus>()> feed;
  std::function<boost::asio::awaitable<Reloaded>()> reload;
  /// Whether a lookup of the daemon's own was answered within that time.
  std::function<boost::asio::awaitable<bool>(std::chrono::steady_clock::duration)> beat;
  std::chrono::steady_clock::time_point started;
};

enum class ControlRights : bool { read_only, full };

class Control {
 public:
  explicit Control(ControlView view) : view_{std::move(view)} {}
  [[nodiscard]] boost::asio::awaitable<ops::HttpResponse> answer(ops::HttpRequest request, ControlRights rights);

 private:
  [[nodiscard]] nlohmann::ordered_json status() const;
  [[nodiscard]] std::string metrics() const;
  [[nodiscard]] ops::HttpResponse ready() const;
  [[nodiscard]] boost::asio::awaitable<ops::HttpResponse> healthy();
  [[nodiscard]] boost::asio::awaitable<ops::HttpResponse> query(std::string body);
  [[nodiscard]] boost::asio::awaitable<ops::HttpResponse> flush(std::string body);
  ControlView view_;
  RecentEvents events_;
};

}  // namespace maproom::ops
