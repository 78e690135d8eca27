#include "maproom/commands/doctor/diagnosis.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "maproom/config/freshness.hpp"
#include "maproom/config/main_cf_syntax.hpp"
#include "maproom/core/ip_address.hpp"
#include "maproom/map/profile.hpp"
#include "maproom/ops/outage_outlook.hpp"

namespace maproom::commands {
namespace {

/// For the feed, status, migrate and an administrator who looks.
constexpr std::uint64_t spare_connections = 10;
constexpr std::uint64_t shortest_wait_timeout = 60;  // seconds; MariaDB's own default is eight hours
/// Beside one for each connection from Postfix: the database, Redis, listening sockets, files.
constexpr std::uint64_t spare_descriptors = 64;

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

/// From the queue directory.
std::string usual_path(bool passwords) { return passwords ? "maproom-passwords/socketmap" : "maproom/socketmap"; }

class Doctor {
 public:
  Doctor(const config::Config& config, const HostFacts& facts) : config_{config}, facts_{facts} {}

  Diagnosis diagnose() {
    if (facts_.postfix) look_at_postfix(*facts_.postfix);
    for (const auto& database : facts_.databases) look_at_database(database);
    look_at_pools();
    if (facts_.check)
      for (const auto& finding : *facts_.check) look_at_check(finding);
    else
      // A database that is away is an error of its own.
      add("tables", facts_.unasked ? Level::not_looked_at : Level::warning, facts_.unchecked,
          facts_.unasked ? "" : "maproom check tells why");
    if (facts_.redis) look_at_redis(*facts_.redis);
    look_at_daemon();
    if (facts_.systemd.present) look_at_systemd();
    for (const auto* const section : {"Postfix", "MariaDB", "tables", "Redis", "daemon", "systemd"}) say_good(section);
    foretell();
    return std::move(found_);
  }

 private:
  void add(const char* section, Level level, std::string what, std::string mend) {
    found_.findings.push_back({section, level, std::move(what), std::move(mend)});
  }

  void say_good(const std::string& section) {
    const bool looked = section == "Postfix"   ? facts_.postfix.has_value()
                        : section == "MariaDB" ? !facts_.databases.empty()
                        : section == "tables"  ? facts_.check.has_value()
                        : section == "Redis"   ? facts_.redis.has_value()
                        : section == "systemd" ? facts_.systemd.present
                                               : true;
    const auto of_section = [&](const auto& finding) { return finding.section == section; };
    if (looked && std::none_of(found_.findings.begin(), found_.findings.end(), of_section))
      found_.findings.push_back({section, Level::good, "good", {}});
  }

  /// Redis, the feed and [postfix] are looked at here.
  void look_at_check(const CheckFinding& finding) {
    using CheckLevel = CheckFinding::Level;
    if (finding.level == CheckLevel::note || finding.about == About::redis || finding.about == About::feed ||
        finding.about == About::postfix)
      return;
    add("tables", finding.level == CheckLevel::error ? Level::error : Level::warning, finding.what,
        "what the line says, then: maproom check");
  }

  [[nodiscard]] bool serves(const std::string& parameter) const {
    return std::any_of(config_.maps.begin(), config_.maps.end(),
                       [&parameter](const auto& map) { return map.parameter == parameter; });
  }

  void look_at_postfix(const PostfixFacts& postfix) {
    if (!postfix.unreadable.empty()) {
      add("Postfix", Level::error, postfix.unreadable, "name the main.cf of this Postfix: maproom doctor MAIN_CF");
      return;
    }
    for (const auto& difference : postfix.differences)
      add("Postfix", Level::warning, "[postfix] " + difference,
          "edit [postfix] in " + config_.file + " (maproom import writes it as main.cf has it)");
    for (const auto& map : config_.maps)
      if (map.listen) look_at_address("maps." + map.name, *map.listen, postfix);
    for (const auto& endpoint : config_.socketmap_listen) look_at_address("socketmap", endpoint, postfix);
    for (const auto& table : postfix.tables) look_at_table(table, postfix);
    // Its "not found" rejects recipients at virtual alias domains alone, and the daemon has to know which these are.
    // With the tables of virtual_alias_maps, which is Postfix's own default, these are the domains that it finds.
    if (!postfix.alias_domains.empty() &&
        config::split_list(postfix.alias_domains) != config::split_list(postfix.alias_maps) &&
        serves("virtual_alias_maps") && !serves("virtual_alias_domains"))
      add("Postfix", Level::warning,
          "virtual_alias_domains = " + postfix.alias_domains +
              ": the daemon has no such map and takes the domains that virtual_alias_maps finds for the virtual alias "
              "domains; in an outage an address at another of them could be refused",
          "[maps.virtual_alias_domains] with the same tables in " + config_.file + " (a list becomes a text table)");
  }

