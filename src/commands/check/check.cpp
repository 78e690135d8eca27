#include <spdlog/spdlog.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>

#include "maproom/app/password_folder.hpp"
#include "maproom/app/registry.hpp"
#include "maproom/backend/link.hpp"
#include "maproom/backend/pool.hpp"
#include "maproom/commands/check_findings.hpp"
#include "maproom/commands/check_report.hpp"
#include "maproom/commands/check_tables.hpp"
#include "maproom/commands/commands.hpp"
#include "maproom/commands/redis_facts.hpp"
#include "maproom/commands/service_user.hpp"
#include "maproom/config/config.hpp"
#include "maproom/feed/server_check.hpp"
#include "maproom/import/import.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds feed_patience{5};

/// [postfix] against main.cf. Nothing is said where there is no Postfix, unless one was named.
bool compare_with_main_cf(const config::Config& config, const std::string& named, CheckReport& report) {
  if (named == "none") return true;
  std::filesystem::path file = named.empty() ? "/etc/postfix/main.cf" : named;
  std::error_code none;
  if (named.empty() && !std::filesystem::exists(file, none)) return true;
  if (std::filesystem::is_directory(file, none)) file /= "main.cf";
  const auto settings = imports::read_postfix_settings(file.string());
  if (!settings) {
    if (named.empty())
      report.note(About::postfix, "[postfix] is not compared: " + settings.error().detail);
    else
      report.error(About::postfix, settings.error().detail);
    return named.empty();
  }
  for (const auto& difference : differing_settings(config.postfix, *settings))
    report.warn(About::postfix, config.file + ": [postfix] " + difference + " (" + file.string() + ")");
  return true;
}

std::vector<std::string> files_of(const config::Config& config) {
  std::vector<std::string> files{config.file};
  const auto add = [&files](const std::string& file) {
    if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
  };
  const auto add_connection = [&add](const backend::ConnectionSettings& c) {
    for (const auto& file : {c.option_file, c.tls_ca_file, c.tls_cert_file, c.tls_key_file}) add(file);
  };
  add_connection(config.mariadb);
  for (const auto& map : config.maps)
    for (const auto& table : map.tables) {
      add(table.text_file);
      if (table.mysql_table) add(table.origin);
      if (table.text_file.empty()) add_connection(table.connection);
    }
  return files;
}

/// The daemon does not start with a folder that lets others at the passwords. As the user that we are now.
std::optional<std::string> password_folder_trouble(const config::Config& config) {
  if (!config.passwords) return std::nullopt;
  const auto folder = std::filesystem::path{config.passwords->path}.parent_path().string();
  return app::password_folder_problem(folder, config.passwords_group);
}
void look_at_password_folder(const config::Config& config, CheckReport& report) {
  if (const auto why = password_folder_trouble(config))
    report.error(About::files, config.file + ": socketmap.passwords: " + *why);
}

/// Run as the service's user: can it read what root has read, and make its sockets?
void look_at_files(const config::Config& config, const std::string& user, CheckReport& report) {
  bool config_is_read = true;
  std::vector<std::string> told;
  for (const auto& file : files_of(config))
    if (const auto why = why_unreadable(file, user)) {
      // A draft, in root's home perhaps, which nobody should open to others for that.
      if (file == config.file && !file.starts_with("/etc/"))
        report.warn(About::files, file + ": the service's user " + user +
                                      " cannot read it where it is; a daemon wants it in /etc/maproom");
      else
        report.error(About::files, *why);
      told.push_back(file);
      config_is_read = config_is_read && file != config.file;
    }
  // Passwords have files that only reading the configuration again finds.
  if (config_is_read)
    if (const auto again = config::read_config(config.file); !again)
      for (std::size_t at = 0; at < again.error().detail.size();) {
        const auto& text = again.error().detail;
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        at = end + 1;
        if (std::any_of(told.begin(), told.end(),
                        [&](const auto& file) { return line.find(file + ": cannot be read") != std::string::npos; }))
          continue;
        // "FILE:LINE: SETTING: PATH: cannot be read: ..."
        const auto path_end = line.find(": cannot be read");
        const auto path_begin = path_end == std::string::npos ? path_end : line.rfind(": ", path_end - 1);
        const auto why = path_begin == std::string::npos
                             ? std::nullopt
                             : why_unreadable(line.substr(path_begin + 2, path_end - path_begin - 2), user);
        report.error(About::files, why ? line.substr(0, path_begin + 2) + *why : line);
      }
  const auto look_at_socket = [&](const std::string& setting, const Endpoint& endpoint) {
    if (endpoint.kind != Endpoint::Kind::unix_socket || endpoint.path.starts_with("/run/maproom/")) return;
    std::error_code none;
    if (std::filesystem::is_socket(endpoint.path, none)) return;  // the daemon's, or systemd's
    if (const auto why = why_unwritable(std::filesystem::path{endpoint.path}.parent_path().string(), user))
      report.error(About::files, config.file + ": " + setting + ": " + *why);
  };
  for (const auto& map : config.maps)
    if (map.listen) look_at_socket("maps." + map.name + ".listen", *map.listen);
  for (const auto& endpoint : config.socketmap_listen) look_at_socket("socketmap.listen", endpoint);
  look_at_password_folder(config, report);
  if (config.passwords && !password_folder_trouble(config)) look_at_socket("socketmap.passwords", *config.passwords);
  if (config.admin_listen) look_at_socket("admin.listen", *config.admin_listen);
  look_at_socket("admin.control", config.control);
}

