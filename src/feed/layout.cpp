#include "layout.hpp"

#include <spdlog/spdlog.h>

#include "maproom/backend/link.hpp"
#include "maproom/feed/schema_reader.hpp"

namespace maproom::feed {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds layout_limit{30};

/// A change of what the listing reads counts as well.
std::string all_text(const Definition& definition) { return definition.query + "\n" + definition.listing; }

asio::awaitable<Result<Schema>> schema_of(asio::any_io_executor executor, backend::ConnectionSettings connection,
                                          std::size_t host, std::vector<std::string> queries) {
  backend::Link as_user{executor};
  const auto deadline = std::chrono::steady_clock::now() + layout_limit;
  auto connected = co_await as_user.connect(connection, connection.hosts[host], deadline);
  if (!connected) co_return connected.error();
  auto schema = co_await read_schema(as_user, connection.database, queries, deadline);
  co_return schema;
}

}  // namespace

asio::awaitable<Result<std::vector<Watched>>> read_layout(asio::any_io_executor executor,
                                                          std::vector<Definition> definitions, std::size_t host) {
  std::vector<Watched> all;
  all.reserve(definitions.size());
  for (auto& definition : definitions) all.push_back({std::move(definition)});
  std::vector<bool> done(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (done[i]) continue;
    const auto& connection = all[i].definition.connection;
    std::vector<std::string> queries;
    for (const auto& each : all)
      if (each.definition.connection == connection) queries.push_back(all_text(each.definition));
    const auto schema = co_await schema_of(executor, connection, host, std::move(queries));
    if (!schema) co_return fail(schema.error().code, "database " + connection.database + ": " + schema.error().detail);
    for (std::size_t j = i; j < all.size(); ++j) {
      auto& [definition, watch, of_listing, read] = all[j];
      if (definition.connection != connection) continue;
      done[j] = read = true;
      watch = watch_of(all_text(definition), connection.database, *schema, definition.keys);
      of_listing = watch_of(definition.listing, connection.database, *schema, definition.keys);
    }
  }
  co_return all;
}

std::vector<KeyListing> key_listings_of(const std::vector<Watched>& watched) {
  std::vector<KeyListing> listings;
  for (const auto& [definition, of_query, watch, read] : watched) {
    if (definition.listing.empty()) {
      if (definition.keys_wanted)
        spdlog::info(
            "event=keys_none table=\"{}\" what=\"its query does not tell how to list its keys, as SELECT ... FROM "
            "table WHERE column = '%s' AND ... does; a keys_query would\" then=\"its unknown keys are asked for in "
            "the database\"",
            definition.origin);
      continue;
    }
    // Other tables whose names happen to be words of it do not matter.
    const bool derived = !definition.listing_table.empty();
    const bool texts = key_is_text(watch, definition.listing_table);
    // How the query compares counts, and what the listing reads.
    const bool odd = !definition.networks && (watch.odd_text || of_query.odd_text);
    if (watch.anything || !watch.timeless || !watch.snapshots || odd || (derived && !texts)) {
      spdlog::info("event=keys_none table=\"{}\" what=\"{}\" then=\"its unknown keys are asked for in the database\"",
                   definition.origin,
                   !watch.why.empty() ? watch.why
                   : !watch.snapshots ? "not all of its tables are InnoDB's"
                                      : "its key column is no text that compares as ASCII");
      continue;
    }
    listings.push_back({definition.table, definition.listing, definition.networks, definition.of, definition.connection,
                        definition.origin, definition.set_lifetime});
  }
  return listings;
}

}  // namespace maproom::feed
