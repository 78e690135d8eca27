#include "maproom/backend/statement.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace maproom::backend {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

/// Takes one comment off the front; false: there is none, or one that the server executes, or one without an end.
bool skip_comment(std::string_view& text) {
  const bool dashes = text.starts_with("--") && (text.size() == 2 || is_blank(text[2]));
  if (text.starts_with('#') || dashes) {
    text.remove_prefix(std::min(text.find('\n'), text.size()));
    return true;
  }
  if (!text.starts_with("/*") || text.starts_with("/*!") || text.starts_with("/*M!")) return false;
  const auto end = text.find("*/", 2);
  if (end == std::string_view::npos) return false;
  text.remove_prefix(end + 2);
  return true;
}

}  // namespace

bool only_reads(std::string_view statement) {
  for (;;) {
    if (!statement.empty() && (is_blank(statement.front()) || statement.front() == '('))
      statement.remove_prefix(1);
    else if (!skip_comment(statement))
      break;
  }
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  const auto word = statement.substr(
      0, static_cast<std::size_t>(std::find_if_not(statement.begin(), statement.end(), is_letter) - statement.begin()));
  const auto same = [word](std::string_view known) {
    return std::equal(word.begin(), word.end(), known.begin(), known.end(),
                      [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; });
  };
  static constexpr auto readers = std::to_array<std::string_view>({"SELECT", "WITH", "VALUES", "SHOW"});
  return std::any_of(readers.begin(), readers.end(), same);
}

}  // namespace maproom::backend
