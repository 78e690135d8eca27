#pragma once
// Watch: what a table definition's query reads, and so which changes touch which of its answers. Pure.
//
// Found without understanding SQL, by a rule that can only err to the safe side: a SELECT reads no table and no column
// whose name does not stand in its text. So every name of the database's tables and columns that occurs as a word of
// the query counts as read; "*" and NATURAL read all columns. Names that are no plain words count as always read. A
// view, a stored routine or a statement other than SELECT may read anything. (EXPLAIN cannot tell: it names no table
// when the optimizer proves the result empty.)

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/feed/foreign_keys.hpp"
#include "maproom/feed/group.hpp"
#include "maproom/query/listing.hpp"

namespace maproom::feed {

/// What information_schema says, as the user sees it whom the query runs as.
struct Schema {
  struct Column {
    std::string name;
    /// CHAR, VARCHAR, TEXT in a character set that writes ASCII as ASCII, and a collation under which two printable
    /// ASCII characters are equal at most if they are so ignoring case. (Lithuanian ones take i for y, Roman ones i for
    /// j.)
    bool text = false;
    bool odd_text = false;   ///< of characters, and not that
    bool generated = false;  ///< its value may not stand in the binlog
  };
  struct Table {
    std::string database, name;
    std::string kind;    ///< TABLE_TYPE
    std::string engine;  ///< empty: none
    std::vector<Column> columns;
    bool partly = false;  ///< only some of its columns may be read; then its foreign keys are not all to be seen either
  };
  std::vector<Table> tables;
  std::vector<ForeignKey> foreign_keys;
  std::vector<std::string> routines;
};

/// nullptr: there is none.
[[nodiscard]] const Schema::Table* table_of(const Schema& schema, std::string_view database, std::string_view name);

/// Rows of this table belong to the key that stands in this column: from the query's shape, or declared.
struct KeyColumn {
  std::string table, column;
  friend bool operator==(const KeyColumn&, const KeyColumn&) = default;
};

/// The text that a row has for a key: columns' values and texts, joined.
struct RowKey {
  struct Piece {
    std::optional<std::size_t> column;
    std::string text{};
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  std::vector<Piece> pieces;
  friend bool operator==(const RowKey&, const RowKey&) = default;
};

struct ReadTable {
  std::string database, name;
  std::size_t columns = 0;
  std::vector<std::size_t> read;  ///< the columns that the query may read
  std::vector<RowKey> keys;       ///< what a row has for keys; none: that is not known
  friend bool operator==(const ReadTable&, const ReadTable&) = default;
};

struct Watch {
  bool anything = true;    ///< what it reads is not known: any change may touch any key
  bool timeless = false;   ///< its answers change by changes in the database alone
  bool odd_text = false;   ///< it may compare texts in a way that cannot be judged
  bool snapshots = false;  ///< its tables are InnoDB's: one snapshot shows one moment of them
  std::string why;         ///< not timeless, or anything: for people
  std::string through;     ///< the view or routine that makes it read anything
  std::vector<ReadTable> tables;
  std::vector<Parent> parents;  ///< of the tables' rows
  friend bool operator==(const Watch&, const Watch&) = default;
};

/// `database`: the query's default one.
[[nodiscard]] Watch watch_of(std::string_view query, std::string_view database, const Schema& schema,
                             const std::vector<KeyColumn>& keys);

/// The watch of a definition that was watched as `before` until now. What was seen then and is not to be seen now stays
/// watched: a connection that was opened before may still read it (a role that is no longer the default one).
[[nodiscard]] Watch with_what_was_seen(Watch now, const Watch& before);

/// Of a derived listing, which names what it reads. `anything`: its keys cannot be listed, and why.
[[nodiscard]] Watch watch_of(const query::Listing& listing, std::string_view database, const Schema& schema);

/// What a change does to the answers of a watched definition.
struct Effect {
  bool all = false;
  std::vector<std::string> keys;  ///< what the rows have for keys
};
[[nodiscard]] Effect effect_of(const Watch& watch, const Change& change);

}  // namespace maproom::feed
