#include "maproom/map/expression_table.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "maproom/core/logical_lines.hpp"
#include "maproom/map/rule_lines.hpp"

namespace maproom::map {

/// Takes the table line by line.
class ExpressionTable::Reader {
 public:
  Reader(Syntax syntax, ExpressionTable& table) : syntax_{syntax}, table_{table} {}

  void line(std::string_view text, std::size_t number) {
    number_ = number;
    text = text.substr(0, text.find_last_not_of(white_space) + 1);
    if (text.empty()) return;
    Rule rule;
    rule.line = number;
    if (!is_alphanumeric(text.front())) {
      if (!read_answer(text, rule)) return;
    } else if (begins_with_word(text, "if")) {
      rule.does = Does::begin_if;
      if (!read_if(text.substr(2), rule)) return;
      open_.push_back(table_.rules_.size());
    } else if (begins_with_word(text, "endif")) {
      rule.does = Does::end_if;
      if (open_.empty()) return skip("an ENDIF without IF");
      if (!without_leading_space(text.substr(5)).empty()) warn("something behind ENDIF");
      table_.rules_[open_.back()].end = table_.rules_.size();
      open_.pop_back();
    } else {
      return skip("expected an expression between slashes, IF or ENDIF");
    }
    table_.rules_.push_back(std::move(rule));
  }
  void end() {
    for (; !open_.empty(); open_.pop_back())
      table_.warnings_.push_back(warning_of(table_.rules_[open_.back()].line, "an IF without ENDIF"));
  }
  std::optional<Error> error;

 private:
  struct Source {
    std::string_view text;
    bool negated = false;
    PosixFlags posix;
    PcreFlags pcre;
  };

  void warn(std::string_view what) { table_.warnings_.push_back(warning_of(number_, what)); }
  void skip(std::string_view what) { warn(std::string{what} + "; the line is ignored"); }

  /// "! /text/flags", with any delimiter; takes it off the front.
  std::optional<Source> take_source(std::string_view& line) {
    Source source;
    source.negated = take_negation(line);
    if (line.empty()) {
      skip("no expression");
      return std::nullopt;
    }
    const char delimiter = line.front();
    std::size_t end = 1;
    while (end < line.size() && (line[end] == '\\' || line[end] != delimiter)) {
      // A backslash at the line's end closes regexp's expression, as its reader has it.
      if (line[end] == '\\' && end + 1 == line.size() && syntax_ == Syntax::regexp) break;
      end += line[end] == '\\' ? 2 : 1;
    }
    if (end >= line.size()) {
      skip("an expression that is never closed");
      return std::nullopt;
    }
    source.text = line.substr(1, end - 1);
    line.remove_prefix(end + 1);
    for (; !line.empty() && !is_space(line.front()); line.remove_prefix(1)) {
      if (syntax_ == Syntax::regexp && line.front() == '!') break;
      if (!take_flag(line.front(), source)) {
        skip("an unknown flag behind the expression");
        return std::nullopt;
      }
    }
    return source;
  }

  bool take_flag(char letter, Source& source) {
    bool* flag = nullptr;
    if (syntax_ == Syntax::regexp) {
      flag = letter == 'i'   ? &source.posix.ignore_case
             : letter == 'm' ? &source.posix.newlines
             : letter == 'x' ? &source.posix.extended
                             : nullptr;
    } else {
      if (letter == 'X') {
        warn("the flag X means nothing any more");
        return true;
      }
      flag = letter == 'i'   ? &source.pcre.caseless
             : letter == 'm' ? &source.pcre.multiline
             : letter == 's' ? &source.pcre.dotall
             : letter == 'x' ? &source.pcre.extended
             : letter == 'A' ? &source.pcre.anchored
             : letter == 'E' ? &source.pcre.dollar_endonly
             : letter == 'U' ? &source.pcre.ungreedy
                             : nullptr;
    }
    if (flag == nullptr) return false;
    *flag = !*flag;
    return true;
  }

