#include "maproom/app/config.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

#include "maproom/app/mysql_table_file.hpp"
#include "maproom/app/toml_section.hpp"
#include "maproom/map/ip_address.hpp"

namespace maproom::app {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream stream{path, std::ios::binary};
  std::stringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream) return fail(Errc::invalid, path + ": cannot be read: " + std::generic_category().message(errno));
  return text.str();
}

bool readable_by_everyone(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

/// `password` inline, or the first line of `password_file`, or the service manager's credential of that name.
std::string read_password(TomlSection& section, const std::string& config_file, const char* credential) {
  std::string password;
  std::string file;
  section.get("password", password);
  section.get("password_file", file);
  if (!password.empty()) {
    if (!file.empty()) section.error("password_file", "password is given too; expected one of the two");
    if (readable_by_everyone(config_file))
      section.warn("password", "everyone on this host can read it; chmod o-r " + config_file + " or use password_file");
    return password;
  }
  if (file.empty()) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");  // systemd.exec(5)
    if (folder == nullptr) return {};
    const auto path = std::string{folder} + "/" + credential;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    file = path;
  } else if (!file.starts_with('/')) {
    section.error("password_file", "\"" + file + "\" is no absolute path");
    return {};
  } else if (readable_by_everyone(file)) {
    section.warn("password_file", "everyone on this host can read " + file + "; chmod o-r it");
  }
  auto text = read_file(file);
  if (!text) {
    section.error("password_file", text.error().detail);
    return {};
  }
  return text->substr(0, text->find_first_of("\r\n"));
}

void read_postfix(TomlSection section, map::PostfixSettings& postfix) {
  section.get("recipient_delimiter", postfix.recipient_delimiter);
  section.get("smtputf8_enable", postfix.smtputf8_enable);
  section.get("owner_request_special", postfix.owner_request_special);
  section.get("double_bounce_sender", postfix.double_bounce_sender);
  section.get("myorigin", postfix.myorigin);
  section.get_list("mydestination", postfix.mydestination);
  section.get_list("inet_interfaces", postfix.inet_interfaces);
  section.get_list("proxy_interfaces", postfix.proxy_interfaces);
  for (const auto* const name : {"inet_interfaces", "proxy_interfaces"}) {
    const auto& list = std::string_view{name} == "inet_interfaces" ? postfix.inet_interfaces : postfix.proxy_interfaces;
    for (const auto& address : list)
      if (!map::parse_ip_address(address))
        section.error(name, "\"" + address + "\" is no IP address; expected those that postconf " + name +
                                " stands for, one by one, without brackets");
  }
  section.get_list("propagate_unmatched_extensions", postfix.propagate_unmatched_extensions);
  section.get_list("parent_domain_matches_subdomains", postfix.parent_domain_matches_subdomains);
  section.get("swap_bangpath", postfix.swap_bangpath);
  section.get("allow_percent_hack", postfix.allow_percent_hack);
  section.finish();
}

void read_mariadb(TomlSection section, const std::string& file, backend::ConnectionSettings& mariadb) {
  if (section.has("hosts")) {
    std::vector<std::string> hosts;
    section.get_list("hosts", hosts);
    mariadb.hosts.clear();
    for (const auto& host : hosts) {
      if (auto endpoint = parse_mysql_host(host))
        mariadb.hosts.push_back(std::move(*endpoint));
      else
        section.error("hosts", endpoint.error().detail);
    }
    if (hosts.empty()) section.error("hosts", "is empty; expected at least one host");
  }
  section.get("user", mariadb.user);
  mariadb.password = read_password(section, file, "mariadb.password");
  section.get("database", mariadb.database);
  if (mariadb.database.empty()) section.error("database", "is empty; expected the name of the database");
  section.get("charset", mariadb.charset);
  if (const auto why = charset_refusal(mariadb.charset)) section.error("charset", *why);
  section.get("option_file", mariadb.option_file);
  section.get("option_group", mariadb.option_group);
  section.get("tls_ca_file", mariadb.tls_ca_file);
  section.get("tls_ca_path", mariadb.tls_ca_path);
  section.get("tls_cert_file", mariadb.tls_cert_file);
  section.get("tls_key_file", mariadb.tls_key_file);
  section.get("tls_ciphers", mariadb.tls_ciphers);
  section.get("tls_verify_cert", mariadb.tls_verify_cert);
  std::int64_t connections = static_cast<std::int64_t>(mariadb.connections);
  section.get("connections", connections, 1, 1000);
  mariadb.connections = static_cast<std::size_t>(connections);
  section.get_duration("idle_interval", mariadb.idle_interval);
  section.finish();
}

