#include "maproom/backend/rights.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace maproom::backend {
namespace {

constexpr std::array<std::string_view, 4> needed{"USAGE", "SELECT", "EXECUTE", "SHOW VIEW"};
/// The second one is also called by its name from before MariaDB 10.5.
constexpr std::array<std::string_view, 3> needed_by_the_feed{"REPLICATION SLAVE", "BINLOG MONITOR",
                                                             "REPLICATION CLIENT"};

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Behind the quoted name or literal that begins here; a quote in it is doubled.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] != quote) continue;
    if (at + 1 == text.size() || text[at + 1] != quote) return at + 1;
    ++at;
  }
  return at;
}

/// Where `word` stands outside quotes and parentheses, or npos. One pass over the text.
std::size_t find_outside(std::string_view text, std::string_view word, std::size_t at) {
  for (int depth = 0; at < text.size();) {
    if (depth == 0 && text.substr(at, word.size()) == word) return at;
    if (text[at] == '`' || text[at] == '\'' || text[at] == '"') {
      at = end_of_quoted(text, at);
      continue;
    }
    if (text[at] == '(') ++depth;
    if (text[at] == ')') --depth;
    ++at;
  }
  return std::string_view::npos;
}

struct Grant {
  std::vector<std::string_view> rights;
  std::string_view object;  ///< `mail`.*, PROCEDURE `mail`.`p`
  bool may_pass_on = false;
};

std::optional<Grant> read_grant(std::string_view line) {
  constexpr std::string_view begin = "GRANT ", on = " ON ", to = " TO ", pass_on = " WITH GRANT OPTION";
  if (!line.starts_with(begin)) return std::nullopt;
  const auto on_at = find_outside(line, on, begin.size() - 1);
  if (on_at == std::string_view::npos) return std::nullopt;  // a role: what it may do has lines of its own
  const auto to_at = find_outside(line, to, on_at + on.size() - 1);
  if (to_at == std::string_view::npos) return std::nullopt;
  Grant grant;
  const auto rights = line.substr(begin.size(), on_at - begin.size());
  for (std::size_t at = 0; at < rights.size();) {
    const auto end = std::min(find_outside(rights, ", ", at), rights.size());
    grant.rights.push_back(rights.substr(at, end - at));
    at = end + 2;
  }
  grant.object = line.substr(on_at + on.size(), to_at - on_at - on.size());
  grant.may_pass_on = find_outside(line, pass_on, to_at + to.size()) != std::string_view::npos;
  return grant;
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const auto word : words) text += (text.empty() ? "" : ", ") + std::string{word};
  return text;
}

}  // namespace

std::string excess_rights(const std::vector<std::string>& grants, bool follows) {
  std::string excess;
  for (const auto& line : grants) {
    const auto grant = read_grant(line);
    if (!grant) continue;
    const bool everywhere = grant->object == "*.*";
    std::vector<std::string_view> too_many;
    for (const auto right : grant->rights) {
      const auto name = right.substr(0, right.find(" ("));  // of columns
      if (is_one_of(name, needed) && !(name == "SELECT" && everywhere)) continue;
      if (follows && is_one_of(name, needed_by_the_feed)) continue;
      too_many.push_back(right);
    }
    if (grant->may_pass_on) too_many.emplace_back("GRANT OPTION");
    if (too_many.empty()) continue;
    excess += (excess.empty() ? "" : "; ") + joined(too_many) + " ON " + std::string{grant->object};
  }
  return excess;
}

}  // namespace maproom::backend
