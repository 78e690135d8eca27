#include "maproom/feed/statement.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace maproom::feed {
namespace {

constexpr std::string_view blanks = " \t\r\n";

/// The statement is this one, and nothing else stands in it.
template <std::size_t N>
bool is_one_of(const std::string& words, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), words) != list.end();
}

template <std::size_t N>
bool begins_with_one_of(const std::string& words, const std::array<std::string_view, N>& list) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view each) {
    return words == each || (words.starts_with(each) && words[each.size()] == ' ');
  });
}

// As the server itself writes them. A BEGIN of more words begins a compound statement.
constexpr std::array<std::string_view, 2> beginnings{"BEGIN", "START TRANSACTION"};
constexpr std::array<std::string_view, 2> ends{"COMMIT", "ROLLBACK"};

// DROP TEMPORARY TABLE in both of the server's own spellings (sql/temporary_tables.cc, sql/sql_table.cc).
constexpr std::array<std::string_view, 5> harmless{"SAVEPOINT", "ROLLBACK TO", "ANALYZE TABLE", "DROP TEMPORARY TABLE",
                                                   "DROP /*!40005 TEMPORARY */ TABLE"};
// FLUSH takes a list, and TABLES in it shows what was copied in.
constexpr std::array<std::string_view, 3> harmless_whole{"FLUSH STATUS", "FLUSH HOSTS", "FLUSH USER_RESOURCES"};

// Those about accounts matter here: who locks the daemon out must not empty its caches too.
constexpr std::array<std::string_view, 13> about_rights{
    "GRANT",     "REVOKE",       "CREATE USER", "CREATE OR REPLACE USER", "ALTER USER", "RENAME USER",
    "DROP USER", "SET PASSWORD", "CREATE ROLE", "CREATE OR REPLACE ROLE", "DROP ROLE",  "SET DEFAULT ROLE",
    "SET ROLE"};
constexpr std::array<std::string_view, 1> about_rights_whole{"FLUSH PRIVILEGES"};

constexpr std::array<std::string_view, 5> row_verbs{"INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD"};

}  // namespace

std::string first_words(std::string_view statement, int count) {
  std::string words;
  for (std::size_t i = 0; i < statement.size() && count > 0; --count) {
    const auto begin = statement.find_first_not_of(blanks, i);
    if (begin == std::string_view::npos) break;
    const auto end = std::min(statement.find_first_of(blanks, begin), statement.size());
    if (!words.empty()) words += ' ';
    for (const char c : statement.substr(begin, end - begin))
      words += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    i = end;
  }
  return words;
}

StatementKind kind_of(std::string_view statement) {
  // One more than any entry has, so that a whole statement can be told from a longer one.
  const auto words = first_words(statement, 5);
  if (is_one_of(words, beginnings)) return StatementKind::nothing;
  if (is_one_of(words, ends)) return StatementKind::end;
  const auto verb = first_words(statement, 1);
  if (verb == "XA") return StatementKind::xa;
  if (begins_with_one_of(words, harmless) || is_one_of(words, harmless_whole)) return StatementKind::nothing;
  if (begins_with_one_of(words, about_rights) || is_one_of(words, about_rights_whole)) return StatementKind::rights;
  if (std::find(row_verbs.begin(), row_verbs.end(), verb) != row_verbs.end()) return StatementKind::rows;
  return StatementKind::everything;
}

}  // namespace maproom::feed
