#include "maproom/commands/migrate.hpp"

#include <mysql.h>
#include <mysqld_error.h>
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

#include "maproom/commands/sql_script.hpp"
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

/// Runs one statement and takes its results, of which a CALL has several.
std::optional<std::string> execute(MYSQL* mysql, const std::string& statement) {
  int status = ::mysql_real_query(mysql, statement.data(), statement.size());
  for (;;) {
    if (status > 0) return ::mysql_error(mysql);
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
                           CLIENT_MULTI_RESULTS) == nullptr)
    return fail(Errc::unavailable, "cannot connect to " + target.host.to_string() + " as " + target.user + ": " +
                                       ::mysql_error(mysql.get()));
  return mysql;
}

/// How far a file has come that has not come to its end. The server commits what creates or changes a table by itself,
/// so a file cannot be taken back as a whole; instead each statement is written down, and the next run goes on behind
/// the last one.
struct Progress {
  std::size_t done = 0;  ///< so many of its statements, from the first one on
  std::string checksum;  ///< of these
  bool begun = false;    ///< the one behind them was sent, and nobody knows what became of it
};

std::string checksum_of(const std::vector<std::string>& statements, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += statements[i] + ";\n";
  return sha256_hex(text);
}

/// What the server says of a thing that is there, or gone, already. Only believed of a statement that was sent before.
bool tells_that_it_was_done(unsigned error) {
  return error == ER_TABLE_EXISTS_ERROR || error == ER_SP_ALREADY_EXISTS || error == ER_DUP_FIELDNAME ||
         error == ER_DUP_KEYNAME || error == ER_DUP_CONSTRAINT_NAME || error == ER_TRG_ALREADY_EXISTS ||
         error == ER_EVENT_ALREADY_EXISTS || error == ER_MULTIPLE_PRI_KEY || error == ER_BAD_TABLE_ERROR ||
         error == ER_UNKNOWN_VIEW || error == ER_UNKNOWN_SEQUENCES || error == ER_CANT_DROP_FIELD_OR_KEY ||
         error == ER_SP_DOES_NOT_EXIST || error == ER_TRG_DOES_NOT_EXIST || error == ER_EVENT_DOES_NOT_EXIST;
}

/// One file, statement by statement.
class Application {
 public:
  Application(MYSQL* mysql, const Migration& migration, std::string file)
      : mysql_{mysql},
        migration_{migration},
        file_{std::move(file)},
        number_{std::to_string(migration.number)},
        statements_{sql_statements(migration.text)} {}

  /// Error: the file cannot go on where an earlier run of it ended.
  Result<Progress> progress() const {
    Progress progress;
    const auto known = select(mysql_, "SHOW TABLES LIKE 'mr\\_migration\\_progress'");
    if (!known) return fail(Errc::unavailable, ::mysql_error(mysql_));
    if (known->empty()) return progress;
    const auto rows =
        select(mysql_, "SELECT done, checksum, begun FROM mr_migration_progress WHERE number = " + number_);
    if (!rows) return fail(Errc::unavailable, ::mysql_error(mysql_));
    if (rows->empty()) return progress;
    const auto& row = rows->front();
    progress = {std::stoul(row[0]), row[1], row[2] == "1"};
    if (progress.done > statements_.size() || checksum_of(statements_, progress.done) != progress.checksum)
      return fail(Errc::invalid, file_ + ": " + std::to_string(progress.done) +
                                     " of its statements were applied in another form than it holds now; restore them "
                                     "(what comes after them may be mended)");
    return progress;
  }

  std::optional<std::string> run(Progress progress) {
    for (const char* const table :
         {"CREATE TABLE IF NOT EXISTS mr_migration (number INT UNSIGNED NOT NULL PRIMARY KEY, "
          "name VARCHAR(255) NOT NULL, checksum CHAR(64) NOT NULL, "
          "applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
          "CREATE TABLE IF NOT EXISTS mr_migration_progress (number INT UNSIGNED NOT NULL PRIMARY KEY, "
          "done INT UNSIGNED NOT NULL, checksum CHAR(64) NOT NULL, begun BOOLEAN NOT NULL) ENGINE=InnoDB"})
      if (auto error = execute(mysql_, table)) return error;
    bool sent_before = progress.begun;
    for (std::size_t done = progress.done; done < statements_.size(); ++done, sent_before = false)
      if (auto error = step(done, sent_before)) return error;
    for (const auto& statement : {std::string{"START TRANSACTION"},
                                  "INSERT INTO mr_migration (number, name, checksum) VALUES (" + number_ + ", '" +
                                      migration_.name + "', '" + migration_.checksum + "')",
                                  "DELETE FROM mr_migration_progress WHERE number = " + number_, std::string{"COMMIT"}})
      if (auto error = execute(mysql_, statement)) return error;
    execute(mysql_, "DROP TABLE mr_migration_progress");  // without the right to it an empty table is left: no harm
    return std::nullopt;
  }

 private:
  std::optional<std::string> note(std::size_t done, bool begun) {
    return execute(mysql_, "REPLACE INTO mr_migration_progress (number, done, checksum, begun) VALUES (" + number_ +
                               ", " + std::to_string(done) + ", '" + checksum_of(statements_, done) + "', " +
                               (begun ? "TRUE" : "FALSE") + ")");
  }

  /// The statement behind the `done` first ones. Rows that it changes are committed together with the note of it.
  std::optional<std::string> step(std::size_t done, bool sent_before) {
    if (auto error = note(done, true)) return error;
    if (auto error = execute(mysql_, "START TRANSACTION")) return error;
    if (auto error = execute(mysql_, statements_[done])) {
      const bool was_done = sent_before && tells_that_it_was_done(::mysql_errno(mysql_));
      if (!was_done) {
        execute(mysql_, "ROLLBACK");
        // This time it was not applied, but an earlier one that nobody knows of may have been. If the connection is
        // gone, the note stays that it was sent.
        note(done, sent_before);
        return file_ + ": statement " + std::to_string(done + 1) + ": " + *error +
               (done > 0
                    ? " (the " + std::to_string(done) + " before it are applied; when it is mended, migrate goes on)"
                    : "");
      }
      std::printf("  statement %zu was applied by the run before (%s)\n", done + 1, error->c_str());
    }
    if (auto error = note(done + 1, false)) return error;
    return execute(mysql_, "COMMIT");
  }

  MYSQL* mysql_;
  const Migration& migration_;
  std::string file_;
  std::string number_;
  std::vector<std::string> statements_;
};

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
    Application application{mysql, migration, options.directory + "/" + migration.name + ".sql"};
    const auto progress = application.progress();
    if (!progress) return complain(EX_DATAERR, progress.error().detail);
    std::printf("%s %s", options.dry_run ? "would apply" : "applying", migration.name.c_str());
    if (progress->done > 0 || progress->begun) std::printf(", from statement %zu on", progress->done + 1);
    std::printf("\n");
    std::fflush(stdout);
    if (options.dry_run) continue;
    if (const auto error = application.run(*progress)) return complain(EX_DATAERR, *error);
  }
  if (done == 0) std::printf("%s is up to date (%zu migrations)\n", target->database.c_str(), applied.size());
  return EX_OK;
}

}  // namespace maproom::commands
