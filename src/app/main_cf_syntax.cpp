#include "maproom/app/main_cf_syntax.hpp"

#include <algorithm>
#include <optional>

namespace maproom::app {
namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

Result<Definitions> parse_main_cf(std::string_view text) {
  Definitions result;
  std::string logical;
  std::size_t begun = 0;
  const auto finish = [&]() -> std::optional<Error> {
    if (logical.empty()) return std::nullopt;
    const auto line = "line " + std::to_string(begun) + ": ";
    const auto equals = logical.find('=');
    const auto name = trim(std::string_view{logical}.substr(0, equals));
    if (equals == std::string::npos || name.empty() || name.find_first_of(blanks) != std::string_view::npos)
      return fail(Errc::invalid, line + "is not of the form name = value");  // without the text: it may be a password
    Definition definition{std::string{trim(std::string_view{logical}.substr(equals + 1))}, begun};
    const auto [known, fresh] = result.all.insert_or_assign(std::string{name}, std::move(definition));
    if (!fresh) result.warnings.push_back(line + known->first + " is defined again; the last definition counts");
    logical.clear();
    return std::nullopt;
  };
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    const auto content = trim(line);
    if (content.empty() || content.front() == '#') continue;
    if (blanks.find(line.front()) != std::string_view::npos) {
      if (logical.empty())
        return fail(Errc::invalid,
                    "line " + std::to_string(number) + ": begins with white space but continues nothing");
      // Joined as it stands, without its line end.
      logical += line;
      if (logical.ends_with('\r')) logical.pop_back();
      continue;
    }
    if (auto error = finish()) return *error;
    logical = line;
    if (logical.ends_with('\r')) logical.pop_back();
    begun = number;
  }
  if (auto error = finish()) return *error;
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

}  // namespace maproom::app
