#include "maproom/commands/migrate.hpp"

#include <mysql.h>
#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include "maproom/config/config.hpp"
#include "maproom/config/mysql_table_file.hpp"
#include "maproom/core/sha256.hpp"

namespace maproom::commands {
namespace {

struct Migration {
  std::uint32_t number = 0;
  std::string name, text, checksum;
};

struct Applied {
  std::string name, checksum;
};

struct Close {
  void operator()(MYSQL* mysql) const { ::mysql_close(mysql); }
};
using Connection = std::unique_ptr<MYSQL, Close>;

int complain(int status, const std::string& text) {
  std::fprintf(stderr, "maproom migrate: %s\n", text.c_str());
  return status;
}

std::string read_all(const std::filesystem::path& path) {
  std::ifstream stream{path, std::ios::binary};
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// NNNN_name.sql, in order; other files (grants.sql, sample.sql) are not migrations.
Result<std::vector<Migration>> read_migrations(const std::string& directory) {
  std::vector<Migration> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{directory, error}) {
    const auto file = entry.path().filename().string();
    if (file.size() < 10 || !file.ends_with(".sql") || file[4] != '_') continue;
    Migration migration;
    const auto [end, ec] = std::from_chars(file.data(), file.data() + 4, migration.number);
    if (ec != std::errc{} || end != file.data() + 4) continue;
    migration.name = file.substr(0, file.size() - 4);
    migration.text = read_all(entry.path());
    migration.checksum = sha256_hex(migration.text);
    all.push_back(std::move(migration));
  }
  if (error) return fail(Errc::invalid, directory + ": " + error.message());
  if (all.empty()) return fail(Errc::invalid, directory + ": holds no migrations (NNNN_name.sql)");
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].number != i + 1)
      return fail(Errc::invalid,
                  directory + ": expected migration " + std::to_string(i + 1) + ", found " + all[i].name);
  return all;
}

/// Sends a text of one or more statements and takes every result.
std::optional<std::string> execute(MYSQL* mysql, const std::string& text) {
  int status = ::mysql_real_query(mysql, text.data(), text.size());
  for (int statement = 1;; ++statement) {
    if (status > 0) return "statement " + std::to_string(statement) + ": " + ::mysql_error(mysql);
    if (MYSQL_RES* result = ::mysql_store_result(mysql)) ::mysql_free_result(result);
    status = ::mysql_next_result(mysql);
    if (status < 0) return std::nullopt;
  }
}

std::optional<std::vector<std::vector<std::string>>> select(MYSQL* mysql, const std::string& query) {
  if (::mysql_real_query(mysql, query.data(), query.size()) != 0) return std::nullopt;
  const std::unique_ptr<MYSQL_RES, decltype(&::mysql_free_result)> result{::mysql_store_result(mysql),
                                                                          &::mysql_free_result};
  if (!result) return std::nullopt;
  std::vector<std::vector<std::string>> rows;
  while (MYSQL_ROW row = ::mysql_fetch_row(result.get())) {
    auto& out = rows.emplace_back();
    for (unsigned i = 0; i < ::mysql_num_fields(result.get()); ++i) out.emplace_back(row[i] == nullptr ? "" : row[i]);
  }
  return rows;
}

struct Target {
  Endpoint host;
  std::string database, user, password;
};

Result<Target> find_target(const MigrateOptions& options) {
  Target target{{Endpoint::Kind::unix_socket, {}, 0, "/run/mysqld/mysqld.sock"}, "mail", options.user, {}};
  if (options.config_given || std::filesystem::exists(options.config_file)) {
    auto config = config::read_config(options.config_file);
    if (!config) return config.error();
    target.host = config->mariadb.hosts.front();
    target.database = config->mariadb.database;
  }
  if (!options.host.empty()) {
    auto host = config::parse_mysql_host(options.host);
    if (!host) return fail(Errc::invalid, "--host: " + host.error().detail);
    target.host = *host;
  }
  if (!options.database.empty()) target.database = options.database;
  if (target.user.empty()) {
    const passwd* self = ::getpwuid(::geteuid());
    target.user = self != nullptr ? self->pw_name : "root";
  }
  if (!options.password_file.empty()) {
    if (!std::filesystem::exists(options.password_file))
      return fail(Errc::invalid, "--password-file: " + options.password_file + " does not exist");
    target.password = read_all(options.password_file);
    target.password.erase(std::min(target.password.find_first_of("\r\n"), target.password.size()));
  }
  return target;
}

