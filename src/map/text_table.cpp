#include "maproom/map/text_table.hpp"

#include "maproom/core/fold.hpp"
#include "maproom/core/logical_lines.hpp"

namespace maproom::map {
namespace {

struct KeyEnd {
  std::size_t at;
  bool in_quotes;  ///< the line ended before the quotes did
};

/// Where the key of a line ends: a backslash takes the next byte along, and quotes protect white space.
KeyEnd end_of_key(std::string_view line) {
  bool in_quotes = false;
  std::size_t i = 0;
  for (; i < line.size(); ++i) {
    if (line[i] == '\\') {
      if (++i == line.size()) break;
    } else if (line[i] == '"') {
      in_quotes = !in_quotes;
    } else if (!in_quotes && white_space.find(line[i]) != std::string_view::npos) {
      break;
    }
  }
  return {i, in_quotes};
}

}  // namespace

TextTable TextTable::parse(std::string_view text, bool smtputf8_enable) {
  TextTable table;
  const auto warn = [&](std::size_t number, std::string_view what) {
    table.warnings_.push_back("line " + std::to_string(number) + ": " + std::string{what});
  };
  const auto lines = logical_lines(text);
  if (lines.stray) warn(*lines.stray, "begins with white space but continues nothing; it is ignored");
  for (const auto& logical : lines.all) {
    // Postfix's text tables work with C strings.
    const auto line = std::string_view{logical.text}.substr(0, logical.text.find('\0'));
    if (smtputf8_enable && !is_valid_utf8(line)) {
      warn(logical.number, "is not valid UTF-8; it is ignored");
      continue;
    }
    const auto end = end_of_key(line);
    if (end.in_quotes) {
      warn(logical.number, "a double quote is never closed; the line is ignored");
      continue;
    }
    const auto key = line.substr(0, end.at);
    const auto value = trim(line.substr(end.at));
    if (key.empty() || value.empty()) {
      warn(logical.number, "expected a key, white space and a value; the line is ignored");
      continue;
    }
    if (key.ends_with(':')) warn(logical.number, "the key ends with a colon; is this an aliases(5) file?");
    if (!table.values_.emplace(fold(key, smtputf8_enable), value).second)
      warn(logical.number, "the key was there before; the first value counts");
  }
  return table;
}

const std::string* TextTable::find(std::string_view folded_key) const {
  const auto found = values_.find(folded_key);
  return found == values_.end() ? nullptr : &found->second;
}

}  // namespace maproom::map
