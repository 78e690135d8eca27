#include "support/private_mariadb.hpp"

#include <csignal>
#include <stdexcept>

namespace maproom::test {

PrivateMariadb::PrivateMariadb(std::vector<std::string> options, const std::vector<std::string>& first_start)
    : port_{free_port()}, options_{std::move(options)} {
  // A folder for temporary tables, too: a server that starts removes what others have in a shared one.
  for (const char* name : {"data", "tmp"}) {
    std::filesystem::create_directory(dir_.path(name));
    run_command({"chown", "mysql", dir_.path(name)});
  }
  const auto installed =
      run_command({"mariadb-install-db", "--no-defaults", "--user=mysql", "--datadir=" + dir_.path("data"),
                   "--tmpdir=" + dir_.path("tmp"), "--auth-root-authentication-method=normal", "--skip-test-db"});
  if (installed.status != 0) throw std::runtime_error{"mariadb-install-db: " + installed.out + installed.err};
  start(first_start);
}

PrivateMariadb::~PrivateMariadb() { kill(); }

void PrivateMariadb::start(const std::vector<std::string>& once) {
  std::vector<std::string> command{"mariadbd",
                                   "--no-defaults",
                                   "--user=mysql",
                                   "--datadir=" + dir_.path("data"),
                                   "--tmpdir=" + dir_.path("tmp"),
                                   "--socket=" + socket(),
                                   "--port=" + std::to_string(port_),
                                   "--bind-address=127.0.0.1",
                                   "--pid-file=" + dir_.path("data/pid"),
                                   "--skip-name-resolve",
                                   "--innodb-flush-log-at-trx-commit=0",
                                   "--innodb-buffer-pool-size=32M",
                                   "--innodb-log-file-size=16M",
                                   "--character-set-server=utf8mb4"};
  command.insert(command.end(), options_.begin(), options_.end());
  command.insert(command.end(), once.begin(), once.end());
  process_ = Process{command, dir_.path("log")};
  const auto answers = [this] {
    if (!process_.running()) throw std::runtime_error{"mariadbd ended: " + log()};
    return run_command({"mariadb", "--no-defaults", "-uroot", "-S", socket(), "-e", "SELECT 1"}).status == 0;
  };
  if (!wait_until(answers, std::chrono::seconds{60})) throw std::runtime_error{"mariadbd does not answer: " + log()};
}

void PrivateMariadb::without_serving(const std::string& statements) const {
  const auto result = run_command({"mariadbd", "--no-defaults", "--user=mysql", "--datadir=" + dir_.path("data"),
                                   "--tmpdir=" + dir_.path("tmp"), "--bootstrap", "--skip-log-bin"},
                                  statements);
  if (result.status != 0) throw std::runtime_error{"mariadbd --bootstrap: " + result.err};
}

void PrivateMariadb::stop() { process_.stop(SIGTERM); }
void PrivateMariadb::kill() { process_.stop(SIGKILL); }
void PrivateMariadb::pause() const { process_.pause(); }
void PrivateMariadb::resume() const { process_.signal(SIGCONT); }

std::string PrivateMariadb::sql(const std::string& statements, const std::string& database) const {
  std::vector<std::string> command{
      "mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-uroot", "-S", socket(), "-N", "-B"};
  if (!database.empty()) command.push_back(database);
  const auto result = run_command(command, statements);
  if (result.status != 0) throw std::runtime_error{"mariadb: " + result.err};
  return result.out;
}

std::uint64_t PrivateMariadb::selects() const {
  // This statement itself is a SHOW.
  const auto row = sql("SHOW GLOBAL STATUS LIKE 'Com_select'");
  return std::stoull(row.substr(row.find('\t') + 1));
}

void PrivateMariadb::make_sample_database(const std::string& name) const {
  sql("DROP DATABASE IF EXISTS " + name + "; CREATE DATABASE " + name + " CHARACTER SET utf8mb4");
  const std::string source = MAPROOM_SOURCE_DIR;
  const auto migrated = run_command({MAPROOM_BINARY, "migrate", "--sql-dir", source + "/sql", "--host",
                                     "unix:" + socket(), "--user", "root", "--database", name});
  if (migrated.status != 0) throw std::runtime_error{"maproom migrate: " + migrated.out + migrated.err};
  sql(read_text(source + "/sql/sample.sql"), name);
  for (const char* host : {"localhost", "127.0.0.1"})
    sql("CREATE USER IF NOT EXISTS maproom@'" + std::string{host} + "' IDENTIFIED BY 'secret'; GRANT SELECT ON " +
        name + ".* TO maproom@'" + host + "'");
}

}  // namespace maproom::test
