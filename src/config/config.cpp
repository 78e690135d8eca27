#include "maproom/config/config.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>

#include "maproom/config/main_cf_syntax.hpp"
#include "maproom/config/mysql_table_file.hpp"
#include "maproom/config/text_file.hpp"
#include "maproom/config/toml_section.hpp"
#include "maproom/core/ip_address.hpp"
#include "table_reader.hpp"

namespace maproom::config {
namespace {

/// A client that takes no answers holds a third of this. With less, one client could end another one's connection.
constexpr std::uint64_t least_sessions_memory = 1ULL << 20;

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
    // The service has it from its manager (systemd.exec(5)); check, doctor and whoever else is started by hand looks
    // where it stands for the running service, which root and the service's user may read.
    const char* given = std::getenv("CREDENTIALS_DIRECTORY");
    const auto path = std::string{given != nullptr ? given : "/run/credentials/maproom.service"} + "/" + credential;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    file = path;
  } else if (!file.starts_with('/')) {
    section.error("password_file", "\"" + file + "\" is no absolute path");
    return {};
  } else if (readable_by_everyone(file)) {
    section.warn("password_file", "everyone on this host can read " + file + "; chmod o-r it");
  }
  auto text = read_text_file(file);
  if (!text) {
    section.error("password_file", text.error().detail);
    return {};
  }
  password = text->substr(0, text->find_first_of("\r\n"));
  section.in_force("password", password, file);
  if (password.empty())
    section.error("password_file", file + ": expected the password on the first line, which is empty");
  return password;
}

/// A list as main.cf has them: ["a", "b"], or one string with commas and blanks.
void read_main_cf_list(TomlSection& section, std::string_view name, std::vector<std::string>& target) {
  std::vector<std::string> given;
  if (!section.has(name)) return section.in_force(name, target);
  section.get_list(name, given);
  target.clear();
  for (const auto& text : given)
    for (auto& word : split_list(text)) target.push_back(std::move(word));
  section.in_force(name, target);
}

/// Postfix's lists may hold $name, files and tables; we know names alone, and would never match the rest.
void expect_names(TomlSection& section, std::string_view name, const std::vector<std::string>& words) {
  for (const auto& word : words)
    if (!word.starts_with('[') && word.find_first_of("$/:") != std::string::npos)
      section.error(
          name, "\"" + word + "\" is no name; expected what it stands for (see postconf -x " + std::string{name} + ")");
}

void expect_words(TomlSection& section, std::string_view name, const std::vector<std::string>& words,
                  const std::vector<std::string>& known) {
  for (const auto& word : words) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const auto near = nearest(word, known);
    std::string all;
    for (const auto& each : known) all += (all.empty() ? "" : ", ") + each;
    section.error(name, "\"" + word + "\" is none of Postfix's words" +
                            (near.empty() ? std::string{} : "; did you mean " + near + "?") + "; expected " + all);
  }
}

