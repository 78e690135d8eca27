#include "indented_parameters.hpp"

#include <algorithm>

#include "maproom/core/logical_lines.hpp"

namespace maproom::config {

std::vector<Indented> indented_parameters(std::string_view text, std::span<const std::string_view> parameters) {
  std::vector<Indented> found;
  std::string last;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    const auto content = trim(line);
    if (content.empty() || content.front() == '#') continue;
    const std::string name{trim(content.substr(0, content.find('=')))};
    if (white_space.find(line.front()) == std::string_view::npos)
      last = name;
    else if (content.find('=') != std::string_view::npos &&
             std::find(parameters.begin(), parameters.end(), name) != parameters.end())
      found.push_back({number, name, last});
  }
  return found;
}

std::string blank_first(const Indented& each) {
  return "line " + std::to_string(each.line) + " begins with white space, so that " +
         (each.continues.empty() ? "Postfix ignores it"
                                 : "Postfix takes it for a part of the value of " + each.continues) +
         "; remove the white space before " + each.name;
}

}  // namespace maproom::config