  void look_at_address(const std::string& section, const Endpoint& endpoint, const PostfixFacts& postfix) {
    if (endpoint.kind == Endpoint::Kind::unix_socket) return;
    const auto address = parse_ip_address(endpoint.host);
    if (!address) return;  // a name may be either
    const bool ipv6 = endpoint.host.find(':') != std::string::npos;
    if (ipv6 ? postfix.ipv6 : postfix.ipv4) return;
    const auto other = std::string{"inet:"} + (ipv6 ? "127.0.0.1:" : "[::1]:") + std::to_string(endpoint.port);
    const bool any = ipv6 ? postfix.ipv4 : postfix.ipv6;
    add("Postfix", Level::error,
        "[" + section + "] listens on " + endpoint.to_string() +
            ", which not all of Postfix can reach (inet_protocols): every lookup is a temporary error, and mail waits",
        any ? "listen = \"" + other + "\" in [" + section + "], and the same address in main.cf"
            : "[socketmap] listen = \"unix:" + postfix.queue_directory +
                  "/maproom/socketmap\", and socketmap:unix:maproom/socketmap:NAME in main.cf");
  }

  void look_at_table(const AskedTable& table, const PostfixFacts& postfix) {
    constexpr std::string_view prefix = "socketmap:unix:";
    if (!table.word.starts_with(prefix)) return;
    const auto colon = table.word.rfind(':');
    if (colon < prefix.size()) return;
    const auto path = table.word.substr(prefix.size(), colon - prefix.size());
    const auto name = table.word.substr(colon + 1);
    const bool absolute = path.starts_with('/');
    const auto seen = absolute ? path : postfix.queue_directory + "/" + path;
    const bool passwords = std::any_of(config_.maps.begin(), config_.maps.end(), [&name](const auto& map) {
      return map.name == name && map::holds_passwords(map.parameter);
    });
    // The word alone: it may be one of many, and `postconf -e` would replace them all.
    const auto mend = "in " + table.parameter + " write " + socket_word(passwords, name, postfix) + " instead of " +
                      table.word + listen_word(passwords, postfix);
    if (absolute && !postfix.chrooted.empty())
      add("Postfix", Level::error,
          table.parameter + " = " + table.word + ": services in the chroot " + postfix.queue_directory + " (" +
              joined(postfix.chrooted) + ") see no such path; a path from the queue directory is right for all",
          mend);
    else if (const auto sockets = sockets_for(passwords);
             std::none_of(sockets.begin(), sockets.end(), [&](const auto& endpoint) { return endpoint.path == seen; }))
      add("Postfix", Level::warning,
          table.parameter + " = " + table.word + ": [socketmap] " + (passwords ? "passwords" : "listen") +
              " does not listen on " + seen,
          mend);
  }

  /// Passwords are answered on a socket of their own, and nothing else is.
  [[nodiscard]] std::vector<Endpoint> sockets_for(bool passwords) const {
    if (!passwords) return config_.socketmap_listen;
    return config_.passwords ? std::vector{*config_.passwords} : std::vector<Endpoint>{};
  }

