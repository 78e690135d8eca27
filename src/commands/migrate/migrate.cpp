#include "maproom/commands/migrate.hpp"

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

#include "maproom/backend/connect_options.hpp"
#include "maproom/commands/sql_script.hpp"
#include "maproom/config/config.hpp"
#include "maproom/config/mysql_table_file.hpp"
#include "maproom/core/sha256.hpp"

namespace maproom::commands {
namespace {

constexpr std::chrono::seconds connect_patience{10};

struct Migration {
  std::uint32_t number = 0;
  std::string name, text, checksum;
};

struct Applied {
  std::string name, checksum;
};

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

/// How to reach the database, and as whom: hosts.front() is the one.
Result<backend::ConnectionSettings> find_target(const MigrateOptions& options) {
  backend::ConnectionSettings target;
  target.hosts = {{Endpoint::Kind::unix_socket, {}, 0, "/run/mysqld/mysqld.sock"}};
  target.database = "mail";
  if (options.config_given || std::filesystem::exists(options.config_file)) {
    auto config = config::read_config(options.config_file);
    if (!config) return config.error();
    target = config->mariadb;
  }
  // Not as the user who only reads, whom an option file may name as well; and in the character set of the files.
  target.user = options.user;
  target.password.clear();
  target.option_file.clear();
  target.option_group.clear();
  target.charset = "utf8mb4";
  if (!options.host.empty()) {
    auto host = config::parse_mysql_host(options.host);
    if (!host) return fail(Errc::invalid, "--host: " + host.error().detail);
    target.hosts = {*host};
  }
  if (target.hosts.front().kind == Endpoint::Kind::unix_socket) {  // where nobody stands between, and no name is
    target.tls_ca_file.clear();
    target.tls_ca_path.clear();
    target.tls_cert_file.clear();
    target.tls_key_file.clear();
    target.tls_ciphers.clear();
    target.tls_verify_cert = false;
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

/// How far a file has come that has not come to its end. The server commits what creates or changes a table by itself,
/// so a file cannot be taken back as a whole; instead each statement is written down, and the next run goes on behind
/// the last one.
struct Progress {
  std::size_t done = 0;  ///< so many of its statements, from the first one on
  std::string checksum;  ///< of these
  /// Of these and the one behind them, which was sent, and nobody knows what became of it; empty: none was.
  std::string sent;
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
        select(mysql_, "SELECT done, checksum, sent FROM mr_migration_progress WHERE number = " + number_);
    if (!rows) return fail(Errc::unavailable, ::mysql_error(mysql_));
    if (rows->empty()) return progress;
    const auto& row = rows->front();
    progress = {std::stoul(row[0]), row[1], row[2]};
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
          "done INT UNSIGNED NOT NULL, checksum CHAR(64) NOT NULL, sent CHAR(64) NOT NULL) ENGINE=InnoDB"})
      if (auto error = execute(mysql_, table)) return error;
    for (std::size_t done = progress.done; done < statements_.size(); ++done, progress.sent.clear())
      if (auto error = step(done, progress.sent)) return error;
    for (const auto& statement : {std::string{"START TRANSACTION"},
                                  "INSERT INTO mr_migration (number, name, checksum) VALUES (" + number_ + ", '" +
                                      migration_.name + "', '" + migration_.checksum + "')",
                                  "DELETE FROM mr_migration_progress WHERE number = " + number_, std::string{"COMMIT"}})
      if (auto error = execute(mysql_, statement)) return error;
    execute(mysql_, "DROP TABLE mr_migration_progress");  // without the right to it an empty table is left: no harm
    return std::nullopt;
  }

 private:
  std::optional<std::string> note(std::size_t done, const std::string& sent) {
    return execute(mysql_, "REPLACE INTO mr_migration_progress (number, done, checksum, sent) VALUES (" + number_ +
                               ", " + std::to_string(done) + ", '" + checksum_of(statements_, done) + "', '" + sent +
                               "')");
  }

  /// The statement behind the `done` first ones. Rows that it changes are committed together with the note of it.
  /// `sent_before`: see Progress.
  std::optional<std::string> step(std::size_t done, const std::string& sent_before) {
    const auto ours = checksum_of(statements_, done + 1);
    // A note of another form stays until this one has been applied, whatever cuts this run off.
    if (sent_before.empty() || sent_before == ours)
      if (auto error = note(done, ours)) return error;
    if (auto error = execute(mysql_, "START TRANSACTION")) return error;
    if (auto error = execute(mysql_, statements_[done])) {
      const bool there = !sent_before.empty() && tells_that_it_was_done(::mysql_errno(mysql_));
      if (!there || sent_before != ours) {
        execute(mysql_, "ROLLBACK");
        // This time it was not applied, but an earlier one that nobody knows of may have been. If the connection is
        // gone, the note stays that it was sent.
        note(done, sent_before);
        auto told = file_ + ": statement " + std::to_string(done + 1) + ": " + *error;
        if (there)
          told +=
              "; the run before was cut off at this statement, in another form than it has now, and may have "
              "applied it: restore that form, or take back what it made";
        if (done > 0)
          told += " (the " + std::to_string(done) + " before it are applied; when it is mended, migrate goes on)";
        return told;
      }
      std::printf("  statement %zu was applied by the run before (%s)\n", done + 1, error->c_str());
    }
    if (auto error = note(done + 1, {})) return error;
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
  const auto connected =
      backend::connect_blocking(*target, target->hosts.front(), backend::max_result_bytes, connect_patience);
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
    if (progress->done > 0 || !progress->sent.empty()) std::printf(", from statement %zu on", progress->done + 1);
    std::printf("\n");
    std::fflush(stdout);
    if (options.dry_run) continue;
    if (const auto error = application.run(*progress)) return complain(EX_DATAERR, *error);
  }
  if (done == 0) std::printf("%s is up to date (%zu migrations)\n", target->database.c_str(), applied.size());
  return EX_OK;
}

}  // namespace maproom::commands
