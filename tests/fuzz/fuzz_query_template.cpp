// Templates and keys of any kind: a template that is taken gives, for every key and under every sql_mode that it can be
// bound under, a statement of the same shape as for a plain key; what stands outside of literals is the template's own,
// and a literal holds exactly the text that the template spells with the key's parts in their places.
// Input: the sql_mode, the template up to a NUL byte, then the key.

#include <algorithm>

#include "maproom/query/query_template.hpp"
#include "property.hpp"
#include "sql_tokens.hpp"

using namespace maproom::query;
using maproom::fuzz::require;
using maproom::fuzz::SqlToken;

namespace {

std::vector<SqlToken> tokens_of(const std::string& sql, SqlMode mode) {
  using namespace maproom::fuzz;
  return sql_tokens(sql, mode.no_backslash_escapes ? SqlEscapes::doubled_only : SqlEscapes::backslash,
                    mode.ansi_quotes ? DoubleQuotes::names : DoubleQuotes::literals);
}

/// A key of nothing but letters that has all parts, each unlike what templates hold.
constexpr std::string_view plain_key = "qqu@qq9.qq8.qq7.qq6.qq5.qq4.qq3.qq2.qq1";

/// The parts that the letters of a template name, found without the code under test.
std::vector<std::string> parts_of(std::string_view key) {
  std::vector<std::string> parts{std::string{key}};
  const auto sign = key.find_last_of('@');
  parts.emplace_back(sign == std::string_view::npos ? key : key.substr(0, sign));
  std::string domain{sign == std::string_view::npos ? std::string_view{} : key.substr(sign + 1)};
  parts.push_back(domain);
  std::vector<std::string> labels(1);
  for (const char c : domain) {
    if (c != '.')
      labels.back() += c;
    else if (!labels.back().empty())
      labels.emplace_back();
  }
  if (labels.back().empty()) labels.pop_back();
  std::reverse(labels.begin(), labels.end());
  labels.resize(9);
  parts.insert(parts.end(), labels.begin(), labels.end());
  return parts;
}

/// `text`, which the plain key gave, with each of that key's parts changed into `key`'s.
std::string with_key(const std::string& text, std::string_view key) {
  static const auto plain = parts_of(plain_key);
  const auto real = parts_of(key);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t part = 0;
    // The whole key first, then the domain, then the shorter ones: each begins unlike the others but for its length.
    std::size_t best = plain.size();
    for (; part < plain.size(); ++part)
      if (text.compare(at, plain[part].size(), plain[part]) == 0 &&
          (best == plain.size() || plain[part].size() > plain[best].size()))
        best = part;
    if (best == plain.size()) {
      out += text[at++];
    } else {
      out += real[best];
      at += plain[best].size();
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const SqlMode mode{(data[0] & 1) != 0, (data[0] & 2) != 0};
  auto key = maproom::fuzz::as_text(data + 1, size - 1);
  const auto nul = std::min(key.find('\0'), key.size());
  const std::string text{key.substr(0, nul)};
  key.remove_prefix(std::min(nul + 1, key.size()));

  const auto query = QueryTemplate::parse(text);
  if (!query) {
    require(!query.error().detail.empty(), "a refusal says why");
    return 0;
  }
  require(query->text() == text, "a template keeps its text");
  const auto usual = query->bind(plain_key, {});
  require(usual.has_value(), "a template that was taken can be bound under the default sql_mode");
  // Behind what servers read differently nobody can say whether quotes are closed, and no expansion stands there.
  const auto spells = [&](std::string_view word) { return text.find(word) != std::string::npos; };
  const bool certain = !spells("--") && !spells("/*!") && !spells("/*M!") && !spells("/*+");
  for (const auto& token : tokens_of(*usual, {}))
    require(!certain || (token.kind != 'L' && token.kind != 'I'), "quotes are closed under the default sql_mode");

  const auto plain = query->bind(plain_key, mode);
  if (!plain) {
    require(!query->bind("a", mode), "whether a template can be bound depends on the mode alone");
    return 0;
  }
  if (!query->needs().met_by(key) || key.empty()) return 0;
  const auto bound = query->bind(key, mode);
  require(bound.has_value(), "whether a template can be bound depends on the mode alone");

  // A template that itself spells a part of the plain key could not be told from an expansion.
  auto letters = text;
  std::erase(letters, '\\');
  const bool telling = letters.find("qq") == std::string::npos;
  const auto expected = tokens_of(*plain, mode);
  const auto actual = tokens_of(*bound, mode);
  require(expected.size() == actual.size(), "a key does not change the number of tokens");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    require(expected[i].kind == actual[i].kind, "a key does not change the kind of a token");
    // Under a mode other than the default one a literal may never be closed: then no key can close it either.
    if (expected[i].kind == 'l' || expected[i].kind == 'L') {
      if (telling)
        require(actual[i].text == with_key(expected[i].text, key), "a literal holds the key's parts and its own text");
    } else {
      require(expected[i].text == actual[i].text, "outside of literals the statement is the template's own");
    }
  }
  return 0;
}