/// Can the changes be followed? Without that the times to live bound the age of answers.
asio::awaitable<void> check_feed(const config::Config& config, CheckReport& report) {
  auto settings = config.mariadb;
  if (!config.feed.user.empty()) {
    settings.user = config.feed.user;
    settings.password = config.feed.password;
  }
  const auto executor = co_await asio::this_coro::executor;
  std::string trouble;
  for (const auto& host : settings.hosts) {
    backend::Link link{executor};
    const auto deadline = std::chrono::steady_clock::now() + feed_patience;
    if (const auto connected = co_await link.connect(settings, host, deadline); !connected) {
      if (trouble.empty()) trouble = connected.error().detail;
      continue;
    }
    const auto check = co_await feed::check_server(link, deadline);
    if (!check)
      report.warn(About::feed, config.file + ": [feed]: the changes cannot be followed: " + check.error().detail);
    else
      for (const auto& warning : check->warnings) report.warn(About::feed, config.file + ": [feed]: " + warning);
    link.close();
    co_return;
  }
  report.warn(About::feed, config.file + ": [feed]: the changes cannot be followed: " + trouble);
}

asio::awaitable<void> check_all(const config::Config& config, std::shared_ptr<const resolver::Registry> registry,
                                CheckReport& report) {
  co_await check_tables(config, std::move(registry), report);
  if (config.feed.binlog && !report.has_errors()) co_await check_feed(config, report);
}

/// What the daemon would do with this configuration, as the user that we are now. Returns the exit status. `as_root`:
/// why this is the right user, should it be root.
int check_as_we_are(const config::Config& config, bool strict, CheckReport& report, const std::string& as_root) {
  asio::io_context loop{1};
  std::vector<std::pair<backend::ConnectionSettings, std::shared_ptr<backend::Pool>>> pools;
  const auto pool_of = [&](const backend::ConnectionSettings& settings) -> std::shared_ptr<backend::Backend> {
    for (const auto& [known, pool] : pools)
      if (known == settings) return pool;
    return pools.emplace_back(settings, std::make_shared<backend::Pool>(loop.get_executor(), settings)).second;
  };
  // Read already, with the configuration; what they hold is not looked up here.
  const auto file_of = [](const std::string&, const app::Reading& reading) {
    return std::make_shared<const map::CurrentFile>(map::CurrentFile{reading.kind, nullptr});
  };
  const auto registry = app::make_registry(config, pool_of, file_of, nullptr);
  if (!registry) {
    report.error(About::configuration, registry.error().detail);
    report.finish({});
    return EX_CONFIG;
  }
  const auto finish = [&pools](std::exception_ptr) {
    for (const auto& [settings, pool] : pools) pool->stop();
  };
  asio::co_spawn(loop, check_all(config, *registry, report), finish);
  loop.run();
  if (const auto redis = look_at_redis(config))
    for (const auto& finding : redis_findings(*redis))
      report.warn(About::redis, config.file + ": [redis]: " + finding.what + "; " + finding.mend);
  if (report.has_errors() && ::geteuid() == 0 && !as_root.empty())
    report.note(About::itself, "checked as root, for " + as_root +
                                   ": an account that goes by the socket (unix_socket) refuses root; check --as USER "
                                   "checks as another user");
  report.finish(config.file + ": good: " + std::to_string(config.maps.size()) + " maps");
  if (report.has_errors()) return EX_CONFIG;
  return report.has_warnings() && strict ? 1 : EX_OK;
}

}  // namespace

int run_check(const std::string& config_file, const CheckOptions& options) {
  spdlog::set_level(spdlog::level::off);  // findings alone, and not what a daemon would log of them
  CheckReport report{options.json};
  const auto config = config::read_config(config_file);
  if (!config) {
    report.error(About::configuration, config.error().detail);
    report.finish({});
    return EX_CONFIG;
  }
  const auto sought = find_service_user(options.as, config->control.path);
  if (!sought) {
    std::fprintf(stderr, "maproom: %s\n", sought.error().detail.c_str());
    return EX_USAGE;
  }
  for (const auto& warning : config->warnings) report.warn(About::configuration, warning);
  if (!compare_with_main_cf(*config, options.main_cf, report)) {
    report.finish({});
    return EX_NOINPUT;
  }
  if (sought->user) {
    const auto status = run_as(*sought->user, [&] {
      look_at_files(*config, sought->name, report);
      return check_as_we_are(*config, options.strict, report, {});
    });
    if (status) return *status;
    report.note(About::itself, status.error().detail + "; checked as the user who runs this");
    return check_as_we_are(*config, options.strict, report, {});
  }
  if (sought->why_none == NoUser::self || ::geteuid() == 0) look_at_password_folder(*config, report);
  return check_as_we_are(*config, options.strict, report,
                         sought->why_none == NoUser::self ? "that is who the daemon runs as"
                                                          : "there is no user " + sought->name + " yet");
}

}  // namespace maproom::commands
