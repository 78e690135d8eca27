#include "layout.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "maproom/backend/link.hpp"
#include "maproom/feed/schema_reader.hpp"

namespace maproom::feed {
namespace asio = boost::asio;
namespace {

constexpr std::chrono::seconds layout_limit{30};

/// A change of what the listing reads counts as well.
std::string all_text(const Definition& definition) { return definition.query + "\n" + definition.listing; }

/// What tells a key set of the table, and what changes touch it.
void find_listing(Watched& each, const Schema& schema) {
  const auto& definition = each.definition;
  const auto& database = definition.connection.database;
  if (!definition.listing.empty()) {
    each.of_listing = watch_of(definition.listing, database, schema, definition.keys);
    return;
  }
  if (definition.keys_wanted == KeysWanted::none) return;
  std::vector<std::string> names;
  const query::ColumnsOf columns = [&](std::string_view of, std::string_view name) {
    const auto* table = table_of(schema, of.empty() ? database : of, name);
    if (table == nullptr) return static_cast<const std::vector<std::string>*>(nullptr);
    names.clear();
    for (const auto& column : table->columns) names.push_back(column.name);
    return static_cast<const std::vector<std::string>*>(&names);
  };
  auto listing = query::listing_of(definition.query, columns);
  if (!listing) {
    each.no_listing = listing.error().detail;
    return;
  }
  each.of_listing = watch_of(*listing, database, schema);
  each.derived = std::move(listing->parts);
}

asio::awaitable<Result<Schema>> schema_of(asio::any_io_executor executor, backend::ConnectionSettings connection,
                                          std::size_t host, std::vector<std::string> queries) {
  backend::Link as_user{executor};
  const auto deadline = std::chrono::steady_clock::now() + layout_limit;
  auto connected = co_await as_user.connect(connection, connection.hosts[host], deadline);
  if (!connected) co_return connected.error();
  auto schema = co_await read_schema(as_user, connection.database, queries, deadline);
  co_return schema;
}

KeyListing listing_for(const Watched& each) {
  const auto& definition = each.definition;
  const auto wanted = definition.keys_wanted;
  KeyListing listing{.table = definition.table,
                     .statements = {},
                     .forms = {},
                     .networks = definition.networks,
                     .of = wanted == KeysWanted::domains ? keyset::Of::domains : keyset::Of::keys,
                     .fitting = wanted == KeysWanted::fitting,
                     .connection = definition.connection,
                     .origin = definition.origin,
                     .lifetime = definition.set_lifetime};
  if (!definition.listing.empty()) {
    listing.statements.push_back(definition.listing);
    listing.forms.emplace_back();
    // A declared listing may give the domains themselves.
    if (wanted != KeysWanted::keys) listing.forms.push_back({{{'b'}}});
    return listing;
  }
  for (const auto& part : each.derived) {
    if (std::find(listing.statements.begin(), listing.statements.end(), part.statement) == listing.statements.end())
      listing.statements.push_back(part.statement);
    if (std::find(listing.forms.begin(), listing.forms.end(), part.form) == listing.forms.end())
      listing.forms.push_back(part.form);
  }
  return listing;
}

std::string names_of(const Watch& watch) {
  std::string names;
  for (const auto& table : watch.tables) names += (names.empty() ? "" : ", ") + table.name;
  return names;
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
      auto& each = all[j];
      if (each.definition.connection != connection) continue;
      done[j] = each.read = true;
      each.watch = watch_of(all_text(each.definition), connection.database, *schema, each.definition.keys);
      find_listing(each, *schema);
    }
  }
  co_return all;
}

std::vector<KeyListing> key_listings_of(const std::vector<Watched>& watched) {
  std::vector<KeyListing> listings;
  for (const auto& each : watched) {
    const auto& definition = each.definition;
    if (definition.keys_wanted == KeysWanted::none) continue;
    const auto none = [&](const std::string& what) {
      spdlog::info("event=keys_none table=\"{}\" what=\"{}\" then=\"its unknown keys are asked for in the database\"",
                   definition.origin, what);
    };
    if (!each.no_listing.empty()) {
      none("its query does not tell which keys it can find: " + each.no_listing + "; a keys_query would");
      continue;
    }
    const auto& watch = each.of_listing;
    const bool declared = !definition.listing.empty();
    if (watch.anything || !watch.timeless) {
      none(watch.why);
    } else if (!watch.snapshots) {
      none("not all of its tables (" + names_of(watch) +
           ") are InnoDB's, so that no moment of all of them can be read");
    } else if (declared && !definition.networks && (watch.odd_text || each.watch.odd_text)) {
      // How the query compares counts, and what the listing reads.
      none("a column that its query or keys_query reads of " + names_of(watch) +
           " is no text that compares as ASCII (a number, bytes, or a collation with an equality of its own)");
    } else {
      listings.push_back(listing_for(each));
    }
  }
  return listings;
}

}  // namespace maproom::feed