Result<Connection> connect(const Target& target) {
  Connection mysql{::mysql_init(nullptr)};
  ::mysql_options(mysql.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const bool local = target.host.kind == Endpoint::Kind::unix_socket;
  if (::mysql_real_connect(mysql.get(), local ? nullptr : target.host.host.c_str(), target.user.c_str(),
                           target.password.empty() ? nullptr : target.password.c_str(), target.database.c_str(),
                           target.host.port, local ? target.host.path.c_str() : nullptr,
                           CLIENT_MULTI_STATEMENTS) == nullptr)
    return fail(Errc::unavailable, "cannot connect to " + target.host.to_string() + " as " + target.user + ": " +
                                       ::mysql_error(mysql.get()));
  return mysql;
}

}  // namespace

int run_migrate(const MigrateOptions& options) {
  const auto migrations = read_migrations(options.directory);
  if (!migrations) return complain(EX_CONFIG, migrations.error().detail);
  const auto target = find_target(options);
  if (!target) return complain(EX_CONFIG, target.error().detail);
  const auto connected = connect(*target);
  if (!connected) return complain(EX_UNAVAILABLE, connected.error().detail);
  MYSQL* const mysql = connected->get();

  // Named after the database, since the lock is the server's.
  const auto lock = select(mysql, "SELECT GET_LOCK(CONCAT('maproom_migrate_', DATABASE()), 60)");
  if (!lock || lock->front().front() != "1") return complain(EX_UNAVAILABLE, "another migration is running");

  std::map<std::uint32_t, Applied> applied;
  const auto known = select(mysql, "SHOW TABLES LIKE 'mr\\_migration'");
  if (!known) return complain(EX_UNAVAILABLE, ::mysql_error(mysql));
  if (!known->empty()) {
    const auto rows = select(mysql, "SELECT number, name, checksum FROM mr_migration ORDER BY number");
    if (!rows) return complain(EX_UNAVAILABLE, ::mysql_error(mysql));
    for (const auto& row : *rows) applied[static_cast<std::uint32_t>(std::stoul(row[0]))] = {row[1], row[2]};
  }
  for (const auto& [number, row] : applied) {
    if (number > migrations->size())
      return complain(EX_DATAERR, "the database has migration " + row.name +
                                      ", which this version does not know; use a newer maproom");
    if (const auto& ours = (*migrations)[number - 1]; ours.checksum != row.checksum)
      return complain(EX_DATAERR, "migration " + ours.name + " was applied in another form than " + options.directory +
                                      " holds now; an applied migration must not be changed: restore the file, and put "
                                      "the change into a new one");
  }
  const auto last = options.to.value_or(static_cast<std::uint32_t>(migrations->size()));
  if (last > migrations->size())
    return complain(EX_USAGE, "--to: there are only " + std::to_string(migrations->size()) + " migrations");
  if (!applied.empty() && last < applied.rbegin()->first)
    return complain(EX_USAGE, "--to: migration " + std::to_string(applied.rbegin()->first) +
                                  " is applied already; migrations are not taken back (restore a backup)");

  std::size_t done = 0;
  for (const auto& migration : *migrations) {
    if (migration.number > last || applied.contains(migration.number)) continue;
    ++done;
    std::printf("%s %s\n", options.dry_run ? "would apply" : "applying", migration.name.c_str());
    std::fflush(stdout);
    if (options.dry_run) continue;
    const auto begin = execute(mysql,
                               "CREATE TABLE IF NOT EXISTS mr_migration (number INT UNSIGNED NOT NULL PRIMARY KEY, "
                               "name VARCHAR(255) NOT NULL, checksum CHAR(64) NOT NULL, "
                               "applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)");
    if (begin) return complain(EX_DATAERR, *begin);
    if (const auto error = execute(mysql, migration.text))
      return complain(EX_DATAERR, options.directory + "/" + migration.name + ".sql: " + *error);
    const auto record = "INSERT INTO mr_migration (number, name, checksum) VALUES (" +
                        std::to_string(migration.number) + ", '" + migration.name + "', '" + migration.checksum + "')";
    if (const auto error = execute(mysql, record)) return complain(EX_DATAERR, *error);
  }
  if (done == 0) std::printf("%s is up to date (%zu migrations)\n", target->database.c_str(), applied.size());
  return EX_OK;
}

}  // namespace maproom::commands
