#include "maproom/commands/verify/table_sample.hpp"

#include <algorithm>

#include "maproom/commands/verify/value_listing.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

constexpr std::size_t samples = 50;
const std::string no_key = "maproom";  // NOLINT: read only; statements without an expansion ask for none

/// Plain SQL as a template: its % are none of ours.
std::string escaped(const std::string& statement) {
  std::string text;
  for (const char c : statement) text += c == '%' ? std::string{"%%"} : std::string{c};
  return text;
}

/// In the order in which they were made, so that a sample is the same each time.
asio::awaitable<std::vector<KnownTable>> known_tables(backend::Backend& backend, std::chrono::milliseconds limit) {
  std::vector<KnownTable> tables;
  const auto fetched =
      co_await ask(backend,
                   "SELECT TABLE_NAME, COLUMN_NAME, CHARACTER_SET_NAME IS NOT NULL FROM information_schema.COLUMNS "
                   "WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION",
                   limit);
  if (!fetched) co_return tables;
  for (const auto& row : fetched->rows.rows) {
    if (row.size() < 3 || !row[0] || !row[1]) continue;
    if (tables.empty() || tables.back().name != *row[0]) tables.push_back({*row[0], {}, {}});
    tables.back().columns.push_back(*row[1]);
    if (row[2] == "1") tables.back().texts.push_back(*row[1]);
  }
  co_return tables;
}

}  // namespace

asio::awaitable<Result<backend::Fetched>> ask(backend::Backend& backend, std::string statement,
                                              std::chrono::milliseconds limit) {
  const auto plain = query::QueryTemplate::parse(escaped(statement));
  if (!plain) co_return plain.error();
  auto fetched = co_await backend.fetch(*plain, no_key, std::chrono::steady_clock::now() + limit);
  co_return fetched;
}

asio::awaitable<TableSample> sample_table(const query::QueryTemplate& query, backend::Backend& backend,
                                          std::size_t most, std::chrono::milliseconds limit) {
  TableSample sample;
  const auto tables = co_await known_tables(backend, limit);
  for (const auto& listing : value_listings(query, tables, most)) {
    const auto fetched = co_await ask(backend, listing.statement, limit);
    if (!fetched) {
      sample.trouble = fetched.error().detail;  // a column may be less than what the query itself may read
      continue;
    }
    SampledValues one{listing.expansion, {}};
    for (const auto& row : fetched->rows.rows) {
      if (row.empty() || !row[0]) continue;
      if (auto part = part_of_key(listing, *row[0])) one.values.push_back(std::move(*part));
    }
    sample.sampled.push_back(std::move(one));
  }
  co_return sample;
}

asio::awaitable<std::vector<std::string>> sampled_keys(const query::QueryTemplate& query, backend::Backend& backend,
                                                       std::chrono::milliseconds limit) {
  std::vector<std::string> keys;
  const auto sample = co_await sample_table(query, backend, samples, limit);
  const auto each = std::max<std::size_t>(4 * samples / std::max<std::size_t>(sample.sampled.size(), 1), 5);
  for (const auto& one : sample.sampled)
    for (std::size_t i = 0; i < std::min(each, one.values.size()); ++i) {
      const auto& value = one.values[i];
      if (value.empty()) continue;
      keys.push_back(one.expansion == 'd'   ? "maproom-check@" + value
                     : one.expansion == 'u' ? value + "@maproom-check.invalid"
                                            : value);
    }
  co_return keys;
}

}  // namespace maproom::commands
