#pragma once
// Layout: which columns of which tables the followed definitions read, as the server's tables are now. The feed
// compares each change with it.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/feed/feed.hpp"
#include "maproom/feed/key_loader.hpp"
#include "maproom/feed/watch.hpp"

namespace maproom::feed {

struct Watched {
  Definition definition;
  Watch watch{};
  Watch of_listing{};
  std::vector<query::ListingPart> derived{};  ///< where a key set is wanted and none is declared
  std::string no_listing{};                   ///< why there is none
  bool read = false;                          ///< else the watches are of anything
};

/// Asks the host with this index of each definition's connection, as its user.
[[nodiscard]] boost::asio::awaitable<Result<std::vector<Watched>>> read_layout(boost::asio::any_io_executor executor,
                                                                               std::vector<Definition> definitions,
                                                                               std::size_t host);

/// Those whose key sets can be kept exact. A set that cannot, or whose keys compare in ways that cannot be judged, is
/// not read at all, and the log is told why.
[[nodiscard]] std::vector<KeyListing> key_listings_of(const std::vector<Watched>& watched);

}  // namespace maproom::feed
