#include "maproom/core/logical_lines.hpp"

#include <algorithm>

namespace maproom {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

LogicalLines logical_lines(std::string_view text) {
  LogicalLines result;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    const auto content = trim(line);
    if (content.empty() || content.front() == '#') continue;
    if (white_space.find(line.front()) == std::string_view::npos) {
      result.all.push_back({std::string{line}, number});
    } else if (!result.all.empty()) {
      result.all.back().text += line;
    } else if (!result.stray) {
      result.stray = number;
    }
  }
  return result;
}

}  // namespace maproom
