#pragma once
// Binlog events, from bytes to facts. Pure; reads bytes from outside, and never past their end.
//
// Only what the feed needs: where event groups begin and end, which tables they touch, the images of their rows. The
// layouts are those of MariaDB's sql/log_event.h (event format 4, header of 19 bytes, row events of version 1). What is
// not understood is said to be `Unclear`, and never skipped: the reader of these facts then drops more.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "maproom/feed/gtid.hpp"

namespace maproom::feed {

/// The table that following row events are about; they name it by its number.
struct TableMap {
  std::uint64_t id = 0;
  std::string database, table;
  std::string types;     ///< one byte for each column (enum_field_types)
  std::string metadata;  ///< as many bytes for each column as its type has
};

enum class RowKind : std::uint8_t { inserted, updated, deleted };

struct RowsEvent {
  std::uint64_t table_id = 0;
  RowKind kind{};
  std::uint64_t columns = 0;
  bool all_columns = false;  ///< both images hold every column (binlog_row_image=FULL)
  std::string images;        ///< see read_rows
};

struct GroupBegin {
  Gtid gtid;
  bool standalone = false;  ///< ends with its one statement: there is no COMMIT
  bool ddl = false;
  bool xa_prepare = false;   ///< the rows become visible with a later XA COMMIT, which does not repeat them
  bool xa_complete = false;  ///< that XA COMMIT, or an XA ROLLBACK
};

struct Query {
  std::string database;
  std::string statement;
};

struct GroupEnd {};    ///< XID_EVENT
struct XaPrepared {};  ///< XA_PREPARE_LOG_EVENT: ends the group of an XA PREPARE
struct Rotate {
  std::string file;
};  ///< the next file; comes also, made up by the server, before the first event
struct FileBegin {
  std::uint32_t created = 0, server = 0;
  bool at_start = false;  ///< the server began it when it started; not told where a stream begins in the file's middle
};                        ///< FORMAT_DESCRIPTION_EVENT
struct Nothing {};        ///< touches no row
struct Unclear {
  std::string what;
};  ///< may touch anything

using EventBody =
    std::variant<Nothing, GroupBegin, Query, TableMap, RowsEvent, GroupEnd, XaPrepared, Rotate, FileBegin, Unclear>;

struct BinlogEvent {
  std::uint64_t end = 0;  ///< the byte of the file behind it, modulo 2^32; 0: it stands in no file
  EventBody body;
};

/// `bytes`: from the event's header on, without its checksum.
[[nodiscard]] BinlogEvent parse_binlog_event(std::string_view bytes);

/// One image of a row: for each column its bytes as the binlog has them, nullopt: NULL. Two images with equal bytes
/// hold equal values; for CHAR, VARCHAR and TEXT the bytes are the text in the column's character set.
using RowImage = std::vector<std::optional<std::string>>;
struct RowChange {
  RowImage before, after;  ///< before: empty for an insert; after: empty for a delete
};

/// nullopt: the bytes do not fit the table (a type that is not known, another number of columns).
[[nodiscard]] std::optional<std::vector<RowChange>> read_rows(const TableMap& table, const RowsEvent& rows);

/// Is the column one of CHAR, VARCHAR, TEXT, whose bytes are its text?
[[nodiscard]] bool is_text(const TableMap& table, std::size_t column);

}  // namespace maproom::feed