  bool compile(const Source& source, bool wants_groups, Pattern& into) {
    auto compiled = syntax_ == Syntax::regexp ? compile_posix(source.text, source.posix, wants_groups)
                                              : compile_pcre(source.text, source.pcre);
    if (!compiled) {
      if (compiled.error().code == Errc::invalid)
        skip("the expression cannot be used: " + compiled.error().detail);
      else if (!error)
        error = Error{compiled.error().code, warning_of(number_, compiled.error().detail)};
      return false;
    }
    into = {std::move(*compiled), source.negated};
    return true;
  }

  bool read_if(std::string_view line, Rule& rule) {
    const auto source = take_source(line);
    if (!source) return false;
    if (!without_leading_space(line).empty())
      warn("something behind the IF, which is ignored (lines between IF and ENDIF do not begin with white space)");
    return compile(*source, false, rule.first);
  }

  bool read_answer(std::string_view line, Rule& rule) {
    const auto first = take_source(line);
    if (!first) return false;
    std::optional<Source> second;
    if (syntax_ == Syntax::regexp && line.starts_with('!')) {
      second = take_source(line);
      if (!second) return false;
    }
    const auto value = without_leading_space(line);
    if (value.empty()) warn("an expression without a value: lookups that it matches fail");
    auto replacement = Replacement::parse(value);
    if (!replacement) {
      skip(replacement.error().detail);
      return false;
    }
    const auto highest = replacement->highest();
    if (highest > 0 && first->negated) {
      skip("a reference to a group of an expression that must not match");
      return false;
    }
    if (!compile(*first, highest > 0, rule.first)) return false;
    if (highest > rule.first.expression->groups()) {
      skip("a reference to a group that the expression does not have");
      return false;
    }
    if (second && !compile(*second, false, rule.second)) return false;
    rule.replacement = std::move(*replacement);
    return true;
  }

  Syntax syntax_;
  ExpressionTable& table_;
  std::size_t number_ = 0;
  std::vector<std::size_t> open_;
};

Result<ExpressionTable> ExpressionTable::parse(Syntax syntax, std::string_view text) {
  ExpressionTable table;
  Reader reader{syntax, table};
  for_each_rule_line(text, table.warnings_,
                     [&](std::string_view line, std::size_t number) { reader.line(line, number); });
  reader.end();
  if (reader.error) return std::move(*reader.error);
  return table;
}

bool ExpressionTable::substitutes() const noexcept {
  return std::any_of(rules_.begin(), rules_.end(), [](const Rule& rule) { return rule.replacement.highest() > 0; });
}

Result<bool> ExpressionTable::applies(const Rule& rule, const std::string& key) const {
  const auto highest = rule.replacement.highest();
  groups_.assign(highest == 0 ? 0 : highest + 1, {});
  const auto first = rule.first.expression->match(key, groups_);
  if (!first) return first.error();
  if (*first == rule.first.negated) return false;
  if (rule.second.expression == nullptr) return true;
  const auto second = rule.second.expression->match(key, {});
  if (!second) return second.error();
  return *second != rule.second.negated;
}

Result<const std::string*> ExpressionTable::find(const std::string& key, const OutOfTime& out_of_time) const {
  using Found = const std::string*;
  if (key.find('\0') != std::string::npos) return fail(Errc::bad_data, "a key with a NUL byte");
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& rule = rules_[i];
    if (rule.does == Does::end_if) continue;
    if (i > 0 && out_of_time && out_of_time())
      return fail(Errc::overload, warning_of(rule.line, "the lines before it take too long for this key"));
    const auto applies_here = applies(rule, key);
    if (!applies_here) return fail(applies_here.error().code, warning_of(rule.line, applies_here.error().detail));
    if (rule.does == Does::answer && *applies_here) {
      rule.replacement.expand(groups_, value_);
      return Found{&value_};
    }
    if (rule.does == Does::begin_if && !*applies_here) {
      if (rule.end == none) return Found{};
      i = rule.end;
    }
  }
  return Found{};
}

}  // namespace maproom::map
