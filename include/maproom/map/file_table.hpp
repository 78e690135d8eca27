#pragma once
// FileTable: a table that is a file, of whatever type. Pure: gets the text, hands out values; who reads the file, and
// when again, is not its business.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/map/cidr_table.hpp"
#include "maproom/map/expression_table.hpp"
#include "maproom/map/file_kind.hpp"
#include "maproom/map/text_table.hpp"

namespace maproom::map {

class FileTable {
 public:
  /// Error: "line N: ...": no table can be made of it (see ExpressionTable). `smtputf8_enable`: see TextTable; and
  /// values have to be UTF-8.
  [[nodiscard]] static Result<FileTable> parse(FileKind kind, std::string_view text, bool smtputf8_enable);

  /// The value of a key, folded unless this is a pattern table; never empty; nullptr: not found. Good until the next
  /// call, and as long as the table is. Error: it cannot be told, and Postfix would not take the value.
  [[nodiscard]] Result<const std::string*> find(const std::string& key, const OutOfTime& out_of_time = {}) const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool substitutes() const;  ///< see ExpressionTable
  /// "line N: ...", in the file's order. They do not quote the line, which may hold a password.
  [[nodiscard]] const std::vector<std::string>& warnings() const;

 private:
  using Lines = std::variant<TextTable, CidrTable, ExpressionTable>;
  FileTable(Lines lines, bool smtputf8_enable) : lines_{std::move(lines)}, smtputf8_enable_{smtputf8_enable} {}
  Lines lines_;
  bool smtputf8_enable_;
};

/// What the file of a table says at present; shared by the map and whoever reads the file again.
struct CurrentFile {
  FileKind kind = FileKind::text;
  std::shared_ptr<const FileTable> table;  ///< null: not read yet, so that nobody knows what it says
};

}  // namespace maproom::map
