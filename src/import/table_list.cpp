#include "maproom/import/table_list.hpp"

#include <algorithm>
#include <array>

#include "maproom/core/fold.hpp"
#include "maproom/core/logical_lines.hpp"
#include "maproom/import/words.hpp"
#include "maproom/map/text_table.hpp"

namespace maproom::imports {
namespace {

// Made by postmap(1) from a text file of the same name (DATABASE_README); texthash: is that file itself.
constexpr auto made_of_text =
    std::to_array<std::string_view>({"btree", "cdb", "dbm", "hash", "lmdb", "sdbm", "texthash"});

bool is_type(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<map::FileKind> pattern_kind(std::string_view type) {
  for (const auto kind : {map::FileKind::cidr, map::FileKind::regexp, map::FileKind::pcre})
    if (type == to_string(kind)) return kind;
  return std::nullopt;
}

}  // namespace

TableWord table_word(std::string_view word) {
  TableWord table;
  if (word.starts_with("proxy:")) word.remove_prefix(6);
  const auto colon = word.find(':');
  // Not the colon of an IPv6 address, nor that of an address or a host with its port.
  if (colon == std::string_view::npos || !is_type(word.substr(0, colon)) || word.starts_with('[')) return table;
  table.type = word.substr(0, colon);
  table.path = word.substr(colon + 1);
  if (table.type == "mysql")
    table.kind = TableWord::Kind::sql;
  else if (std::find(made_of_text.begin(), made_of_text.end(), table.type) != made_of_text.end())
    table.kind = TableWord::Kind::text;
  else if (table.type == "inline")
    table.kind = TableWord::Kind::inline_text;
  else if (table.type == "static")
    table.kind = TableWord::Kind::one_value;
  else if (const auto kind = pattern_kind(table.type)) {
    table.kind = TableWord::Kind::pattern;
    table.file_kind = *kind;
  } else
    table.kind = TableWord::Kind::other;
  return table;
}

bool names_sql(std::string_view text) { return text.find("mysql:") != std::string_view::npos; }

std::string_view why_not(std::string_view type) {
  if (type == "unionmap") return "it joins the answers of several tables, while a map gives the first one's";
  if (type == "pipemap")
    return "it asks one table for another's answer, while a map asks all of its tables for the key";
  if (type == "randmap") return "it answers at random, while a map's answers are kept and given again";
  return "Maproom has no such tables";
}

Result<std::string> static_as_rule(std::string_view value) {
  if (value.starts_with('{')) {
    const auto inner = within_braces(value);
    if (!inner) return fail(Errc::invalid, "expected { value }");
    value = *inner;
  }
  if (trim(value) != value || value.empty() || !is_valid_utf8(value))
    return fail(Errc::invalid, "a value that has no form in a pattern table");
  std::string rule = "/^/ ";
  for (const char c : value) rule += c == '$' ? std::string{"$$"} : std::string{c};
  return rule + "\n";
}

Result<std::string> inline_as_rules(std::string_view rules) {
  const auto inner = within_braces(rules);
  if (!inner) return fail(Errc::invalid, "expected { {rule}, {rule} ... }");
  std::string text;
  for (const auto& word : split_words(*inner)) {
    const auto rule = within_braces(word.text);
    if (!rule) return fail(Errc::invalid, "a rule without braces around it");
    text += std::string{*rule} + "\n";
  }
  return text;
}

Result<std::string> inline_as_text(std::string_view entries) {
  const auto inner = within_braces(entries);
  if (!inner) return fail(Errc::invalid, "expected inline:{ name=value, ... }");
  std::string text;
  std::vector<std::string> keys;
  for (const auto& word : split_words(*inner)) {
    const auto entry = within_braces(word.text).value_or(word.text);
    const auto equals = entry.find('=');
    const auto key = trim(entry.substr(0, equals));
    if (equals == std::string_view::npos || key.empty())
      return fail(Errc::invalid, "an entry that is not of the form name=value");
    const auto value = trim(entry.substr(equals + 1));
    const auto line = std::string{key} + " " + std::string{value} + "\n";
    if (!is_valid_utf8(line)) return fail(Errc::invalid, "an entry that is not UTF-8");
    // The judge of what a line means is the reader of such files; where the two differ the entry has no line.
    const auto read = map::TextTable::parse(line, true);
    const auto* const found = read.find(fold(key, true));
    if (found == nullptr || *found != value || read.size() != 1 || !read.warnings().empty())
      return fail(Errc::invalid, "an entry, \"" + std::string{key} + "\", that has no form in a text table");
    auto folded = fold(key, true);
    if (std::find(keys.begin(), keys.end(), folded) != keys.end())
      return fail(Errc::invalid, "two entries for \"" + std::string{key} + "\"");
    keys.push_back(std::move(folded));
    text += line;
  }
  if (text.empty()) return fail(Errc::invalid, "an inline: table without entries");
  return text;
}

WordList::WordList(const std::string& raw, const std::string& value, const PostfixParameters& parameters) {
  const auto read = [&](const std::string& list, bool expand) {
    parts_.clear();
    words_.clear();
    std::size_t before = 0;
    for (const auto& part : split_words(list)) {
      const bool comma = std::string_view{list}.substr(before, part.at - before).find(',') != std::string_view::npos;
      before = part.at + part.text.size();
      const auto begin = words_.size();
      if (expand) {
        const auto expanded = parameters.expand(part.text);
        if (!expanded) return;  // then the words are not those of `value`
        for (auto& word : split_words(expanded->text)) words_.push_back(std::move(word.text));
      } else {
        words_.push_back(part.text);
      }
      parts_.push_back({part.text, comma, begin, words_.size()});
    }
  };
  read(raw, true);
  std::vector<std::string> whole;
  for (auto& word : split_words(value)) whole.push_back(std::move(word.text));
  if (words_ != whole) read(value, false);
  changed_.resize(words_.size());
}

std::string single_spaced(std::string_view list) {
  std::string out;
  std::size_t before = 0;
  for (const auto& word : split_words(list)) {
    if (!out.empty()) out += list.substr(before, word.at - before).find(',') == std::string_view::npos ? " " : ", ";
    out += word.text;
    before = word.at + word.text.size();
  }
  return out;
}

void WordList::replace(std::size_t word, std::string by) { changed_.at(word) = std::move(by); }

std::string WordList::text() const {
  std::string out;
  const auto add = [&out](bool comma, const std::string& text) {
    if (!out.empty()) out += comma ? ", " : " ";
    out += text;
  };
  for (const auto& part : parts_) {
    const auto changed = [this](std::size_t i) { return changed_[i].has_value(); };
    bool any = false;
    for (auto i = part.begin; i < part.end; ++i) any = any || changed(i);
    if (!any) {
      add(part.comma, part.raw);
      continue;
    }
    bool comma = part.comma;
    for (auto i = part.begin; i < part.end; ++i) {
      const auto& word = changed(i) ? *changed_[i] : words_[i];
      if (word.empty()) continue;
      add(comma, word);
      comma = false;
    }
  }
  return out;
}

}  // namespace maproom::imports
