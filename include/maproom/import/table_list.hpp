#pragma once
// The tables that a parameter of main.cf names: "proxy:mysql:/etc/postfix/x.cf", "hash:/etc/postfix/virtual",
// "inline:{ a=b }". Pure.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/import/postfix_parameters.hpp"
#include "maproom/map/file_kind.hpp"

namespace maproom::imports {

struct TableWord {
  enum class Kind {
    sql,          ///< mysql: or proxy:mysql:
    text,         ///< hash: and its like: made by postmap(1) from a text file, which `path` names
    inline_text,  ///< inline:, whose entries are the `path`
    one_value,    ///< static:, whose value is the `path`
    pattern,      ///< cidr:, regexp: or pcre:, whose file, or rules between braces, is the `path`
    other,        ///< another table
    plain,        ///< no table: a name, a network, a file of names, a restriction
  } kind = Kind::plain;
  std::string type;  ///< without proxy:
  std::string path;
  map::FileKind file_kind = map::FileKind::text;
};

[[nodiscard]] TableWord table_word(std::string_view word);
/// Also where Postfix would find it inside another table (unionmap:, pipemap:, !mysql:).
[[nodiscard]] bool names_sql(std::string_view text);

/// Why a table of this type cannot become one of Maproom's.
[[nodiscard]] std::string_view why_not(std::string_view type);

/// The rules between the braces of "pcre:{ {rule}, {rule} }" as the lines of a file. Error: Postfix would refuse them.
[[nodiscard]] Result<std::string> inline_as_rules(std::string_view rules);
/// "static:VALUE" as the line of a pcre: table: it has a value for the whole key, which is asked first, so that no part
/// is asked for either. Error: a value that no such line can hold.
[[nodiscard]] Result<std::string> static_as_rule(std::string_view value);
/// The entries of an inline: table as lines of a text table. Error: an entry that a text table cannot hold.
[[nodiscard]] Result<std::string> inline_as_text(std::string_view entries);

/// The list as it is, with ", " or one blank between its words: what continuation lines leave is hard to read.
[[nodiscard]] std::string single_spaced(std::string_view list);

/// A list whose words can be changed one by one, while the rest stays as it was written.
class WordList {
 public:
  /// The words of `raw`, expanded; where a reference stands for several, they are taken apart only if one of them
  /// changes. `value`: the whole list expanded, which counts if the parts do not add up to it.
  WordList(const std::string& raw, const std::string& value, const PostfixParameters& parameters);

  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }
  void replace(std::size_t word, std::string by);
  void remove(std::size_t word) { replace(word, {}); }
  /// With the changes, and single blanks.
  [[nodiscard]] std::string text() const;

 private:
  struct Part {
    std::string raw;
    bool comma = false;  ///< before it
    std::size_t begin = 0, end = 0;
  };
  std::vector<Part> parts_;
  std::vector<std::string> words_;
  std::vector<std::optional<std::string>> changed_;
};

}  // namespace maproom::imports
