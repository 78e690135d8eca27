#pragma once
// FileTable: a table that is a file, of whatever type. Pure: gets the text, hands out values; who reads the file, and
// when again, is not its business.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "maproom/core/result.hpp"
#include "maproom/map/cidr_table.hpp"
#include "maproom/map/expression_table.hpp"
#include "maproom/map/text_table.hpp"

namespace maproom::map {

/// What the file holds.
enum class FileKind : std::uint8_t { text, cidr, regexp, pcre };

/// Postfix asks pattern tables the whole key alone, in the case that it came in.
[[nodiscard]] constexpr bool is_pattern(FileKind kind) { return kind != FileKind::text; }
/// As Postfix calls such a table; "text" for postmap(1)'s source format.
[[nodiscard]] std::string_view to_string(FileKind kind);

class FileTable {
 public:
  /// Error: "line N: ...": no table can be made of it (see ExpressionTable). `smtputf8_enable`: see TextTable; and
  /// values have to be UTF-8.
  [[nodiscard]] static Result<FileTable> parse(FileKind kind, std::string_view text, bool smtputf8_enable);

  /// The value of a key, folded unless this is a pattern table; never empty; nullptr: not found. Good until the next
  /// call, and as long as the table is. Error: it cannot be told, and Postfix would not take the value.
  [[nodiscard]] Result<const std::string*> find(const std::string& key) const;
  [[nodiscard]] std::size_t size() const;
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
  std::shared_ptr<const FileTable> table;  ///< null: not read yet, so that nobody knows what it says
};

}  // namespace maproom::map
