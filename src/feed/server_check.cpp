#include "maproom/feed/server_check.hpp"

#include <charconv>

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
  const std::string settings_query =
      "SELECT @@global.log_bin, @@global.binlog_format, @@global.binlog_row_image, @@global.log_slave_updates, "
      "@@global.gtid_slave_pos, CURRENT_USER()";
  auto settings = co_await link.command(settings_query, deadline);
  if (!settings) co_return settings.error();
  if (text(*settings, 0) != "1")
    co_return not_usable(link.host() +
                         ": the binlog is off; put conf/mariadb-binlog.cnf into /etc/mysql/mariadb.conf.d/ and restart "
                         "MariaDB");
  if (text(*settings, 3) != "1" && !text(*settings, 4).empty())
    co_return not_usable(
        link.host() +
        ": it is a replica, and what it replicates is not in its binlog; set log_slave_updates = ON and "
        "restart MariaDB");
  ServerCheck check;
  if (text(*settings, 1) != "ROW")
    check.warnings.push_back(link.host() + ": binlog_format is " + text(*settings, 1) +
                             ", so that a statement may drop all answers; SET GLOBAL binlog_format = 'ROW'");
  if (text(*settings, 2) != "FULL")
    check.warnings.push_back(link.host() + ": binlog_row_image is " + text(*settings, 2) +
                             ", so that a change drops all answers of its table; SET GLOBAL binlog_row_image = 'FULL'");
  const std::string status_query = "SHOW MASTER STATUS";
  auto status = co_await link.command(status_query, deadline);
  if (!status) {
    if (status.error().code != Errc::query) co_return status.error();
    const auto account = text(*settings, 5);
    const auto at = account.rfind('@');
    co_return not_usable(link.host() + ": GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO '" + account.substr(0, at) +
                         "'@'" + account.substr(at == std::string::npos ? account.size() : at + 1) +
                         "': " + status.error().detail);
  }
  if (!text(*status, 2).empty() || !text(*status, 3).empty())
    co_return not_usable(
        link.host() +
        ": changes of some databases are not in its binlog; take binlog_do_db and binlog_ignore_db out "
        "of its configuration");
  const auto offset = number(text(*status, 1));
  if (text(*status, 0).empty() || !offset)
    co_return fail(Errc::unavailable, link.host() + ": SHOW MASTER STATUS tells no place");
  check.place = {text(*status, 0), *offset};
  co_return check;
}

asio::awaitable<Result<std::optional<Position>>> position_at(backend::Link& link, FilePlace place) {
  const std::string query = "SELECT BINLOG_GTID_POS('" + place.file + "', " + std::to_string(place.offset) + ")";
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