  /// The first that every service reaches, also one in the chroot, as a path from there.
  [[nodiscard]] std::optional<std::string> path_in_queue(bool passwords, const PostfixFacts& postfix) const {
    const auto folder = postfix.queue_directory + "/";
    for (const auto& endpoint : sockets_for(passwords))
      if (endpoint.kind == Endpoint::Kind::unix_socket && endpoint.path.starts_with(folder))
        return endpoint.path.substr(folder.size());
    return std::nullopt;
  }
  [[nodiscard]] std::string socket_word(bool passwords, const std::string& name, const PostfixFacts& postfix) const {
    return "socketmap:unix:" + path_in_queue(passwords, postfix).value_or(usual_path(passwords)) + ":" + name;
  }
  /// What the configuration lacks for that.
  [[nodiscard]] std::string listen_word(bool passwords, const PostfixFacts& postfix) const {
    if (path_in_queue(passwords, postfix)) return {};
    return std::string{", with [socketmap] "} + (passwords ? "passwords" : "listen") +
           " = \"unix:" + postfix.queue_directory + "/" + usual_path(passwords) + "\"";
  }

  void look_at_database(const DatabaseFacts& database) {
    for (const auto& failure : database.failures)
      add("MariaDB", database.reachable ? Level::warning : Level::error, database.name + ": " + failure,
          std::string{"systemctl start mariadb, if it is down; else mend hosts, user and password"} +
              (facts_.in_place_of_service && failure.find("Access denied") != std::string::npos
                   ? "; root asked, whom an account that goes by the socket (unix_socket) refuses, as there is no "
                     "service's user to ask as: maproom check --as USER"
                   : ""));
    if (!database.reachable) return;
    if (database.read_only && !config_.feed.binlog)
      add("MariaDB", Level::warning,
          database.name + ": is read-only, as a replica is: answers may lag behind the primary",
          "[feed] binlog = true follows what it applies");
    if (!database.feed_trouble.empty())
      add("MariaDB", Level::warning, "the changes cannot be followed: " + database.feed_trouble,
          database.binlog ? "do what it says"
                          : "log_bin, binlog_format = ROW (conf/mariadb-binlog.cnf), and a restart");
    else if (!config_.feed.binlog)
      add("MariaDB", Level::warning,
          database.name +
              ": its changes are not followed: they are seen when the times to live have passed, and in an "
              "outage new clients and senders wait",
          std::string{database.binlog ? "" : "log_bin and binlog_format = ROW (conf/mariadb-binlog.cnf), and then "} +
              "[feed] binlog = true in " + config_.file);
    if (database.wait_timeout > 0 && database.wait_timeout < shortest_wait_timeout)
      add("MariaDB", Level::warning,
          database.name + ": ends a connection that is idle for " + std::to_string(database.wait_timeout) +
              " s (wait_timeout): lookups begin with a new connection again and again",
          "SET GLOBAL wait_timeout = 28800, and the same in its configuration");
    if (database.max_user_connections > 0 && database.connections > database.max_user_connections)
      add("MariaDB", Level::error,
          database.name + ": the pool may open " + std::to_string(database.connections) + " connections, the user " +
              std::to_string(database.max_user_connections) + " (max_user_connections)",
          "[mariadb] connections = " + std::to_string(database.max_user_connections));
  }

  /// The pools of one server add up.
  void look_at_pools() {
    struct Server {
      std::uint64_t wanted = 0, allowed = 0;
    };
    std::map<std::string, Server> servers;
    for (const auto& database : facts_.databases) {
      if (!database.reachable) continue;
      servers[database.server].wanted += database.connections;
      servers[database.server].allowed = database.max_connections;
    }
    for (const auto& [name, server] : servers) {
      if (server.wanted + spare_connections <= server.allowed) continue;
      add("MariaDB", server.wanted > server.allowed ? Level::error : Level::warning,
          "the pools may open " + std::to_string(server.wanted) + " connections, and the server takes " +
              std::to_string(server.allowed) + " from all together (max_connections)",
          "SET GLOBAL max_connections = " + std::to_string(server.wanted + server.allowed + spare_connections) +
              " and the same in its configuration, or fewer [mariadb] connections");
    }
  }

  void look_at_redis(const RedisFacts& redis) {
    auto findings = redis_findings(redis);
    std::move(findings.begin(), findings.end(), std::back_inserter(found_.findings));
  }