void read_redis(TomlSection section, const std::string& file, std::optional<cache::RedisSettings>& target) {
  cache::RedisSettings redis;
  std::optional<net::Endpoint> server;
  section.get_endpoint("server", server);
  if (!section.has("server"))
    section.error("server", "is missing; expected unix:/path or inet:host:port (without Redis, leave the section out)");
  if (server) redis.server = *server;
  section.get("username", redis.username);
  redis.password = read_password(section, file, "redis.password");
  if (!redis.username.empty() && redis.password.empty()) section.error("username", "needs a password");
  std::int64_t database = 0;
  section.get("database", database, 0, 1'000'000);
  redis.database = static_cast<int>(database);
  section.get("prefix", redis.prefix);
  if (redis.prefix.empty())
    section.error("prefix", "is empty; expected a word before every key, so that a flush deletes our own keys only");
  section.get_duration("budget", redis.budget);
  if (redis.budget.count() <= 0) section.error("budget", "must be longer than nothing");
  section.finish();
  target = std::move(redis);
}

void read_freshness(TomlSection& section, milliseconds& positive, milliseconds& negative, milliseconds& stale,
                    milliseconds& stale_negative) {
  section.get_duration("positive_ttl", positive);
  section.get_duration("negative_ttl", negative);
  section.get_duration("stale_limit", stale);
  section.get_duration("stale_negative_limit", stale_negative);
}

/// The settings that say what a table asks: a query with mysql_table(5)'s parameters, or a mysql_table(5) file.
struct TableReader {
  const Config& config;

  std::optional<TableConfig> from_file(TomlSection& section, std::string_view setting, const std::string& path,
                                       std::vector<std::string>& warnings) const {
    if (!path.starts_with('/')) {
      section.error(setting, "\"" + path +
                                 "\" is no absolute path (a name without a slash is the ancient form with settings in "
                                 "main.cf, which is not supported)");
      return std::nullopt;
    }
    const auto text = read_file(path);
    if (!text) {
      section.error(setting, text.error().detail);
      return std::nullopt;
    }
    auto file = parse_mysql_table_file(*text, config.mariadb.connections, read_file);
    if (!file) {
      section.error(setting, path + ": " + file.error().detail);
      return std::nullopt;
    }
    for (const auto& warning : file->warnings) warnings.push_back(path + ": " + warning);
    return checked(section, setting, TableConfig{std::move(file->table), std::move(file->connection), path});
  }

  std::optional<TableConfig> inline_query(TomlSection& section) const {
    TableConfig table{{}, config.mariadb, section.origin("query")};
    section.get("query", table.settings.query);
    section.get("result_format", table.settings.result_format);
    std::vector<std::string> domain;
    section.get_list("domain", domain);
    std::string all;
    for (const auto& each : domain) all += each + ",";
    if (auto names = read_domain_list(all, read_file))
      table.settings.domain = std::move(*names);
    else
      section.error("domain", names.error().detail);
    section.get("expansion_limit", table.settings.expansion_limit, -1, 1'000'000'000);
    section.get("require_result_set", table.settings.require_result_set);
    return checked(section, "query", std::move(table));
  }

  std::optional<TableConfig> checked(TomlSection& section, std::string_view setting, TableConfig table) const {
    if (auto compiled = map::Table::compile(table.settings, config.postfix.smtputf8_enable); !compiled) {
      section.error(setting, (setting == "query" ? std::string{} : table.origin + ": ") + compiled.error().detail);
      return std::nullopt;
    }
    return table;
  }

  void read(TomlSection& section, std::vector<TableConfig>& tables, std::vector<std::string>& warnings) const {
    const int given =
        (section.has("query") ? 1 : 0) + (section.has("mysql_table") ? 1 : 0) + (section.has("tables") ? 1 : 0);
    if (given != 1) {
      section.error("query", given == 0 ? "is missing; expected one of query, mysql_table and tables"
                                        : "expected only one of query, mysql_table and tables");
      return;
    }
    const auto add = [&](std::optional<TableConfig> table) {
      if (table) tables.push_back(std::move(*table));
    };
    if (section.has("query")) {
      add(inline_query(section));
    } else if (section.has("mysql_table")) {
      std::vector<std::string> files;
      section.get_list("mysql_table", files);
      if (files.empty())
        section.error("mysql_table", "is empty; expected the path of a mysql_table(5) file, or several in order");
      for (const auto& file : files) add(from_file(section, "mysql_table", file, warnings));
    } else {
      auto elements = section.elements("tables");
      if (elements.empty()) section.error("tables", "is empty; expected at least one table");
      for (auto& element : elements) {
        const bool query = element.has("query");
        std::string file;
        element.get("mysql_table", file);
        if (query == !file.empty())
          element.error("query", "expected one of query and mysql_table in each table");
        else
          add(query ? inline_query(element) : from_file(element, "mysql_table", file, warnings));
        element.finish();
      }
    }
  }
};

void read_map(const std::string& name, TomlSection section, Config& config) {
  MapConfig map;
  map.name = name;
  map.origin = section.origin();
  map.parameter = name;
  if (name.empty() || name.find_first_of(" :\t\n") != std::string::npos)
    section.error("", "a map's name has no blank and no colon, since socketmap_table(5) splits there");
  section.get("parameter", map.parameter);
  const auto setting = section.has("parameter") ? "parameter" : "";
  if (const auto why = map::refused_parameter(map.parameter)) {
    section.error(setting, map.parameter + ": " + std::string{*why});
  } else if (auto profile = map::profile_of(map.parameter, config.postfix)) {
    map.profile = std::move(*profile);
  } else {
    const auto near = nearest(map.parameter, map::known_parameters());
    section.error(setting, "\"" + map.parameter + "\" is no Postfix parameter with a lookup table" +
                               (near.empty() ? std::string{} : "; did you mean " + near + "?") +
                               " (set parameter to the one this map serves, or to \"exact\")");
  }
  section.get_endpoint("listen", map.listen);
  map.addresses_only = map.profile.kind == map::ProfileKind::client_list;
  section.get("addresses_only", map.addresses_only);
  section.get_duration("deadline", map.deadline);
  // Postfix itself gives up after 100 s, and then asks again; well before that it must have our word.
  if (map.deadline < milliseconds{10} || map.deadline > std::chrono::seconds{60})
    section.error("deadline", "expected 10 ms to 60 s (Postfix waits 100 s)");
  map.positive_ttl = config.cache.positive_ttl;
  map.negative_ttl = config.cache.negative_ttl;
  map.stale_limit = config.cache.stale_limit;
  map.stale_negative_limit = config.cache.stale_negative_limit;
  read_freshness(section, map.positive_ttl, map.negative_ttl, map.stale_limit, map.stale_negative_limit);
  TableReader{config}.read(section, map.tables, config.warnings);
  section.finish();
  config.maps.push_back(std::move(map));
}

void check_listeners(const Config& config, Findings& findings) {
  std::set<std::string> seen;
  const auto check = [&](const std::string& origin, const std::string& setting, const net::Endpoint& endpoint) {
    if (!seen.insert(endpoint.to_string()).second)
      findings.errors.push_back(origin + ": " + setting + ": " + endpoint.to_string() +
                                " is used twice; neither tcp: nor socketmap: tells which map is meant");
  };
  for (const auto& map : config.maps)
    if (map.listen) check(map.origin, "maps." + map.name + ".listen", *map.listen);
  for (const auto& endpoint : config.socketmap_listen) check(config.file, "socketmap.listen", endpoint);
  if (config.admin_listen) check(config.file, "admin.listen", *config.admin_listen);
  check(config.file, "admin.control", config.control);
}

}  // namespace

