// The thin part: asks Postfix's files, MariaDB, Redis, the daemon and systemd, and changes nothing anywhere.

#include "maproom/commands/doctor/doctor.hpp"

#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "maproom/backend/link.hpp"
#include "maproom/commands/check_findings.hpp"
#include "maproom/commands/check_report.hpp"
#include "maproom/commands/doctor/diagnosis.hpp"
#include "maproom/commands/doctor/server_facts.hpp"
#include "maproom/commands/redis_facts.hpp"
#include "maproom/commands/service_user.hpp"
#include "maproom/feed/server_check.hpp"
#include "maproom/import/import.hpp"
#include "maproom/import/output.hpp"
#include "maproom/import/words.hpp"
#include "maproom/ops/http.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds patience{3};  ///< with each server

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// What a command prints, without the line feed at its end; empty if it cannot be run.
std::string output_of(const char* command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe{::popen(command, "re"), &::pclose};
  std::string text;
  if (!pipe) return text;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) text += static_cast<char>(c);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::optional<PostfixFacts> look_at_postfix(const config::Config& config, const std::string& named) {
  if (named == "none") return std::nullopt;
  std::filesystem::path file = named.empty() ? "/etc/postfix/main.cf" : named;
  std::error_code none;
  if (named.empty() && !std::filesystem::exists(file, none)) return std::nullopt;
  if (std::filesystem::is_directory(file, none)) file /= "main.cf";
  PostfixFacts facts;
  facts.main_cf = file.string();
  const auto host = imports::read_postfix(facts.main_cf);
  const auto settings = imports::read_postfix_settings(facts.main_cf);
  if (!host || !settings) {
    facts.unreadable = !host ? host.error().detail : settings.error().detail;
    return facts;
  }
  if (host->parameters.is_set("virtual_alias_domains"))
    facts.alias_domains = host->parameters.value("virtual_alias_domains");
  facts.alias_maps = host->parameters.value("virtual_alias_maps");
  facts.differences = differing_settings(config.postfix, *settings);
  std::vector<std::string> unused;
  facts.queue_directory = imports::choose_addresses(host->parameters, host->services, {}, unused).queue_directory;
  const auto common = imports::common_families(host->parameters, host->services);
  facts.ipv4 = common.ipv4;
  facts.ipv6 = common.ipv6;
  for (const auto& service : host->services)
    if (service.chroot) facts.chrooted.push_back(service.name + "/" + service.type);
  for (const auto& name : host->parameters.names())
    for (const auto& word : imports::split_words(host->parameters.value(name)))
      if (word.text.starts_with("tcp:") || word.text.starts_with("socketmap:"))
        facts.tables.push_back({name, word.text});
  return facts;
}

bool this_host(const Endpoint& endpoint) {
  return endpoint.kind == Endpoint::Kind::unix_socket || endpoint.host == "localhost" || endpoint.host == "::1" ||
         endpoint.host.starts_with("127.");
}

asio::awaitable<void> look_at_database(const backend::ConnectionSettings& settings, bool followed,
                                       asio::any_io_executor executor, DatabaseFacts& facts) {
  for (const auto& host : settings.hosts) {
    backend::Link link{executor};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    if (const auto connected = co_await link.connect(settings, host, deadline); !connected) {
      facts.failures.push_back(connected.error().detail);
      continue;
    }
    const std::string ask =
        "SELECT @@GLOBAL.max_connections, @@SESSION.max_user_connections, @@GLOBAL.log_bin, @@GLOBAL.read_only, "
        "@@GLOBAL.wait_timeout";
    const auto rows = co_await link.command(ask, deadline);
    if (!rows || rows->rows.size() != 1 || rows->rows[0].size() != 5) {
      facts.failures.push_back(rows ? "tells nothing of itself" : rows.error().detail);
      continue;
    }
    const auto value = [&](std::size_t column) { return number(rows->rows[0][column].value_or("0")); };
    facts.reachable = true;
    facts.server = link.server();
    facts.max_connections = value(0);
    facts.max_user_connections = value(1);
    facts.binlog = value(2) != 0;
    facts.read_only = value(3) != 0;
    facts.wait_timeout = value(4);
    if (followed) {
      const auto check = co_await feed::check_server(link, deadline);
      if (!check) facts.feed_trouble = check.error().detail;
    }
    link.close();
    co_return;  // the others are for when this one is away
  }
}

