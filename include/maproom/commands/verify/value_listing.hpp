#pragma once
// Where values stand in the database that a query can find keys by, for any query: its shape, else the derived listing
// of complete key sets, else the text columns of the tables that it names (of all, where it names none: a CALL). For
// `verify` and `check`, which want keys worth asking and need not have all of them. Pure.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "maproom/query/query_template.hpp"

namespace maproom::commands {

/// A base table or view of the connection's database, with its columns' names.
struct KnownTable {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::string> texts;  ///< those that hold text
};

struct ValueListing {
  std::string statement;      ///< plain SQL, one column, bounded
  char expansion = 's';       ///< what of a key the value is compared with: 's', 'u', 'd'
  std::string before, after;  ///< texts that the query puts around it
};

/// `most`: rows of each.
[[nodiscard]] std::vector<ValueListing> value_listings(const query::QueryTemplate& query,
                                                       const std::vector<KnownTable>& tables, std::size_t most);
/// The part of a key that a listed value stands for; nullopt: the query can make no such text of a key.
[[nodiscard]] std::optional<std::string> part_of_key(const ValueListing& listing, const std::string& value);

}  // namespace maproom::commands
