#pragma once
// A mysql_table(5) of the tests' own, written from Postfix's manual and docs/postfix-lookups.md section 6, and not from
// the code that it judges. It works on whole texts and knows no templates that are parsed once.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::test::reference {

struct MysqlTable {
  std::string query;
  std::string result_format = "%s";
  std::vector<std::string> domain;  ///< folded; "!name" turns the meaning round
  long expansion_limit = 0;
  bool require_result_set = true;
};

/// "user@domain" at its last '@'. No domain: there is no '@'.
struct Parts {
  std::string user;
  std::optional<std::string> domain;
  std::vector<std::string> labels;  ///< of the domain; the most significant one first
  explicit Parts(const std::string& text) : user{text} {
    const auto at = text.find_last_of('@');
    if (at == std::string::npos) return;
    user = text.substr(0, at);
    domain = text.substr(at + 1);
    std::string label;
    for (const char c : *domain + ".") {
      if (c != '.') {
        label += c;
      } else if (!label.empty()) {
        labels.insert(labels.begin(), std::exchange(label, {}));
      }
    }
  }
};

/// What a letter of a template stands for. nullopt: the text does not have it.
inline std::optional<std::string> part(const std::string& text, char letter) {
  const Parts parts{text};
  switch (letter) {
    case 's':
      return text;
    case 'u':
      if (parts.user.empty() && parts.domain) return std::nullopt;
      return parts.user;
    case 'd':
      if (!parts.domain || parts.domain->empty()) return std::nullopt;
      return parts.domain;
    default: {
      const auto number = static_cast<std::size_t>(letter - '0');
      if (number > parts.labels.size()) return std::nullopt;
      return parts.labels[number - 1];
    }
  }
}

inline bool is_expansion(char letter) {
  return std::string_view{"sudSUD123456789"}.find(letter) != std::string_view::npos;
}
inline char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

/// false: an unknown letter behind a '%', or none.
inline bool is_template(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%' && (++i == text.size() || (text[i] != '%' && !is_expansion(text[i])))) return false;
  return true;
}

/// Each letter through `expand`, which gets it and the text before it; nullopt, as soon as that says so.
template <class Expand>
std::optional<std::string> expanded(const std::string& text, const Expand& expand) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
    } else if (text[++i] == '%') {
      out += '%';
    } else {
      const auto value = expand(text[i], out);
      if (!value) return std::nullopt;
      out += *value;
    }
  }
  return out;
}

/// mysql_real_escape_string(), of a connection with MariaDB's default sql_mode or with NO_BACKSLASH_ESCAPES.
inline std::string escaped(const std::string& text, bool backslashes) {
  std::string out;
  for (const char c : text) {
    const std::string_view from{"\0\n\r\x1a\\'\"", 7};
    const auto at = from.find(c);
    if (!backslashes)
      out += c == '\'' ? "''" : std::string(1, c);
    else if (at == std::string_view::npos)
      out += c;
    else
      out += {'\\', "0nrZ\\'\""[at]};
  }
  return out;
}

/// The statement for a folded key; nullopt: it is not sent, which is "not found".
inline std::optional<std::string> statement(const MysqlTable& table, const std::string& key, bool backslashes = true) {
  if (key.empty()) return std::nullopt;
  const Parts parts{key};
  if (!table.domain.empty()) {
    if (parts.user.empty() || !parts.domain || parts.domain->empty()) return std::nullopt;
    const auto names = [&](const std::string& entry) {
      return entry.substr(std::min(entry.find_first_not_of('!'), entry.size())) == *parts.domain;
    };
    const auto first = std::find_if(table.domain.begin(), table.domain.end(), names);
    if (first == table.domain.end() || first->find_first_not_of('!') % 2 != 0) return std::nullopt;
  }
  // Whether the result template's own letters of the key can be had is known before the query.
  const auto of_key = expanded(table.result_format, [&](char letter, const std::string&) {
    return lower(letter) == letter && (letter < '1' || letter > '9') ? std::string{} : part(key, lower(letter));
  });
  if (!of_key) return std::nullopt;
  return expanded(table.query, [&](char letter, const std::string&) -> std::optional<std::string> {
    const auto text = part(key, lower(letter));
    if (!text) return std::nullopt;
    return escaped(*text, backslashes);
  });
}

struct Outcome {
  enum class Kind { value, not_found, error } kind = Kind::not_found;
  std::string value;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// Of a query that was sent. `utf8`: whether a value is. No rows at all: no result set.
template <class IsUtf8>
Outcome outcome(const MysqlTable& table, const std::string& key, const std::optional<Rows>& rows,
                const IsUtf8& is_utf8) {
  if (!rows) return {table.require_result_set ? Outcome::Kind::error : Outcome::Kind::not_found, {}};
  std::vector<std::string> values;
  for (const auto& row : *rows)
    for (const auto& column : row) {
      const auto text = column ? column->substr(0, column->find('\0')) : std::string{};
      if (text.empty()) continue;
      const auto value = expanded(table.result_format, [&](char letter, const std::string&) {
        return part(letter == 's' || letter == 'u' || letter == 'd' ? text : key, lower(letter));
      });
      if (value) values.push_back(*value);
    }
  if (table.expansion_limit > 0 && static_cast<long>(values.size()) > table.expansion_limit)
    return {Outcome::Kind::error, {}};
  std::string all;
  for (const auto& value : values) all += (all.empty() ? "" : ",") + value;
  if (all.empty()) return {Outcome::Kind::not_found, {}};
  if (!is_utf8(all)) return {Outcome::Kind::error, {}};
  return {Outcome::Kind::value, all};
}

}  // namespace maproom::test::reference