std::vector<DatabaseFacts> look_at_databases(const config::Config& config) {
  std::vector<backend::ConnectionSettings> pools;
  for (const auto& map : config.maps)
    for (const auto& table : map.tables)
      if (table.text_file.empty() && std::find(pools.begin(), pools.end(), table.connection) == pools.end())
        pools.push_back(table.connection);
  std::vector<DatabaseFacts> all(pools.size());
  asio::io_context loop{1};
  for (std::size_t i = 0; i < pools.size(); ++i) {
    auto& facts = all[i];
    facts.name = (pools[i].hosts.empty() ? std::string{"no host"} : pools[i].hosts.front().to_string()) +
                 ", database " + pools[i].database;
    facts.connections = pools[i].connections;
    for (const auto& host : pools[i].hosts) facts.local = facts.local || this_host(host);
    const bool followed = config.feed.binlog && pools[i].hosts == config.mariadb.hosts;
    auto settings = pools[i];
    if (followed && !config.feed.user.empty()) {
      settings.user = config.feed.user;
      settings.password = config.feed.password;
    }
    pools[i] = settings;
    asio::co_spawn(loop, look_at_database(pools[i], followed, loop.get_executor(), facts), [](std::exception_ptr) {});
  }
  loop.run();
  return all;
}

DaemonFacts look_at_daemon(const config::Config& config) {
  DaemonFacts facts;
  facts.control = config.control.to_string();
  const auto response = ops::http_call(config.control, "GET", "/status", "");
  if (!response) {
    facts.trouble = response.error().detail;
    return facts;
  }
  const auto json = Json::parse(response->body, nullptr, false);
  if (!json.is_object()) {
    facts.trouble = "its status cannot be read";
    return facts;
  }
  facts.version = json.value("version", std::string{});
  if (json.contains("feed") && json["feed"].is_object())
    facts.feed = json["feed"].value("healthy", false) ? "healthy" : json["feed"].value("state", std::string{});
  if (const auto metrics = ops::http_call(config.control, "GET", "/metrics", "")) {
    constexpr std::string_view name = "\nprocess_max_fds ";
    if (const auto at = metrics->body.find(name); at != std::string::npos)
      facts.descriptors = number(std::string_view{metrics->body}.substr(at + name.size()));
  }
  for (const auto& map : json.value("maps", Json::array())) {
    const auto outlook = map.value("in_outage", Json::object());
    facts.outage.push_back({map.value("name", std::string{}),
                            {},
                            outlook.value("flows", false),
                            outlook.value("because", std::string{}),
                            outlook.value("mend", std::string{})});
  }
  return facts;
}

/// What `check` finds; none if it cannot be run.
std::optional<std::vector<CheckFinding>> look_at_tables(const std::string& config_file, const std::string& as) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  auto command = imports::shell_quoted(program.string()) + " check --json --main-cf none --config " +
                 imports::shell_quoted(config_file);
  if (!as.empty()) command += " --as " + imports::shell_quoted(as);
  return check_findings(output_of((command + " 2>/dev/null").c_str()));
}

ServerFacts look_at_servers_as_we_are(const config::Config& config) {
  return {look_at_databases(config), look_at_redis(config)};
}

/// nullopt: this process may not become that user, or the child came to grief.
std::optional<ServerFacts> look_at_servers_as(const ServiceUser& user, const config::Config& config) {
  // A file in memory takes any amount while nobody reads.
  const std::unique_ptr<FILE, int (*)(FILE*)> shared{::fdopen(::memfd_create("facts", MFD_CLOEXEC), "w+"),
                                                     &std::fclose};
  if (!shared) return std::nullopt;
  const auto ran = run_as(user, [&] {
    const auto text = to_text(look_at_servers_as_we_are(config));
    const bool written = std::fwrite(text.data(), 1, text.size(), shared.get()) == text.size();
    return written && std::fflush(shared.get()) == 0 ? EX_OK : EX_IOERR;
  });
  if (!ran || *ran != EX_OK) return std::nullopt;
  std::rewind(shared.get());
  std::string text;
  for (int c = std::fgetc(shared.get()); c != EOF; c = std::fgetc(shared.get())) text += static_cast<char>(c);
  return server_facts(text);
}