  void look_at_daemon() {
    const auto& daemon = facts_.daemon;
    if (!daemon.trouble.empty()) {
      add("daemon", Level::error, "does not answer on " + daemon.control + ": " + daemon.trouble,
          "systemctl start maproom (and journalctl -u maproom tells why it ended)");
      return;
    }
    if (!daemon.version.empty() && daemon.version != MAPROOM_VERSION)
      add("daemon", Level::warning,
          "it is version " + daemon.version + ", and this program " MAPROOM_VERSION ": it has not been started anew",
          "systemctl restart maproom");
    look_at_descriptors("daemon", daemon.descriptors);
    if (config_.feed.binlog && !daemon.feed.empty() && daemon.feed != "healthy")
      add("daemon", Level::warning, "the change feed is " + daemon.feed, "maproom status tells why");
  }

  void look_at_systemd() {
    const auto& systemd = facts_.systemd;
    if (systemd.enabled != "enabled" && systemd.enabled != "static")
      add("systemd", Level::error,
          "maproom.service is not started at boot (" + (systemd.enabled.empty() ? "not found" : systemd.enabled) +
              "): after the next one no mail moves",
          "systemctl enable maproom");
    if (facts_.daemon.descriptors == 0) look_at_descriptors("systemd", systemd.descriptors);
    if (systemd.socket_unit) look_at_streams(systemd.streams);
    const bool local = std::any_of(facts_.databases.begin(), facts_.databases.end(),
                                   [](const auto& database) { return database.local; });
    if (local && systemd.binds_to.find("mariadb") != std::string::npos)
      add("systemd", Level::warning,
          "maproom.service stops together with this host's MariaDB (BindsTo=" + systemd.binds_to +
              "): while that is down every lookup is a temporary error",
          "maproom-outage on");
  }

  void look_at_descriptors(const char* section, std::uint64_t descriptors) {
    if (descriptors == 0 || descriptors >= config_.max_connections + spare_descriptors) return;
    add(section, Level::warning,
        "the daemon may open " + std::to_string(descriptors) + " files, fewer than [server] max_connections (" +
            std::to_string(config_.max_connections) + ") and the rest need",
        "LimitNOFILE=" + std::to_string(2 * (config_.max_connections + spare_descriptors)) +
            " (systemctl edit maproom)");
  }

  /// maproom.socket holds what the configuration had when systemd read it last: "127.0.0.1:10040 (Stream)", one a line.
  void look_at_streams(const std::string& streams) {
    const auto mend =
        "systemctl daemon-reload; systemctl stop maproom.socket maproom && systemctl start maproom.socket maproom";
    std::vector<std::string> ours;
    const auto add_endpoint = [&ours](const Endpoint& endpoint) {
      ours.push_back(endpoint.kind == Endpoint::Kind::unix_socket
                         ? endpoint.path
                         : (endpoint.host.find(':') == std::string::npos ? endpoint.host : "[" + endpoint.host + "]") +
                               ":" + std::to_string(endpoint.port));
    };
    for (const auto& map : config_.maps)
      if (map.listen) add_endpoint(*map.listen);
    for (const auto& endpoint : config_.socketmap_listen) add_endpoint(endpoint);
    if (config_.admin_listen) add_endpoint(*config_.admin_listen);
    for (std::size_t begin = 0; begin < streams.size();) {
      const auto end = std::min(streams.find('\n', begin), streams.size());
      const auto stream = streams.substr(begin, std::min(streams.find(" (Stream)", begin), end) - begin);
      begin = end + 1;
      if (!stream.empty() && std::find(ours.begin(), ours.end(), stream) == ours.end())
        add("systemd", Level::error,
            "maproom.socket listens on " + stream +
                ", which the configuration lacks: who asks there waits for an answer that does not come",
            mend);
    }
  }

