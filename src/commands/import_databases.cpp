#include "maproom/commands/import_databases.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "maproom/backend/pool.hpp"
#include "maproom/config/text_file.hpp"
#include "maproom/import/plan.hpp"
#include "maproom/map/table.hpp"
#include "maproom/proto/tcp_table.hpp"
#include "maproom/query/query_shape.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds patience{5};
constexpr int longest_keys = 20;

backend::Deadline soon() { return std::chrono::steady_clock::now() + patience; }

/// The statement as a query template, which it is not: nothing in it is to be expanded.
Result<query::QueryTemplate> verbatim(const std::string& statement) {
  std::string text;
  for (const char c : statement) text += c == '%' ? std::string{"%%"} : std::string{c};
  return query::QueryTemplate::parse(text);
}

/// The keys whose rows have the longest texts in the columns that the query reads.
std::string longest_listing(const query::QueryShape& shape) {
  std::string length;
  for (const auto& column : shape.columns) {
    if (column == shape.key_column && shape.columns.size() > 1) continue;
    length +=
        (length.empty() ? "" : " + ") + std::string{"COALESCE(LENGTH("} + query::quoted_identifier(column) + "), 0)";
  }
  const auto key = query::quoted_identifier(shape.key_column);
  return "SELECT " + key + " FROM " + query::quoted_table(shape) + " GROUP BY " + key + " ORDER BY SUM(" + length +
         ") DESC LIMIT " + std::to_string(longest_keys);
}

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
    const auto shape = table ? query::query_shape(table->query()) : std::nullopt;
    if (!shape || shape->expansion != 's' || shape->all_columns || shape->columns.empty()) co_return;
    const auto listing = verbatim(longest_listing(*shape));
    if (!listing) co_return;
    const auto keys = co_await server.pool->fetch(*listing, "x", soon());
    if (!keys) co_return;
    for (const auto& row : keys->rows.rows) {
      if (row.empty() || !row[0] || !table->asks(*row[0])) continue;
      const auto rows = co_await server.pool->fetch(table->query(), *row[0], soon());
      if (!rows) continue;
      auto value = table->value(rows->rows, *row[0]);
      if (!value || !*value || value->value().empty()) continue;
      const auto bytes = value->value().size();
      if (proto::TcpTableCodec{}.fits(Answer::found(std::move(value->value())))) continue;
      asked_.too_long[map.name] = "the value of " + *row[0] + " has " + std::to_string(bytes) +
                                  " bytes, and tcp: carries 4096, with every odd one as three";
      co_return;
    }
  }

  /// Never null.
  asio::awaitable<Server*> server_of(const backend::ConnectionSettings& settings, const std::string& path) {
    for (auto& [known, server] : servers_)
      if (known == settings) co_return server.get();
    auto& server = *servers_.emplace_back(settings, std::make_unique<Server>()).second;
    server.pool = std::make_unique<backend::Pool>(loop_.get_executor(), settings);
    const auto question = verbatim("SELECT CURRENT_USER()");
    const auto account = co_await server.pool->fetch(*question, "x", soon());
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
