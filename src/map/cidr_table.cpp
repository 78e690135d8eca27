#include "maproom/map/cidr_table.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "maproom/core/logical_lines.hpp"
#include "maproom/map/replacement.hpp"
#include "maproom/map/rule_lines.hpp"

namespace maproom::map {
namespace {

int family_of(std::string_view address) { return address.find(':') == std::string_view::npos ? AF_INET : AF_INET6; }
int bits_of(int family) { return family == AF_INET6 ? 128 : 32; }

}  // namespace

bool CidrTable::Rule::matches(const Bytes& address) const {
  const auto count = static_cast<std::size_t>(bits_of(family) / 8);
  bool inside = true;
  for (std::size_t i = 0; i < count; ++i) inside = inside && (address[i] & mask[i]) == network[i];
  return inside != negated;
}

/// "192.0.2.0/24", "[2001:db8::]/32", "[2001:db8::/32]", an address alone.
std::string CidrTable::read_network(std::string_view text, Rule& rule) {
  std::string_view bits;
  bool has_bits = false;
  const auto split_bits = [&](std::size_t from) {
    const auto slash = text.find('/', from);
    if (slash == std::string_view::npos) return;
    has_bits = true;
    bits = text.substr(slash + 1);
    text = text.substr(0, slash);
  };
  if (text.starts_with('[')) {
    text.remove_prefix(1);
    const auto close = text.find(']');
    if (close == std::string_view::npos) return "a '[' without ']'";
    const auto behind = text.substr(close + 1);
    text = text.substr(0, close);
    if (behind.empty()) {
      split_bits(0);
    } else if (behind.front() == '/') {
      has_bits = true;
      bits = behind.substr(1);
    } else {
      return "something else than a prefix length behind ']'";
    }
  } else {
    split_bits(0);
  }
  rule.family = family_of(text);
  const int all = bits_of(rule.family);
  int length = all;
  if (has_bits) {
    if (!all_digits(bits)) return "a prefix length that is no number";
    length = static_cast<std::uint8_t>(digits_as_int(bits));  // as Postfix holds it: 264 is 8
    if (length > all) return "a prefix length that is too large";
  }
  const std::string address{text};
  if (::inet_pton(rule.family, address.c_str(), rule.network.data()) != 1) return "an address that cannot be read";
  for (int bit = 0; bit < length; ++bit)
    rule.mask[static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
  for (std::size_t i = 0; i < rule.network.size(); ++i)
    if ((rule.network[i] & ~rule.mask[i]) != 0) return "an address that goes on behind its prefix length";
  return {};
}

std::string CidrTable::read(std::string_view line, std::size_t nesting, Rule& rule) {
  if (begins_with_word(line, "if")) {
    line.remove_prefix(2);
    rule.does = Does::begin_if;
    rule.negated = take_negation(line);
    line = trim(line);
    return line.empty() ? "an IF without a network" : read_network(line, rule);
  }
  if (begins_with_word(line, "endif")) {
    rule.does = Does::end_if;
    if (!trim(line.substr(5)).empty()) return "something behind ENDIF";
    return nesting == 0 ? "an ENDIF without IF" : "";
  }
  rule.negated = take_negation(line);
  const auto end = std::min(line.find_first_of(white_space), line.size());
  const auto value = trim(line.substr(end));
  if (end == 0) return "expected a network";
  auto why = read_network(line.substr(0, end), rule);
  if (why.empty() && value.empty()) why = "a network without a value";
  rule.value = value;
  return why;
}

CidrTable CidrTable::parse(std::string_view text) {
  CidrTable table;
  std::vector<std::size_t> open;
  for_each_rule_line(text, table.warnings_, [&](std::string_view line, std::size_t number) {
    Rule rule;
    rule.line = number;
    if (const auto why = read(line, open.size(), rule); !why.empty()) {
      table.warnings_.push_back(warning_of(number, why + "; the line is ignored"));
      return;
    }
    if (rule.does == Does::begin_if) open.push_back(table.rules_.size());
    if (rule.does == Does::end_if) {
      table.rules_[open.back()].end = table.rules_.size();
      open.pop_back();
    }
    table.rules_.push_back(std::move(rule));
  });
  for (; !open.empty(); open.pop_back())
    table.warnings_.push_back(warning_of(table.rules_[open.back()].line, "an IF without ENDIF"));
  return table;
}

const std::string* CidrTable::find(const std::string& key) const {
  Bytes address{};
  const int family = family_of(key);
  // An address has no NUL, and inet_pton(3) would read up to it.
  if (key.find('\0') != std::string::npos || ::inet_pton(family, key.c_str(), address.data()) != 1) return nullptr;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto& rule = rules_[i];
    if (rule.does == Does::end_if) continue;
    const bool matches = rule.family == family && rule.matches(address);
    if (rule.does == Does::answer) {
      if (matches) return &rule.value;
    } else if (!matches) {
      if (rule.end == none) return nullptr;
      i = rule.end;
    }
  }
  return nullptr;
}

}  // namespace maproom::map
