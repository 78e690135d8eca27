#include "maproom/feed/server_check.hpp"

#include <charconv>

#include "maproom/feed/server_facts.hpp"
#include "maproom/query/sql_quote.hpp"

namespace maproom::feed {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds scan_limit{15};

std::string text(const query::ResultSet& rows, std::size_t column) {
  return rows.rows.size() == 1 && column < rows.rows[0].size() ? rows.rows[0][column].value_or("") : std::string{};
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error not_usable(std::string why) { return fail(Errc::invalid, std::move(why)); }

}  // namespace

std::string grant_hint(const std::string& user) {
  return "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO '" + user +
         "'@'localhost' (or the host that it comes from)";
}

asio::awaitable<Result<ServerCheck>> check_server(backend::Link& link, backend::Deadline deadline) {
  const std::string ask_variables = variables_query();
  const std::string ask_status = status_query();
  const std::string ask_place = place_query();
  auto variables = co_await link.command(ask_variables, deadline);
  if (!variables) co_return variables.error();
  auto status = co_await link.command(ask_status, deadline);
  if (!status) co_return status.error();
  auto place = co_await link.command(ask_place, deadline);
  if (!place) {
    if (place.error().code != Errc::query) co_return place.error();
    const auto refused = place.error().detail;
    const std::string ask_account = "SELECT CURRENT_USER()";
    auto account = co_await link.command(ask_account, deadline);
    if (!account) co_return account.error();
    const auto name = text(*account, 0);
    const auto at = name.rfind('@');
    co_return not_usable(link.host() + ": GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO '" + name.substr(0, at) +
                         "'@'" + name.substr(at == std::string::npos ? name.size() : at + 1) + "': " + refused);
  }
  const auto facts = read_facts(*variables, *status, *place);
  if (const auto why = why_not_followed(facts)) co_return not_usable(link.host() + ": " + *why);
  ServerCheck check;
  check.place = *facts.place;
  check.cluster = facts.cluster;
  for (const auto& warning : warnings_of(facts)) check.warnings.push_back(link.host() + ": " + warning);
  co_return check;
}

asio::awaitable<Result<std::optional<Position>>> position_at(backend::Link& link, FilePlace place) {
  std::string query = "SELECT BINLOG_GTID_POS('";
  query::append_sql_quoted(query, place.file, '\'', link.sql_mode());  // it may come from Redis
  query += "', " + std::to_string(place.offset) + ")";
  auto rows = co_await link.command(query, std::chrono::steady_clock::now() + scan_limit);
  if (!rows) co_return rows.error();
  if (rows->rows.size() != 1 || rows->rows[0].empty() || !rows->rows[0][0]) co_return std::optional<Position>{};
  auto position = Position::parse(*rows->rows[0][0]);
  if (!position) co_return fail(Errc::unavailable, link.host() + ": BINLOG_GTID_POS tells no position");
  co_return position;
}

asio::awaitable<Result<FilePlace>> snapshot_place(backend::Link& link, backend::Deadline deadline) {
  auto place = co_await open_snapshot(link, deadline);
  if (!place) co_return place;
  const std::string end = "ROLLBACK";
  auto ended = co_await link.command(end, deadline);
  if (!ended) co_return ended.error();
  co_return place;
}

asio::awaitable<Result<FilePlace>> open_snapshot(backend::Link& link, backend::Deadline deadline) {
  // With another isolation level the snapshot would be ignored.
  const std::string isolate = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ";
  const std::string begin = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
  const std::string show = "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'";
  auto isolated = co_await link.command(isolate, deadline);
  if (!isolated) co_return isolated.error();
  auto begun = co_await link.command(begin, deadline);
  if (!begun) co_return begun.error();
  auto shown = co_await link.command(show, deadline);
  if (!shown) co_return shown.error();
  FilePlace place;
  std::optional<std::uint64_t> offset;
  for (const auto& row : shown->rows) {
    if (row.size() != 2 || !row[0] || !row[1]) continue;
    if (*row[0] == "Binlog_snapshot_file") place.file = *row[1];
    if (*row[0] == "Binlog_snapshot_position") offset = number(*row[1]);
  }
  if (place.file.empty() || !offset)
    co_return fail(Errc::unavailable, link.host() + ": it tells no place of its snapshot (binlog_snapshot_position)");
  place.offset = *offset;
  co_return place;
}

}  // namespace maproom::feed
