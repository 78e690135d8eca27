#include "maproom/commands/import_databases.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "maproom/backend/pool.hpp"
#include "maproom/commands/long_values.hpp"
#include "maproom/commands/verify/table_sample.hpp"
#include "maproom/config/text_file.hpp"
#include "maproom/import/plan.hpp"
#include "maproom/map/table.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds patience{5};

/// "user@host" in the quotes of GRANT.
std::string quoted_account(const std::string& account) {
  const auto at = account.rfind('@');
  if (at == std::string::npos) return "'" + account + "'";
  return "'" + account.substr(0, at) + "'@'" + account.substr(at + 1) + "'";
}

class Asking {
 public:
  explicit Asking(const imports::ImportPlan& plan) : plan_{plan} {}

  imports::AskedDatabases run() {
    asio::co_spawn(loop_, all(), [this](std::exception_ptr) {
      for (const auto& [settings, server] : servers_) server->pool->stop();
    });
    loop_.run();
    return std::move(asked_);
  }

 private:
  struct Server {
    std::unique_ptr<backend::Pool> pool;
    bool away = false;
  };

  asio::awaitable<void> all() {
    for (const auto& map : plan_.maps)
      for (const auto& table : map.tables)
        if (!table.is_file) co_await look_at(map, table.path);
  }

  asio::awaitable<void> look_at(const imports::ImportedMap& map, const std::string& path) {
    const auto text = config::read_text_file(path);
    const auto file = text ? config::parse_mysql_table_file(*text, 1, config::read_text_file) : fail(Errc::invalid, "");
    if (!file) co_return;  // the plan has named it
    auto& server = *co_await server_of(file->connection, path);
    if (server.away || map.port == 0 || asked_.too_long.contains(map.name)) co_return;
    const auto table = map::Table::compile(file->table, plan_.postfix.smtputf8_enable);
    if (!table) co_return;
    if (auto found = co_await too_long_for_tcp(*table, *server.pool, patience))
      asked_.too_long[map.name] = std::move(*found);
  }

  /// Never null.
  asio::awaitable<Server*> server_of(const backend::ConnectionSettings& settings, const std::string& path) {
    for (auto& [known, server] : servers_)
      if (known == settings) co_return server.get();
    auto& server = *servers_.emplace_back(settings, std::make_unique<Server>()).second;
    server.pool = std::make_unique<backend::Pool>(loop_.get_executor(), settings);
    const auto account = co_await ask(*server.pool, "SELECT CURRENT_USER()", patience);
    server.away = !account;
    if (!account)
      asked_.notes.push_back(path + ": " + account.error().detail +
                             ": it is not known whether values are too long for tcp:");
    else if (!account->rows.rows.empty() && account->rows.rows[0][0])
      asked_.accounts.insert(quoted_account(*account->rows.rows[0][0]));
    co_return &server;
  }

  const imports::ImportPlan& plan_;
  asio::io_context loop_{1};
  std::vector<std::pair<backend::ConnectionSettings, std::unique_ptr<Server>>> servers_;
  imports::AskedDatabases asked_;
};

}  // namespace

imports::AskedDatabases ask_databases(const imports::ImportPlan& plan) { return Asking{plan}.run(); }

}  // namespace maproom::commands
