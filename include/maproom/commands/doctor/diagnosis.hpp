#pragma once
// doctor: from what is seen of a host to what is wrong with it, what mends it, and what an outage of the database would
// do. Pure: who looks is doctor.cpp.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "maproom/commands/check_report.hpp"
#include "maproom/config/config.hpp"

namespace maproom::commands {

/// A tcp: or socketmap: table as main.cf names it.
struct AskedTable {
  std::string parameter;
  std::string word;
};

struct PostfixFacts {
  std::string main_cf;
  std::string unreadable;  ///< why it cannot be read; the rest does not count then
  std::string queue_directory = "/var/spool/postfix";
  bool ipv4 = true, ipv6 = true;         ///< what all of its services speak (inet_protocols)
  std::vector<std::string> chrooted;     ///< "smtp/inet" ...
  std::vector<std::string> differences;  ///< of [postfix], see differing_settings()
  std::vector<AskedTable> tables;
  std::string alias_domains;  ///< virtual_alias_domains, where main.cf sets it; expanded
  std::string alias_maps;     ///< virtual_alias_maps; expanded
};

/// One pool of connections.
struct DatabaseFacts {
  std::string name;                   ///< "unix:/run/mysqld/mysqld.sock, database mail"
  std::string server;                 ///< which one stands behind it; pools of one server add up
  std::size_t connections = 0;        ///< the pool's bound
  std::vector<std::string> failures;  ///< hosts that cannot be used, and why
  bool reachable = false;             ///< at least one can
  std::uint64_t max_connections = 0, max_user_connections = 0;
  bool binlog = false;
  bool read_only = false;
  bool local = false;              ///< over a Unix socket or loopback
  std::uint64_t wait_timeout = 0;  ///< seconds after which it ends an idle connection; 0: not known
  std::string feed_trouble;        ///< why the feed cannot follow it, if it is the one to follow
};

struct RedisFacts {
  std::string server;
  std::string trouble;  ///< why it cannot be asked
  std::string eviction_policy;
  std::uint64_t maxmemory = 0;  ///< bytes; 0: unbounded
};

/// What mail does that needs a map while the database is away.
struct OutageLine {
  std::string map, parameter;
  bool flows = false;
  std::string because;
  std::string mend;  ///< a setting that would make it flow; empty if it does
};

struct DaemonFacts {
  std::string control;
  std::string trouble;  ///< why it cannot be reached
  std::string feed;     ///< its state, "healthy"
  std::string version;
  std::uint64_t descriptors = 0;   ///< that it may open; 0: not known
  std::vector<OutageLine> outage;  ///< its own judgement of each map; see ops/outage_outlook.hpp
};

struct SystemdFacts {
  bool present = false;
  std::string enabled;            ///< what is-enabled says
  std::string binds_to;           ///< units that it stops with
  std::uint64_t descriptors = 0;  ///< the daemon's limit of open files; 0: not known
  bool socket_unit = false;       ///< maproom.socket is active, and holds
  std::string streams;            ///< these, as systemctl lists them
};

struct HostFacts {
  std::optional<PostfixFacts> postfix;  ///< none: there is no Postfix here
  std::vector<DatabaseFacts> databases;
  std::optional<RedisFacts> redis;  ///< none: none configured
  DaemonFacts daemon;
  SystemdFacts systemd;
  /// Queries, indexes, stored values, files: judged there. none: it was not run, see `unchecked`.
  std::optional<std::vector<CheckFinding>> check;
  std::string unchecked;
  bool unasked = false;              ///< since no database can be asked
  bool in_place_of_service = false;  ///< root asked the databases, for want of the service's user
};

enum class Level : std::uint8_t {
  not_looked_at,  ///< `what` says why
  good,
  warning,
  error,
};

struct Finding {
  std::string section;  ///< Postfix, MariaDB, tables, Redis, daemon, systemd
  Level level = Level::good;
  std::string what;
  std::string mend;  ///< a command or a setting; empty for what is good
};

struct Diagnosis {
  std::vector<Finding> findings;
  bool asked_daemon = false;  ///< the outage as the running daemon foretells it; else from the configuration alone
  std::vector<OutageLine> outage;
};

[[nodiscard]] Diagnosis diagnose(const config::Config& config, const HostFacts& facts);
/// What is wrong with a Redis that is as these facts say.
[[nodiscard]] std::vector<Finding> redis_findings(const RedisFacts& redis);
/// What the configuration promises, where no daemon can be asked: that all keys are known that are to be.
[[nodiscard]] OutageLine in_an_outage(const config::Config& config, const config::MapConfig& map);
/// For a person.
[[nodiscard]] std::string to_text(const Diagnosis& diagnosis);
[[nodiscard]] Level worst(const Diagnosis& diagnosis);

}  // namespace maproom::commands
