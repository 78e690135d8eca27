#include "maproom/commands/check_findings.hpp"

#include <algorithm>
#include <charconv>

namespace maproom::commands {
namespace {

constexpr std::size_t few_rows = 20;
/// An index exists, but the optimizer finds reading everything cheaper; of a small table it is right.
constexpr std::size_t many_rows = 1000;

std::string quoted(const std::string& text) { return "\"" + text + "\""; }
std::string shown(bool value) { return value ? "yes" : "no"; }
std::string shown(const std::string& value) { return quoted(value); }
std::string shown(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + value;
  return quoted(text);
}

std::vector<std::string> as_set(std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}
bool alike(bool a, bool b) { return a == b; }
bool alike(const std::string& a, const std::string& b) { return a == b; }
bool alike(const std::vector<std::string>& a, const std::vector<std::string>& b) { return as_set(a) == as_set(b); }

const std::string& column(const std::vector<std::optional<std::string>>& row, std::size_t index) {
  static const std::string null;
  return index < row.size() && row[index] ? *row[index] : null;
}

}  // namespace

std::vector<std::string> differing_settings(const map::PostfixSettings& ours, const map::PostfixSettings& main_cf) {
  std::vector<std::string> found;
  const auto compare = [&](const char* name, auto member) {
    if (!alike(ours.*member, main_cf.*member))
      found.push_back(std::string{name} + ": is " + shown(ours.*member) + ", main.cf has " + shown(main_cf.*member) +
                      ": keys are made otherwise than Postfix makes them; copy main.cf's value into [postfix]");
  };
  using S = map::PostfixSettings;
  // A set of characters.
  auto set = ours;
  auto other = main_cf.recipient_delimiter;
  std::sort(set.recipient_delimiter.begin(), set.recipient_delimiter.end());
  std::sort(other.begin(), other.end());
  if (set.recipient_delimiter != other) compare("recipient_delimiter", &S::recipient_delimiter);
  compare("smtputf8_enable", &S::smtputf8_enable);
  compare("owner_request_special", &S::owner_request_special);
  compare("double_bounce_sender", &S::double_bounce_sender);
  compare("myorigin", &S::myorigin);
  compare("mydestination", &S::mydestination);
  compare("inet_interfaces", &S::inet_interfaces);
  compare("proxy_interfaces", &S::proxy_interfaces);
  compare("propagate_unmatched_extensions", &S::propagate_unmatched_extensions);
  compare("parent_domain_matches_subdomains", &S::parent_domain_matches_subdomains);
  compare("swap_bangpath", &S::swap_bangpath);
  compare("allow_percent_hack", &S::allow_percent_hack);
  return found;
}

// id, select_type, table, type, possible_keys, key, key_len, ref, rows, Extra
PlanFinding judge_plan(const query::ResultSet& explained) {
  PlanFinding finding;
  for (const auto& row : explained.rows) {
    if (row.size() < 10) {
      finding.not_judged = "EXPLAIN answers in an unknown form";
      continue;
    }
    const auto& table = column(row, 2);
    const auto& type = column(row, 3);
    const bool has_index = !column(row, 4).empty();
    if (table.empty()) {
      const auto& why = column(row, 9);
      // A unique index was looked into, and had no such key: nothing is faster.
      if (why.find("const table") == std::string::npos && why != "No tables used") finding.not_judged = why;
      continue;
    }
    if (table.front() == '<' || (type != "ALL" && type != "index")) continue;  // <union1,2>: a result, not a table
    const auto& text = column(row, 8);
    std::size_t rows = 0;
    std::from_chars(text.data(), text.data() + text.size(), rows);
    if (rows > (has_index ? many_rows : few_rows)) finding.scans.push_back(table + " (about " + text + " rows)");
  }
  return finding;
}

}  // namespace maproom::commands
