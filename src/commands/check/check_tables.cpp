#include "maproom/commands/check_tables.hpp"

#include <algorithm>
#include <deque>
#include <vector>

#include "maproom/commands/check_findings.hpp"
#include "maproom/commands/long_values.hpp"
#include "maproom/commands/stored_values.hpp"
#include "maproom/commands/verify/table_sample.hpp"
#include "maproom/commands/verify/text_keys.hpp"
#include "maproom/core/fold.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

/// A key with every part that a template may want, in a domain that nobody has (RFC 6761).
const std::string probe_key = "maproom-check@a.b.c.d.e.f.g.h.invalid";  // NOLINT: read only

constexpr std::size_t alias_lookups = 300;
constexpr std::size_t explained_keys = 5;
/// One table of a map, with what it takes to ask it.
struct Subject {
  const std::string& map;
  const std::string& parameter;
  const resolver::ServedTable& served;
  const map::Table& table;
  backend::Backend& backend;
  std::chrono::milliseconds limit;
  bool over_tcp;           ///< it answers on a tcp: address of its own
  bool virtual_mailboxes;  ///< the configuration has a map of virtual_mailbox_maps
  CheckReport& report;

  [[nodiscard]] backend::Deadline deadline() const { return std::chrono::steady_clock::now() + limit; }
  void warn(const std::string& what) const { report.warn(About::tables, told(what)); }
  void note(const std::string& what) const { report.note(About::tables, told(what)); }
  void complain(const std::string& what) const { report.error(About::tables, told(what)); }

 private:
  [[nodiscard]] std::string told(const std::string& what) const {
    std::string line = served.origin + ": map " + map + ": " + what;
    std::replace(line.begin(), line.end(), '\n', '?');
    return line;
  }
};

bool is_call(const std::string& query) {
  const auto begin = query.find_first_not_of(" \t\r\n(");
  return begin != std::string::npos && equals_ignoring_ascii_case(std::string_view{query}.substr(begin, 4), "call");
}

/// Does the query look into an index? A key may make its WHERE impossible, which tells nothing: then another is tried.
asio::awaitable<void> explain(const Subject& subject, std::vector<std::string> keys) {
  if (is_call(subject.table.query().text())) {
    subject.note("not judged whether it uses an index: a procedure has no plan; EXPLAIN the statements in it");
    co_return;
  }
  const auto plan = query::QueryTemplate::parse("EXPLAIN " + subject.table.query().text());
  if (!plan) co_return;
  if (keys.size() > explained_keys) keys.resize(explained_keys);
  keys.push_back(probe_key);
  std::string why;
  for (const auto& key : keys) {
    const auto rows = co_await subject.backend.fetch(*plan, key, subject.deadline());
    if (!rows) {
      why = rows.error().detail;  // a view whose tables this user may not read
      break;
    }
    const auto finding = judge_plan(rows->rows);
    for (const auto& scan : finding.scans)
      subject.warn("the query reads all of " + scan +
                   " for each key; make an index on the column that is compared with the key (and compare the column "
                   "itself, not a function of it)");
    why = finding.not_judged;
    if (!finding.scans.empty() || why.empty()) co_return;
  }
  subject.note("not judged whether it uses an index: " + why);
}

/// The table's value for a key as Postfix would get it; nullopt: none, or it cannot be had.
asio::awaitable<std::optional<std::string>> value_of(const Subject& subject, std::string key, std::size_t& count) {
  count = 0;
  if (!subject.table.asks(key)) co_return std::nullopt;
  const auto fetched = co_await subject.backend.fetch(subject.table.query(), key, subject.deadline());
  if (!fetched) co_return std::nullopt;
  count = subject.table.count_values(fetched->rows, key);
  auto value = subject.table.value(fetched->rows, key);
  if (!value) co_return std::nullopt;
  co_return std::move(*value);
}