Result<Config> read_config(const std::string& file) {
  Findings findings;
  auto opened = TomlSection::read(file, findings);
  if (!opened) return opened.error();
  auto& root = *opened;
  Config config;
  config.file = file;
  if (auto s = root.section("postfix")) read_postfix(std::move(*s), config.postfix);
  config.mariadb.hosts = {{net::Endpoint::Kind::unix_socket, {}, 0, "/run/mysqld/mysqld.sock"}};
  config.mariadb.user = "maproom";
  config.mariadb.database = "mail";
  if (auto s = root.section("mariadb")) read_mariadb(std::move(*s), file, config.mariadb);
  if (auto s = root.section("redis")) read_redis(std::move(*s), file, config.redis);
  if (auto s = root.section("cache")) {
    s->get_bytes("memory", config.cache.memory);
    read_freshness(*s, config.cache.positive_ttl, config.cache.negative_ttl, config.cache.stale_limit,
                   config.cache.stale_negative_limit);
    s->finish();
  }
  if (auto s = root.section("feed")) {
    bool binlog = false;
    s->get("binlog", binlog);
    if (binlog)
      s->error(
          "binlog",
          "the change feed is not part of this version; expected false (the times to live bound the age of an answer)");
    s->finish();
  }
  if (auto s = root.section("socketmap")) {
    s->get_endpoints("listen", config.socketmap_listen);
    s->finish();
  }
  if (auto s = root.section("admin")) {
    s->get_endpoint("listen", config.admin_listen);
    std::optional<net::Endpoint> control;
    s->get_endpoint("control", control);
    if (control && control->kind != net::Endpoint::Kind::unix_socket)
      s->error("control", "expected unix:/path: file permissions guard it");
    else if (control)
      config.control = *control;
    s->finish();
  }
  if (auto s = root.section("log")) {
    s->get("level", config.log_level);
    const std::vector<std::string> levels{"trace", "debug", "info", "warning", "error"};
    if (std::find(levels.begin(), levels.end(), config.log_level) == levels.end())
      s->error("level", "\"" + config.log_level + "\" is no level; expected trace, debug, info, warning or error");
    s->finish();
  }
  if (auto s = root.section("server")) {
    std::int64_t connections = static_cast<std::int64_t>(config.max_connections);
    s->get("max_connections", connections, 1, 1'000'000);
    config.max_connections = static_cast<std::size_t>(connections);
    s->finish();
  }
  if (auto maps = root.section("maps"))
    for (auto& [name, section] : maps->sections()) read_map(name, std::move(section), config);
  if (config.maps.empty())
    findings.errors.push_back(file + ": maps: none; expected at least one section such as [maps.relay_domains]");
  root.finish();
  check_listeners(config, findings);
  if (!findings.errors.empty()) {
    std::string all;
    for (const auto& error : findings.errors) all += (all.empty() ? "" : "\n") + error;
    return fail(Errc::invalid, all);
  }
  config.warnings.insert(config.warnings.end(), findings.warnings.begin(), findings.warnings.end());
  return config;
}

}  // namespace maproom::app
