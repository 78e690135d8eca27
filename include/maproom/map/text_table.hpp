#pragma once
// TextTable: a table in postmap(1)'s source format, held in memory as Postfix's texthash: holds it (Postfix 3.7
// util/dict_thash.c). Pure: gets the text, hands out values by folded key; who reads the file, and when again, is not
// its business.
//
// "key value", split at the first white space that is not within double quotes; the quotes stay part of the key, so
// that it is spelled as Postfix asks for it. What texthash: ignores with a warning is ignored here with a warning: a
// line without a value, with quotes left open, or (with smtputf8_enable) not UTF-8; the second of two equal keys.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace maproom::map {

class TextTable {
 public:
  /// Never fails: each line that cannot be used is one of the warnings. `smtputf8_enable`: how keys are folded.
  [[nodiscard]] static TextTable parse(std::string_view text, bool smtputf8_enable);

  /// The value of a folded key, never empty; nullptr: not found. Good as long as the table is.
  [[nodiscard]] const std::string* find(std::string_view folded_key) const;
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  /// "line N: ...", in the file's order. They do not quote the line, which may hold a password.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> values_;
  std::vector<std::string> warnings_;
};

}  // namespace maproom::map
