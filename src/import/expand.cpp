#include "maproom/import/expand.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "maproom/core/logical_lines.hpp"

namespace maproom::imports {
namespace {

// Postfix stops at 100 levels; the other two bound what a few lines can blow up to.
constexpr int deepest = 100;
constexpr std::size_t most_references = 100'000;
constexpr std::size_t longest = 4U << 20;

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::string_view skip_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(white_space), text.size()));
}

/// The text up to the bracket that closes the one it begins with; nullopt: there is none.
std::optional<std::string_view> bracketed(std::string_view text, char open, char close) {
  std::size_t level = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == open) ++level;
    if (text[i] == close && --level == 0) return text.substr(1, i - 1);
  }
  return std::nullopt;
}

std::optional<unsigned long> number(std::string_view text) {
  unsigned long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "3.6" or "3" or "3.6.1".
std::optional<std::array<unsigned long, 3>> level_of(std::string_view text) {
  std::array<unsigned long, 3> level{};
  for (auto& part : level) {
    const auto dot = std::min(text.find('.'), text.size());
    const auto value = number(text.substr(0, dot));
    if (!value) return std::nullopt;
    part = *value;
    if (dot == text.size()) return level;
    text.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

template <class T>
bool compare(const T& left, std::string_view op, const T& right) {
  if (op == "==") return left == right;
  if (op == "!=") return left != right;
  if (op == "<") return left < right;
  if (op == "<=") return left <= right;
  if (op == ">=") return left >= right;
  return left > right;
}

struct Branches {
  std::optional<std::string_view> yes, no;
};

class Expander {
 public:
  explicit Expander(const FindSetting& find) : find_{find} {}

  Result<std::string> text(std::string_view text) {
    if (depth_ >= deepest) return fail(Errc::invalid, "parameters refer to each other without end");
    ++depth_;
    auto result = pieces(text);
    --depth_;
    return result;
  }

  std::vector<std::string> unknown;

 private:
  Result<std::string> pieces(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      const auto dollar = std::min(text.find('$'), text.size());
      out += text.substr(0, dollar);
      text.remove_prefix(dollar);
      if (text.empty()) break;
      text.remove_prefix(1);
      if (text.starts_with('$')) {
        out += '$';
        text.remove_prefix(1);
        continue;
      }
      std::string_view inside;
      if (text.starts_with('{') || text.starts_with('(')) {
        const auto found = bracketed(text, text.front(), text.front() == '{' ? '}' : ')');
        if (!found) return fail(Errc::invalid, "\"$" + std::string{text} + "\" has no end");
        inside = *found;
        text.remove_prefix(inside.size() + 2);
      } else {
        const auto* const end = std::find_if_not(text.begin(), text.end(), is_name);
        inside = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        text.remove_prefix(inside.size());
      }
      auto value = reference(inside);
      if (!value) return value;
      out += *value;
      produced_ += value->size();
      if (produced_ > longest) return fail(Errc::invalid, "expands to more than 4 MiB");
    }
    return out;
  }

  /// What stands after the dollar sign, without brackets.
  Result<std::string> reference(std::string_view inside) {
    if (++references_ > most_references) return fail(Errc::invalid, "refers to parameters too often");
    inside = skip_blanks(inside);
    if (inside.starts_with('{')) return comparison(inside);
    const auto* const end = std::find_if_not(inside.begin(), inside.end(), is_name);
    const auto name = inside.substr(0, static_cast<std::size_t>(end - inside.begin()));
    if (name.empty()) return fail(Errc::invalid, "a $ without a name behind it");
    const auto rest = skip_blanks(inside.substr(name.size()));
    auto value = named(name);
    if (!value || rest.empty()) return value;
    const auto branches = parse_branches(rest);
    if (!branches) return branches.error();
    const auto& chosen = value->empty() ? branches->no : branches->yes;
    return chosen ? text(*chosen) : std::string{};
  }

  Result<std::string> named(std::string_view name) {
    const auto setting = find_(name);
    if (!setting) {
      if (std::find(unknown.begin(), unknown.end(), name) == unknown.end()) unknown.emplace_back(name);
      return std::string{};
    }
    if (setting->final) return std::string{setting->text};
    return text(setting->text);
  }

  /// "?text", ":text", or "?{text}:{text}" to the end.
  static Result<Branches> parse_branches(std::string_view text) {
    Branches branches;
    const auto take = [&text](std::optional<std::string_view>& branch) {
      text.remove_prefix(1);
      if (!skip_blanks(text).starts_with('{')) {  // then all of it, with its blanks
        branch = text;
        text = {};
        return true;
      }
      text = skip_blanks(text);
      branch = bracketed(text, '{', '}');
      if (branch) text = skip_blanks(text.substr(branch->size() + 2));
      return branch.has_value();
    };
    const auto whole = std::string{text};
    if (text.starts_with('?') && !take(branches.yes)) return fail(Errc::invalid, "\"" + whole + "\" has no end");
    if (text.starts_with(':') && !take(branches.no)) return fail(Errc::invalid, "\"" + whole + "\" has no end");
    if (!text.empty())
      return fail(Errc::invalid, "\"" + std::string{text} + "\" is not what may follow a name; expected ? or :");
    return branches;
  }

  Result<std::string> comparison(std::string_view inside) {
    const auto left = bracketed(inside, '{', '}');
    if (!left) return fail(Errc::invalid, "\"" + std::string{inside} + "\" has no end");
    inside = skip_blanks(inside.substr(left->size() + 2));
    constexpr auto operators = std::to_array<std::string_view>({"==", "!=", "<=", ">=", "<", ">"});
    const auto* const op = std::find_if(operators.begin(), operators.end(),
                                        [&](std::string_view each) { return inside.starts_with(each); });
    if (op == operators.end())
      return fail(Errc::invalid, "\"" + std::string{inside} + "\": expected one of == != < <= >= >");
    inside.remove_prefix(op->size());
    const bool levels = inside.starts_with("level");
    if (levels) inside.remove_prefix(5);
    inside = skip_blanks(inside);
    const auto right = inside.starts_with('{') ? bracketed(inside, '{', '}') : std::nullopt;
    if (!right) return fail(Errc::invalid, "\"" + std::string{inside} + "\": expected {text} to compare with");
    const auto rest = skip_blanks(inside.substr(right->size() + 2));
    const auto a = text(*left);
    if (!a) return a;
    const auto b = text(*right);
    if (!b) return b;
    bool holds = false;
    if (levels) {
      const auto level_a = level_of(*a);
      const auto level_b = level_of(*b);
      if (!level_a || !level_b) return fail(Errc::invalid, "\"" + (level_a ? *b : *a) + "\" is no compatibility level");
      holds = compare(*level_a, *op, *level_b);
    } else if (const auto number_a = number(*a), number_b = number(*b); number_a && number_b) {
      holds = compare(*number_a, *op, *number_b);
    } else {
      holds = compare(*a, *op, *b);
    }
    if (rest.empty()) return std::string{holds ? "true" : ""};
    const auto branches = parse_branches(rest);
    if (!branches) return branches.error();
    const auto& chosen = holds ? branches->yes : branches->no;
    return chosen ? text(*chosen) : std::string{};
  }

  const FindSetting& find_;
  int depth_ = 0;
  std::size_t references_ = 0, produced_ = 0;
};

}  // namespace

Result<Expanded> expand(std::string_view text, const FindSetting& find) {
  Expander expander{find};
  auto value = expander.text(text);
  if (!value) return value.error();
  return Expanded{std::move(*value), std::move(expander.unknown)};
}

}  // namespace maproom::imports
