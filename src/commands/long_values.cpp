#include "maproom/commands/long_values.hpp"

#include <vector>

#include "maproom/commands/verify/table_sample.hpp"
#include "maproom/commands/verify/text_keys.hpp"
#include "maproom/proto/tcp_table.hpp"
#include "maproom/query/query_shape.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

constexpr int longest_keys = 20;

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

asio::awaitable<std::vector<std::string>> keys_to_look_at(const map::Table& table, backend::Backend& backend,
                                                          std::chrono::milliseconds limit) {
  const auto shape = query::query_shape(table.query());
  if (!shape || shape->expansion != 's' || shape->all_columns || shape->columns.empty()) {
    auto sampled = co_await sampled_keys(table.query(), backend, limit);
    co_return sampled;
  }
  std::vector<std::string> keys;
  const auto listed = co_await ask(backend, longest_listing(*shape), limit);
  if (!listed) co_return keys;
  for (const auto& row : listed->rows.rows)
    if (!row.empty() && row[0]) keys.push_back(*row[0]);
  co_return keys;
}

}  // namespace

asio::awaitable<std::optional<std::string>> too_long_for_tcp(const map::Table& table, backend::Backend& backend,
                                                             std::chrono::milliseconds limit) {
  const auto keys = co_await keys_to_look_at(table, backend, limit);
  for (const auto& key : keys) {
    if (!table.asks(key)) continue;
    const auto rows = co_await backend.fetch(table.query(), key, std::chrono::steady_clock::now() + limit);
    if (!rows) continue;
    auto value = table.value(rows->rows, key);
    if (!value || !*value || value->value().empty()) continue;
    const auto bytes = value->value().size();
    if (proto::TcpTableCodec{}.fits(Answer::found(std::move(value->value())))) continue;
    co_return "the value of " + shortened(key) + " has " + std::to_string(bytes) +
        " bytes, and tcp: carries 4096, with every odd one as three";
  }
  co_return std::nullopt;
}

}  // namespace maproom::commands
