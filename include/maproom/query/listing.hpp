#pragma once
// Listing: which keys can have a row in a query's result, as statements that list them. Pure.
//
// Derived as a necessary condition: where the query has a row for a key, one of the listing's parts has a row whose
// first column equals what the query makes of the key (KeyForm). Too much may be listed, never too little. The rules:
//
// - an equality between a text made of one table's columns and a text made of the key needs the one among the others'
//   values; of AND the side that tells most is taken, of OR and UNION both; EXISTS, IN (SELECT), derived tables and ON
//   of an inner join speak from inside; ON of an outer join, HAVING, NOT, <>, REGEXP and the like say nothing;
// - each part reads one table: what a join demands besides is left out. Conditions of that table alone that hold
//   constants are kept; nothing that a clock, a variable or a function of people's own decides;
// - an aggregate without GROUP BY gives a row always, which counts as found unless it is NULL.
//
// What the text cannot tell, and the user of a listing must find out: that each part's table is a base table, and its
// `columns` hold text that compares as ASCII does (feed/layout).

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/query/key_form.hpp"

namespace maproom::query {

/// A piece of the text that a row has for a key: a column's value, or a text.
struct RowPiece {
  std::string column{};  ///< empty: the text
  std::string text{};
  friend bool operator==(const RowPiece&, const RowPiece&) = default;
};

struct ListingPart {
  KeyForm form;
  std::string statement;          ///< plain SQL, one column
  std::string schema{}, table{};  ///< schema empty: the connection's database; table empty: none, the text is fixed
  std::vector<std::string> columns{};     ///< that the listed text is made of
  std::vector<std::string> conditions{};  ///< columns that the conditions read
  /// How the text is made from a row, but for upper and lower case; empty: only the server can tell.
  std::vector<RowPiece> row{};
  friend bool operator==(const ListingPart&, const ListingPart&) = default;
};

struct Listing {
  std::vector<ListingPart> parts;  ///< one at least

  /// What is made of the key, each once.
  [[nodiscard]] std::vector<KeyForm> forms() const;
  /// KeyForm::worth() of the part that tells least.
  [[nodiscard]] int worth() const;
};

/// The columns of a table; nullptr: not known. It tells whose an unqualified column is where several tables are read.
using ColumnsOf = std::function<const std::vector<std::string>*(std::string_view schema, std::string_view table)>;

/// `text`: a query template's. Error: nothing can be told; the detail names the very piece.
[[nodiscard]] Result<Listing> listing_of(std::string_view text, const ColumnsOf& columns_of = {});

}  // namespace maproom::query
