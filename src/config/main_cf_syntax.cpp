#include "maproom/config/main_cf_syntax.hpp"

#include <algorithm>

#include "maproom/core/logical_lines.hpp"

namespace maproom::config {

Result<Definitions> parse_main_cf(std::string_view text) {
  Definitions result;
  const auto lines = logical_lines(text);
  if (lines.stray)
    result.warnings.push_back("line " + std::to_string(*lines.stray) +
                              ": begins with white space but continues nothing; it is ignored, as Postfix does");
  for (const auto& logical : lines.all) {
    const auto line = "line " + std::to_string(logical.number) + ": ";
    const auto equals = logical.text.find('=');
    const auto name = trim(std::string_view{logical.text}.substr(0, equals));
    if (equals == std::string::npos || name.empty() || name.find_first_of(white_space) != std::string_view::npos)
      return fail(Errc::invalid, line + "is not of the form name = value");  // without the text: it may be a password
    Definition definition{std::string{trim(std::string_view{logical.text}.substr(equals + 1))}, logical.number};
    const auto [known, fresh] = result.all.insert_or_assign(std::string{name}, std::move(definition));
    if (!fresh) result.warnings.push_back(line + known->first + " is defined again; the last definition counts");
  }
  return result;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> words;
  constexpr std::string_view separators = ", \t\r\n";
  for (std::size_t at = text.find_first_not_of(separators); at != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(separators, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(separators, end);
  }
  return words;
}

}  // namespace maproom::config
