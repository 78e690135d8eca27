#include "maproom/import/words.hpp"

#include "maproom/core/logical_lines.hpp"

namespace maproom::imports {
namespace {

std::vector<Word> split(std::string_view text, std::string_view separators) {
  std::vector<Word> words;
  for (std::size_t at = text.find_first_not_of(separators); at != std::string_view::npos;) {
    std::size_t level = 0;
    auto end = at;
    for (; end < text.size(); ++end) {
      if (text[end] == '{')
        ++level;
      else if (text[end] == '}' && level > 0)
        --level;
      else if (level == 0 && separators.find(text[end]) != std::string_view::npos)
        break;
    }
    words.push_back({std::string{text.substr(at, end - at)}, at});
    at = text.find_first_not_of(separators, end);
  }
  return words;
}

}  // namespace

std::vector<Word> split_words(std::string_view list) { return split(list, ", \t\r\n"); }
std::vector<Word> split_fields(std::string_view line) { return split(line, " \t\r\n"); }

std::optional<std::string_view> within_braces(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return std::nullopt;
  std::size_t level = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++level;
    if (text[i] == '}' && --level == 0 && i + 1 < text.size()) return std::nullopt;  // "{a}{b}"
  }
  if (level != 0) return std::nullopt;
  return trim(text.substr(1, text.size() - 2));
}

}  // namespace maproom::imports