/// What is stored, as Postfix would get it. Each kind of finding once, with the first key that shows it.
asio::awaitable<void> look_at_values(const Subject& subject, const std::vector<std::string>& keys) {
  if (map::holds_passwords(subject.parameter)) co_return;  // findings show values
  const bool one_value = takes_one_value(subject.parameter);
  bool told_value = false;
  bool told_several = !one_value;
  for (const auto& key : keys) {
    if (told_value && told_several) co_return;
    std::size_t count = 0;
    const auto value = co_await value_of(subject, key, count);
    if (!value) continue;
    // Several that Postfix takes for one are a finding of their own.
    const auto wrong =
        one_value && count > 1 ? std::nullopt : judge_value(subject.parameter, *value, subject.virtual_mailboxes);
    if (wrong && !told_value)
      subject.warn("the value \"" + shortened(*value) + "\" of " + shortened(key) + " " + *wrong);
    told_value = told_value || wrong.has_value();
    if (count > 1 && !told_several)
      subject.warn(shortened(key) + " has " + std::to_string(count) + " values, which Postfix gets joined as \"" +
                   shortened(*value) + "\" and takes for one; select one column, and make the key unique");
    told_several = told_several || count > 1;
  }
}

/// Follows sampled aliases to where they lead, within this table.
asio::awaitable<void> look_for_loops(const Subject& subject, const std::vector<std::string>& keys) {
  Aliases aliases;
  std::deque<std::string> next;
  for (const auto& key : keys)
    if (const auto folded = alias_targets(key); folded.size() == 1) next.push_back(folded.front());
  const auto starts = next;
  for (std::size_t asked = 0; !next.empty() && asked < alias_lookups; ++asked) {
    const auto key = next.front();
    next.pop_front();
    if (aliases.contains(key)) continue;
    std::size_t count = 0;
    const auto value = co_await value_of(subject, key, count);
    auto& targets = aliases[key];
    if (value) targets = alias_targets(*value);
    // What an alias leads to comes before the next sampled one.
    for (const auto& target : targets)
      if (!aliases.contains(target)) next.push_front(target);
  }
  for (const auto& start : starts) {
    const auto loop = alias_loop(aliases, start);
    if (!loop) continue;
    subject.warn("the aliases " + shortened(*loop) +
                 " lead back to themselves: Postfix gives up after virtual_alias_recursion_limit, and mail to them "
                 "waits; take one of them away");
    co_return;
  }
}

asio::awaitable<void> check_table(const Subject& subject) {
  const auto& table = subject.table;
  const auto fetched = co_await subject.backend.fetch(table.query(), probe_key, subject.deadline());
  std::string what;
  if (!fetched) {
    what = fetched.error().detail;
  } else {
    const auto value = table.value(fetched->rows, probe_key);
    if (!value) what = value.error().detail;
  }
  if (!what.empty()) {
    subject.complain(what);
    co_return;
  }
  const auto keys = co_await sampled_keys(table.query(), subject.backend, subject.limit);
  co_await explain(subject, keys);
  co_await look_at_values(subject, keys);
  if (subject.over_tcp)
    if (const auto why = co_await too_long_for_tcp(table, subject.backend, subject.limit))
      subject.warn(*why + ", so that Postfix gets a temporary error; name the map by socketmap: in main.cf");
  if (subject.parameter == "virtual_alias_maps") co_await look_for_loops(subject, keys);
}

}  // namespace

asio::awaitable<void> check_tables(const config::Config& config, std::shared_ptr<const resolver::Registry> registry,
                                   CheckReport& report) {
  const bool virtual_mailboxes = std::any_of(config.maps.begin(), config.maps.end(),
                                             [](const auto& each) { return each.parameter == "virtual_mailbox_maps"; });
  for (const auto& wanted : config.maps) {
    const auto served = registry->at(wanted.name);
    for (const auto& table : served->tables) {
      const auto* sql = table.sql();
      if (sql == nullptr) continue;  // read_config has read it
      const Subject subject{wanted.name,
                            wanted.parameter,
                            table,
                            sql->definition,
                            *sql->database,
                            served->map.deadline,
                            wanted.listen.has_value(),
                            virtual_mailboxes,
                            report};
      co_await check_table(subject);
    }
  }
}

}  // namespace maproom::commands
