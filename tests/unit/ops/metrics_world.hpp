#pragma once
// As much as a daemon can count, without a daemon: maps, caches, pools and a feed for what looks at their figures.

#include <memory>
#include <string>

#include "maproom/ops/metrics.hpp"
#include "support/fake_backend.hpp"
#include "support/served_map.hpp"

namespace maproom::test {

struct MetricsWorld {
  /// With mynetworks, which is guarded, and virtual_alias_maps, which has a key set.
  explicit MetricsWorld(const std::string& odd_name = "a \"map\"\nof\\ours") {
    add("virtual_alias_maps", "virtual_alias_maps");
    add("mynetworks", "mynetworks");
    add(odd_name, "transport_maps");
    redis.hits = 3;
    redis.connected = true;
    feed.healthy = true;
    feed.position = "0-1-42,7-2-9";
    feed.confirmed = "0-1-41";
    feed.lag = std::chrono::microseconds{1500};
  }

  resolver::ServedMap& add(const std::string& name, const std::string& parameter) {
    auto served = std::make_shared<resolver::ServedMap>();
    served->map.name = name;
    served->map.profile = *map::profile_of(parameter, served->map.settings);
    served->map.key_set = map::KeySet::keys;
    served->tables.push_back(
        sql_table(name, std::make_shared<FakeBackend>(), std::make_shared<feed::Ledger::Table>(), "t"));
    if (served->map.guarded()) served->trust = resolver::Trust::refused;
    maps[name] = served;
    return *served;
  }

  [[nodiscard]] ops::MetricsView view() const {
    ops::MetricsView view{maps, store};
    view.redis = &redis;
    view.pools = {{"unix:/run/mysqld/mysqld.sock/mail", pool}};
    view.feed = feed;
    view.process = ops::process_facts();
    view.now = Clock::now();
    return view;
  }

  resolver::Registry maps;
  cache::Store store{1 << 20};
  cache::RedisCounters redis;
  backend::PoolCounters pool;
  feed::FeedStatus feed;
};

}  // namespace maproom::test
