#pragma once
// Config: the whole configuration as plain values, every member with its default. read_config makes one from a TOML
// file; nothing else in the program knows TOML. Swapped whole on reload. conf/maproom.toml shows every setting, and a
// test compares it with these defaults.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "maproom/backend/connection_settings.hpp"
#include "maproom/cache/redis_tier.hpp"
#include "maproom/core/endpoint.hpp"
#include "maproom/core/result.hpp"
#include "maproom/feed/watch.hpp"
#include "maproom/map/file_kind.hpp"
#include "maproom/map/postfix_settings.hpp"
#include "maproom/map/profile.hpp"
#include "maproom/map/table.hpp"

namespace maproom::config {

using std::chrono::milliseconds;

struct CacheConfig {
  std::uint64_t memory = 64ULL << 20;
  std::uint64_t keys_memory = 64ULL << 20;  ///< of all key sets together, beside `memory`
  milliseconds positive_ttl{std::chrono::minutes{5}};
  milliseconds negative_ttl{std::chrono::seconds{30}};
  milliseconds stale_limit{std::chrono::hours{24}};
  milliseconds stale_negative_limit{0};
  friend bool operator==(const CacheConfig&, const CacheConfig&) = default;
};

/// A table of a map: SQL and the pool it asks (equal settings share one), or a file.
struct TableConfig {
  map::TableSettings settings;
  backend::ConnectionSettings connection;
  std::string origin;                      ///< for messages: "/etc/maproom/maproom.toml:31" or the mysql_table file
  std::vector<feed::KeyColumn> feed_keys;  ///< declared, beside what the query's shape tells
  std::string keys_query;    ///< lists all keys (or networks) that have a row; empty: derived if it can be
  bool mysql_table = false;  ///< origin is a mysql_table(5) file
  /// Not empty: a table that is a file, of this kind, and neither settings nor connection count.
  std::string text_file;
  map::FileKind file_kind = map::FileKind::text;
};

struct MapConfig {
  std::string name;       ///< also its socketmap name
  std::string parameter;  ///< default: the name
  map::Profile profile;
  std::optional<Endpoint> listen;                 ///< its tcp: port; none: socketmap only
  std::vector<TableConfig> tables;                ///< in order, at least one
  bool addresses_only = false;                    ///< default true for mynetworks
  map::KeySet complete_keys = map::KeySet::none;  ///< default: map::default_key_set
  milliseconds deadline{5000};                    ///< for one lookup, all candidates together
  milliseconds positive_ttl{}, negative_ttl{}, stale_limit{}, stale_negative_limit{};  ///< default: [cache]
  std::string origin;                                                                  ///< "FILE:LINE" of its section
};

/// [feed]: following the database's changes.
struct FeedConfig {
  bool binlog = false;
  std::uint32_t server_id = 0;  ///< 0: derived from host and process
  std::string user, password;   ///< default: [mariadb]'s
  milliseconds followed_ttl{std::chrono::hours{6}};
  friend bool operator==(const FeedConfig&, const FeedConfig&) = default;
};

struct Config {
  std::string file;
  map::PostfixSettings postfix;
  backend::ConnectionSettings mariadb;
  std::optional<cache::RedisSettings> redis;
  CacheConfig cache;
  FeedConfig feed;
  std::vector<Endpoint> socketmap_listen;
  std::optional<Endpoint> passwords;        ///< the Unix socket that maps of passwords answer on, and they alone
  std::string passwords_group = "postfix";  ///< who may enter its folder
  std::optional<Endpoint> admin_listen;
  std::vector<std::string> admin_hosts;  ///< names by which its clients may call it, beside addresses and localhost
  Endpoint control{Endpoint::Kind::unix_socket, "", 0, "/run/maproom/control"};
  std::string log_level = "info";  ///< trace, debug, info, warning, error
  std::size_t max_connections = 8192;
  std::uint64_t sessions_memory = 64ULL << 20;
  std::vector<MapConfig> maps;        ///< in the file's order
  std::vector<std::string> warnings;  ///< for the log; "FILE:LINE: SETTING: ..."
};

/// Each error: "FILE:LINE: SETTING: what is wrong; what was expected". All errors of a file at once, one a line, so
/// that a person mends them in one go.
[[nodiscard]] Result<Config> read_config(const std::string& file);
/// The same, and adds the name of every setting that was looked for to `known` ("cache.memory", "maps.NAME.query").
[[nodiscard]] Result<Config> read_config(const std::string& file, std::set<std::string>& known);

}  // namespace maproom::config
