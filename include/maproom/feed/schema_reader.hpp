#pragma once
// Reads from information_schema what queries may read, as the user sees it whom they run as.

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "maproom/backend/link.hpp"
#include "maproom/core/result.hpp"
#include "maproom/feed/watch.hpp"

namespace maproom::feed {

/// Of `database` and of every other one that is named in the queries. `link`: of that user.
[[nodiscard]] boost::asio::awaitable<Result<Schema>> read_schema(backend::Link& link, std::string database,
                                                                 std::vector<std::string> queries,
                                                                 backend::Deadline deadline);

}  // namespace maproom::feed
