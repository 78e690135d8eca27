#pragma once
// Asks the database for values that a table's query can find keys by (see value_listing.hpp). Read-only; for the
// command line.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "maproom/backend/backend.hpp"
#include "maproom/core/result.hpp"
#include "maproom/query/query_template.hpp"

namespace maproom::commands {

struct SampledValues {
  char expansion = 's';  ///< what of a key they stand for
  std::vector<std::string> values;
};

struct TableSample {
  std::vector<SampledValues> sampled;
  std::string trouble;  ///< why there are not all of them; empty: all went well
};

/// Up to `most` values of each listing. `query` and `backend` outlive it; each statement has `limit`.
[[nodiscard]] boost::asio::awaitable<TableSample> sample_table(const query::QueryTemplate& query,
                                                               backend::Backend& backend, std::size_t most,
                                                               std::chrono::milliseconds limit);

/// Keys that the table has rows for, or may have; where many columns may hold keys, some of each.
[[nodiscard]] boost::asio::awaitable<std::vector<std::string>> sampled_keys(const query::QueryTemplate& query,
                                                                            backend::Backend& backend,
                                                                            std::chrono::milliseconds limit);

/// Plain SQL, in which nothing is to be expanded.
[[nodiscard]] boost::asio::awaitable<Result<backend::Fetched>> ask(backend::Backend& backend, std::string statement,
                                                                   std::chrono::milliseconds limit);

}  // namespace maproom::commands