/// As the service's user where that can be: an account that goes by the socket (unix_socket) refuses root.
ServerFacts look_at_servers(const config::Config& config, const ServiceUserSought& sought, bool& in_place_of_service) {
  if (sought.user)
    if (auto facts = look_at_servers_as(*sought.user, config)) return std::move(*facts);
  in_place_of_service = ::geteuid() == 0 && (sought.user || sought.why_none != NoUser::self);
  return look_at_servers_as_we_are(config);
}

SystemdFacts look_at_systemd() {
  SystemdFacts facts;
  // Not there in containers: then systemctl says nothing, or is missing.
  facts.enabled = output_of("systemctl is-enabled maproom.service 2>/dev/null");
  const auto state = output_of("systemctl is-system-running 2>/dev/null");
  facts.present = !state.empty() && state != "offline" && state != "unknown";
  facts.binds_to = output_of("systemctl show --property BindsTo --value maproom.service 2>/dev/null");
  facts.descriptors =
      number(output_of("systemctl show --property LimitNOFILESoft --value maproom.service 2>/dev/null"));
  facts.socket_unit = output_of("systemctl is-active maproom.socket 2>/dev/null") == "active";
  facts.streams = output_of("systemctl show --property Listen --value maproom.socket 2>/dev/null");
  return facts;
}

Json to_json(const Diagnosis& diagnosis) {
  Json json{{"findings", Json::array()},
            {"outage_as_told_by", diagnosis.asked_daemon ? "daemon" : "configuration"},
            {"in_an_outage", Json::array()}};
  for (const auto& finding : diagnosis.findings)
    json["findings"].push_back({{"section", finding.section},
                                {"level", finding.level == Level::error     ? "error"
                                          : finding.level == Level::warning ? "warning"
                                          : finding.level == Level::good    ? "good"
                                                                            : "not looked at"},
                                {"what", finding.what},
                                {"mend", finding.mend}});
  for (const auto& line : diagnosis.outage)
    json["in_an_outage"].push_back({{"map", line.map},
                                    {"parameter", line.parameter},
                                    {"flows", line.flows},
                                    {"because", line.because},
                                    {"mend", line.mend}});
  return json;
}

}  // namespace

int run_doctor(const std::string& config_file, const DoctorOptions& options) {
  const auto config = config::read_config(config_file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().detail.c_str());
    return EX_CONFIG;
  }
  const auto sought = find_service_user(options.as, config->control.path);
  if (!sought) {
    std::fprintf(stderr, "maproom: %s\n", sought.error().detail.c_str());
    return EX_USAGE;
  }
  HostFacts facts;
  facts.postfix = look_at_postfix(*config, options.main_cf);
  auto servers = look_at_servers(*config, *sought, facts.in_place_of_service);
  facts.databases = std::move(servers.databases);
  facts.redis = std::move(servers.redis);
  facts.daemon = look_at_daemon(*config);
  facts.systemd = look_at_systemd();
  if (std::any_of(facts.databases.begin(), facts.databases.end(), [](const auto& each) { return each.reachable; })) {
    facts.check = look_at_tables(config_file, options.as);
    facts.unchecked = "maproom check could not be run";
  } else {
    facts.unchecked = "no database can be asked";  // each of its tables would say so again
    facts.unasked = true;
  }
  const auto diagnosis = diagnose(*config, facts);
  if (options.json)
    std::printf("%s\n", to_json(diagnosis).dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  else
    std::fputs(to_text(diagnosis).c_str(), stdout);
  const auto level = worst(diagnosis);
  if (level == Level::error) return EX_CONFIG;
  return level == Level::warning && options.strict ? 1 : EX_OK;
}

}  // namespace maproom::commands
