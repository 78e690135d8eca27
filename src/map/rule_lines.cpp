#include "maproom/map/rule_lines.hpp"

#include <algorithm>

#include "maproom/core/fold.hpp"
#include "maproom/core/logical_lines.hpp"

namespace maproom::map {

bool is_space(char c) { return white_space.find(c) != std::string_view::npos; }

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string_view without_leading_space(std::string_view text) {
  const auto begin = text.find_first_not_of(white_space);
  return begin == std::string_view::npos ? std::string_view{} : text.substr(begin);
}

bool begins_with_word(std::string_view line, std::string_view word) {
  return equals_ignoring_ascii_case(line.substr(0, word.size()), word) &&
         (line.size() == word.size() || !is_alphanumeric(line[word.size()]));
}

bool take_negation(std::string_view& text) {
  bool negated = false;
  std::size_t at = 0;
  for (; at < text.size() && (text[at] == '!' || is_space(text[at])); ++at)
    if (text[at] == '!') negated = !negated;
  text.remove_prefix(at);
  return negated;
}

std::string warning_of(std::size_t line, std::string_view what) {
  return "line " + std::to_string(line) + ": " + std::string{what};
}

void for_each_rule_line(std::string_view text, std::vector<std::string>& warnings, const ReadRuleLine& read) {
  const auto lines = logical_lines(text);
  if (lines.stray)
    warnings.push_back(warning_of(*lines.stray, "begins with white space but continues nothing; it is ignored"));
  for (const auto& line : lines.all) {
    const auto nul = line.text.find('\0');
    if (nul != std::string::npos)
      warnings.push_back(warning_of(line.number, "has a NUL byte; what stands behind it is ignored"));
    read(std::string_view{line.text}.substr(0, nul), line.number);
  }
}

}  // namespace maproom::map