void read_postfix(TomlSection section, map::PostfixSettings& postfix) {
  section.get("recipient_delimiter", postfix.recipient_delimiter);
  section.get("smtputf8_enable", postfix.smtputf8_enable);
  section.get("owner_request_special", postfix.owner_request_special);
  section.get("double_bounce_sender", postfix.double_bounce_sender);
  section.get("myorigin", postfix.myorigin);
  expect_names(section, "myorigin", {postfix.myorigin});
  read_main_cf_list(section, "mydestination", postfix.mydestination);
  expect_names(section, "mydestination", postfix.mydestination);
  read_main_cf_list(section, "inet_interfaces", postfix.inet_interfaces);
  read_main_cf_list(section, "proxy_interfaces", postfix.proxy_interfaces);
  for (const auto* const name : {"inet_interfaces", "proxy_interfaces"}) {
    const auto& list = std::string_view{name} == "inet_interfaces" ? postfix.inet_interfaces : postfix.proxy_interfaces;
    for (const auto& address : list)
      if (!parse_ip_address(address))
        section.error(name, "\"" + address + "\" is no IP address; expected those that postconf " + name +
                                " stands for, one by one, without brackets");
  }
  read_main_cf_list(section, "propagate_unmatched_extensions", postfix.propagate_unmatched_extensions);
  expect_words(section, "propagate_unmatched_extensions", postfix.propagate_unmatched_extensions,
               {"alias", "canonical", "forward", "generic", "include", "virtual"});  // postconf(5)
  read_main_cf_list(section, "parent_domain_matches_subdomains", postfix.parent_domain_matches_subdomains);
  expect_names(section, "parent_domain_matches_subdomains", postfix.parent_domain_matches_subdomains);
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
  std::vector<std::string> in_force;
  for (const auto& host : mariadb.hosts) in_force.push_back(host.to_string());
  section.in_force("hosts", in_force);
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
  std::optional<Endpoint> server;
  section.get_endpoint("server", server);
  section.get_endpoints("sentinels", redis.sentinels);
  section.get("master", redis.master);
  if (section.has("server") && !redis.sentinels.empty())
    section.error("sentinels", "expected either server or sentinels, not both");
  if (!section.has("server") && redis.sentinels.empty())
    section.error("server",
                  "is missing; expected unix:/path or inet:host:port, or sentinels (without Redis, leave the section "
                  "out)");
  if (redis.master.empty()) section.error("master", "is empty; expected the name that Sentinel monitors it by");
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

void read_feed(TomlSection section, const std::string& file, FeedConfig& feed) {
  section.get("binlog", feed.binlog);
  std::int64_t server_id = 0;
  section.get("server_id", server_id, 0, 4'294'967'295);
  feed.server_id = static_cast<std::uint32_t>(server_id);
  section.get("user", feed.user);
  feed.password = read_password(section, file, "feed.password");
  if (feed.user.empty() && !feed.password.empty())
    section.error("user", "is missing; expected the user of the password");
  section.get_duration("followed_ttl", feed.followed_ttl);
  section.finish();
}

void read_freshness(TomlSection& section, milliseconds& positive, milliseconds& negative, milliseconds& stale,
                    milliseconds& stale_negative) {
  section.get_duration("positive_ttl", positive);
  section.get_duration("negative_ttl", negative);
  section.get_duration("stale_limit", stale);
  section.get_duration("stale_negative_limit", stale_negative);
}

/// Every address that something listens on, and the setting that says so.
class UsedAddresses {
 public:
  void add(TomlSection& section, std::string_view name, const Endpoint& endpoint) {
    const auto [known, fresh] = used_.try_emplace(endpoint.to_string(), section.full_name(name));
    if (!fresh)
      section.error(name, "\"" + known->first + "\" is used twice, also by " + known->second +
                              "; expected an address of its own");
  }

 private:
  std::map<std::string, std::string> used_;
};

/// The protocols are in clear and ask for no password, and every user of a host can reach a port: there is one socket
/// for them, in a folder that only Postfix may enter (app/password_folder.hpp).
void expect_socket_for_passwords(TomlSection& section, const MapConfig& map, const Config& config) {
  if (map.listen)
    section.error(
        "listen",
        "every user of this host could ask it for passwords; leave it out, and ask the map by its name on the "
        "socket of socketmap.passwords");
  if (!config.passwords)
    section.error("",
                  "passwords are answered on a socket of their own; set socketmap.passwords = "
                  "\"unix:/var/spool/postfix/maproom-passwords/socketmap\", in a folder that only Postfix may "
                  "enter");
}

void read_socketmap(TomlSection section, Config& config, UsedAddresses& used) {
  section.get_endpoints("listen", config.socketmap_listen);
  for (const auto& endpoint : config.socketmap_listen) used.add(section, "listen", endpoint);
  section.get_endpoint("passwords", config.passwords);
  if (config.passwords && config.passwords->kind != Endpoint::Kind::unix_socket)
    section.error("passwords",
                  "every user of this host could ask a port for passwords; expected unix:/path, in a folder "
                  "that only Postfix may enter");
  else if (config.passwords)
    used.add(section, "passwords", *config.passwords);
  section.get("passwords_group", config.passwords_group);
  if (config.passwords_group.empty()) section.error("passwords_group", "is empty; expected Postfix's group");
  section.finish();
}

void read_key_set(TomlSection& section, MapConfig& map) {
  map.complete_keys = map::default_key_set(map.parameter);
  if (!section.has("complete_keys") && map.complete_keys == map::KeySet::fitting)
    return section.in_force("complete_keys", "fitting");
  if (section.is_string("complete_keys")) {
    std::string word;
    section.get("complete_keys", word);
    if (word == "fitting" && map.profile.kind != map::ProfileKind::client_list) {
      map.complete_keys = map::KeySet::fitting;
      return;
    }
    if (word != "domains" && word != "fitting")
      section.error("complete_keys", "expected true, false, \"domains\" or \"fitting\"");
    else if (map.profile.kind == map::ProfileKind::client_list)
      section.error("complete_keys", "a client list has no domains; expected true or false");
    map.complete_keys = map::KeySet::domains;
    return;
  }
  bool all = map.complete_keys == map::KeySet::keys;
  section.get("complete_keys", all);
  map.complete_keys = all ? map::KeySet::keys : map::KeySet::none;
}

void read_map(const std::string& name, TomlSection section, Config& config, UsedAddresses& used) {
  MapConfig map;
  map.name = name;
  map.origin = section.origin();
  map.parameter = name;
  const auto forbidden = [](char c) { return c == ':' || static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
  if (name.empty() || std::any_of(name.begin(), name.end(), forbidden))
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
  if (map.listen) used.add(section, "listen", *map.listen);
  if (map::holds_passwords(map.parameter))
    expect_socket_for_passwords(section, map, config);
  else if (map::holds_passwords(name))
    section.error("parameter",
                  "a map of this name holds passwords, and would be shown as one of another parameter; "
                  "leave it out");
  const bool client_list = map.profile.kind == map::ProfileKind::client_list;
  map.addresses_only = client_list;
  section.get("addresses_only", map.addresses_only);
  if (map.addresses_only && !client_list)
    section.error("addresses_only", "is for client lists such as mynetworks; expected false, or another parameter");
  read_key_set(section, map);
  section.get_duration("deadline", map.deadline);
  // Postfix itself gives up after 100 s, and then asks again; well before that it must have our word.
  if (map.deadline < milliseconds{10} || map.deadline > std::chrono::seconds{60})
    section.error("deadline", "expected 10 ms to 60 s (Postfix waits 100 s)");
  map.positive_ttl = config.cache.positive_ttl;
  map.negative_ttl = config.cache.negative_ttl;
  map.stale_limit = config.cache.stale_limit;
  map.stale_negative_limit = config.cache.stale_negative_limit;
  read_freshness(section, map.positive_ttl, map.negative_ttl, map.stale_limit, map.stale_negative_limit);
  for (const auto* const each : {"positive_ttl", "negative_ttl", "stale_limit", "stale_negative_limit"})
    section.follows(each, "[cache]");
  read_tables(section, config, map.parameter, map.tables, config.warnings);
  section.finish();
  config.maps.push_back(std::move(map));
}

/// The feed follows the hosts of [mariadb]. Where everything comes from mysql_table(5) files, as after an import,
/// nobody has written that section: then it is what these files say, if all of them name the same hosts.
void choose_followed(Config& config, bool has_section) {
  if (!config.feed.binlog) return;
  std::map<std::string, const backend::ConnectionSettings*> files;
  const backend::ConnectionSettings* first = nullptr;
  bool only_files = true;
  for (const auto& map : config.maps)
    for (const auto& table : map.tables) {
      if (!table.text_file.empty()) continue;
      only_files = only_files && table.mysql_table;
      if (!table.mysql_table) continue;
      files.emplace(table.origin, &table.connection);
      if (first == nullptr) first = &table.connection;
    }
  const bool alike = first != nullptr && std::all_of(files.begin(), files.end(), [&](const auto& each) {
                       return each.second->hosts == first->hosts;
                     });
  if (!has_section && only_files && alike) config.mariadb = *first;
  const auto names = [](const std::vector<Endpoint>& hosts) {
    std::string all;
    for (const auto& host : hosts) all += (all.empty() ? "" : ", ") + host.to_string();
    return all;
  };
  for (const auto& [file, connection] : files)
    if (connection->hosts != config.mariadb.hosts)
      config.warnings.push_back(file + ": its hosts (" + names(connection->hosts) + ") are not those of [mariadb] (" +
                                names(config.mariadb.hosts) +
                                "), whose binlog is followed: its changes are seen when the times to live have passed; "
                                "name the same hosts in both, in the same order");
}

/// [mariadb] is what the files say, and nothing of it stands in this file.
void tell_followed(TomlSection& root, const backend::ConnectionSettings& mariadb) {
  auto section = root.section_or_empty("mariadb");
  const std::string from = "the mysql_table(5) files";
  std::vector<std::string> hosts;
  for (const auto& host : mariadb.hosts) hosts.push_back(host.to_string());
  section.in_force("hosts", hosts, from);
  section.in_force("user", mariadb.user, from);
  section.in_force("password", mariadb.password, from);
  section.in_force("database", mariadb.database, from);
  section.in_force("charset", mariadb.charset, from);
}

}  // namespace

Result<Config> read_config(const std::string& file) {
  std::set<std::string> known;
  return read_config(file, known);
}

namespace {

Result<Config> read(const std::string& file, Findings& findings) {
  auto opened = TomlSection::read(file, findings);
  if (!opened) return opened.error();
  auto& root = *opened;
  Config config;
  config.file = file;
  read_postfix(root.section_or_empty("postfix"), config.postfix);
  config.mariadb.hosts = {{Endpoint::Kind::unix_socket, {}, 0, "/run/mysqld/mysqld.sock"}};
  config.mariadb.user = "maproom";
  config.mariadb.database = "mail";
  auto mariadb = root.section("mariadb");
  const bool has_mariadb = mariadb.has_value();
  read_mariadb(has_mariadb ? std::move(*mariadb) : root.section_or_empty("mariadb"), file, config.mariadb);
  if (auto s = root.section("redis")) read_redis(std::move(*s), file, config.redis);
  auto cache = root.section_or_empty("cache");
  cache.get_bytes("memory", config.cache.memory);
  cache.get_bytes("keys_memory", config.cache.keys_memory);
  read_freshness(cache, config.cache.positive_ttl, config.cache.negative_ttl, config.cache.stale_limit,
                 config.cache.stale_negative_limit);
  cache.finish();
  if (auto s = root.section("feed"))
    read_feed(std::move(*s), file, config.feed);
  else
    root.section_or_empty("feed").get("binlog", config.feed.binlog);
  UsedAddresses used;
  read_socketmap(root.section_or_empty("socketmap"), config, used);
  auto admin = root.section_or_empty("admin");
  admin.get_endpoint("listen", config.admin_listen);
  if (config.admin_listen) used.add(admin, "listen", *config.admin_listen);
  admin.get_list("hosts", config.admin_hosts);
  for (const auto& host : config.admin_hosts)
    if (host.empty() || host.find_first_of(" :/[]") != std::string::npos)
      admin.error("hosts", "\"" + host + "\" is no host name; expected names without ports, such as mx1.example.net");
  std::optional<Endpoint> control = config.control;
  admin.get_endpoint("control", control);
  if (control && control->kind != Endpoint::Kind::unix_socket)
    admin.error("control", "expected unix:/path: file permissions guard it");
  else if (control)
    config.control = *control;
  used.add(admin, "control", config.control);
  admin.finish();
  {
    auto log = root.section_or_empty("log");
    log.get("level", config.log_level);
    const std::vector<std::string> levels{"trace", "debug", "info", "warning", "error"};
    if (std::find(levels.begin(), levels.end(), config.log_level) == levels.end())
      log.error("level", "\"" + config.log_level + "\" is no level; expected trace, debug, info, warning or error");
    log.finish();
  }
  {
    auto server = root.section_or_empty("server");
    std::int64_t connections = static_cast<std::int64_t>(config.max_connections);
    server.get("max_connections", connections, 1, 1'000'000);
    config.max_connections = static_cast<std::size_t>(connections);
    server.get_bytes("sessions_memory", config.sessions_memory);
    if (config.sessions_memory < least_sessions_memory) server.error("sessions_memory", "expected \"1 MiB\" or more");
    server.finish();
  }
  if (auto maps = root.section("maps"))
    for (auto& [name, section] : maps->sections()) read_map(name, std::move(section), config, used);
  if (config.maps.empty())
    findings.errors.push_back(file + ": maps: none; expected at least one section such as [maps.relay_domains]");
  const auto from_section = config.mariadb;
  choose_followed(config, has_mariadb);
  if (config.mariadb != from_section) tell_followed(root, config.mariadb);
  root.finish();
  if (!findings.errors.empty()) {
    std::string all;
    for (const auto& error : findings.errors) all += (all.empty() ? "" : "\n") + error;
    return fail(Errc::invalid, all);
  }
  config.warnings.insert(config.warnings.end(), findings.warnings.begin(), findings.warnings.end());
  return config;
}

}  // namespace

Result<Config> read_config(const std::string& file, std::set<std::string>& known) {
  Findings findings;
  auto config = read(file, findings);
  known.merge(findings.known);
  return config;
}

Result<std::vector<SettingInForce>> read_settings_in_force(const std::string& file) {
  Findings findings;
  if (const auto config = read(file, findings); !config) return config.error();
  return std::move(findings.in_force);
}

}  // namespace maproom::config