  /// As the daemon says it, which knows what it holds.
  void foretell() {
    found_.asked_daemon = !facts_.daemon.outage.empty();
    for (const auto& map : config_.maps) {
      const auto told = std::find_if(facts_.daemon.outage.begin(), facts_.daemon.outage.end(),
                                     [&map](const auto& line) { return line.map == map.name; });
      if (told != facts_.daemon.outage.end()) {
        found_.outage.push_back(*told);
        found_.outage.back().parameter = map.parameter;
      } else if (!found_.asked_daemon) {
        found_.outage.push_back(in_an_outage(config_, map));
      } else {
        found_.outage.push_back(
            {map.name, map.parameter, false, "the running daemon has no such map", "maproom reload"});
      }
      if (auto& mend = found_.outage.back().mend;
          !mend.empty() && !mend.starts_with('[') && !mend.starts_with("maproom"))
        mend += " in [maps." + map.name + "]";
    }
  }

  const config::Config& config_;
  const HostFacts& facts_;
  Diagnosis found_;
};

const char* name_of(Level level) {
  switch (level) {
    case Level::not_looked_at:
      return "not looked at";
    case Level::good:
      return "ok";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "";
}

}  // namespace

OutageLine in_an_outage(const config::Config& config, const config::MapConfig& map) {
  const bool asks =
      std::any_of(map.tables.begin(), map.tables.end(), [](const auto& table) { return table.text_file.empty(); });
  const auto changes = !asks                ? ops::Changes::of_files
                       : config.feed.binlog ? ops::Changes::followed
                                            : ops::Changes::unseen;
  const auto keys = map.complete_keys == map::KeySet::none      ? ops::Keys::unknown
                    : map.complete_keys == map::KeySet::domains ? ops::Keys::domains
                                                                : ops::Keys::complete;
  const auto outlook = ops::outage_outlook(config::freshness_of(map, config.feed, config.feed.binlog),
                                           map::wrong_not_found(map.parameter), changes, keys);
  return {map.name, map.parameter, outlook.flows, outlook.because, outlook.mend};
}

std::vector<Finding> redis_findings(const RedisFacts& redis) {
  std::vector<Finding> found;
  if (!redis.trouble.empty()) {
    found.push_back({"Redis", Level::warning,
                     redis.server + ": " + redis.trouble + " (answers stay right, and get slower)",
                     "systemctl start redis-server, or leave [redis] out"});
    return found;
  }
  if (redis.eviction_policy.starts_with("allkeys-"))
    found.push_back(
        {"Redis", Level::warning,
         redis.server + ": maxmemory-policy " + redis.eviction_policy +
             " throws out keys of any age, also those of others that share this Redis, and what an outage would need",
         "redis-cli CONFIG SET maxmemory-policy volatile-ttl, and the same in redis.conf"});
  else if (redis.eviction_policy == "noeviction" && redis.maxmemory > 0)
    found.push_back({"Redis", Level::warning,
                     redis.server + ": with maxmemory and noeviction a full Redis takes no new answers",
                     "redis-cli CONFIG SET maxmemory-policy volatile-ttl, and the same in redis.conf"});
  return found;
}

Diagnosis diagnose(const config::Config& config, const HostFacts& facts) { return Doctor{config, facts}.diagnose(); }

Level worst(const Diagnosis& diagnosis) {
  auto worst = Level::not_looked_at;
  for (const auto& finding : diagnosis.findings) worst = std::max(worst, finding.level);
  return worst;
}

std::string to_text(const Diagnosis& diagnosis) {
  std::string out;
  std::string section;
  for (const auto* const each : {"Postfix", "MariaDB", "tables", "Redis", "daemon", "systemd"})
    for (const auto& finding : diagnosis.findings) {
      if (finding.section != each) continue;
      if (finding.section != section) out += (section.empty() ? "" : "\n") + (section = finding.section) + "\n";
      out += std::string{"  "} + name_of(finding.level) + ": " + finding.what + "\n";
      if (!finding.mend.empty()) out += "    mend: " + finding.mend + "\n";
    }
  out += "\nIn an outage of the database";
  out += diagnosis.asked_daemon ? ", as the daemon is now\n"
                                : ", by the configuration alone (the daemon cannot be asked)\n";
  for (const auto& line : diagnosis.outage) {
    out += "  " + line.map + ": " + (line.flows ? "flows" : "waits") + ", because " + line.because + "\n";
    if (!line.mend.empty()) out += "    mend: " + line.mend + "\n";
  }
  return out;
}

}  // namespace maproom::commands
