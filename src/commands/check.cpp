#include <sysexits.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>

#include "maproom/app/registry.hpp"
#include "maproom/backend/pool.hpp"
#include "maproom/commands/check_findings.hpp"
#include "maproom/commands/commands.hpp"
#include "maproom/config/config.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/import/import.hpp"
#include "maproom/query/query_shape.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
namespace {

/// A key with every part that a template may want, in a domain that nobody has (RFC 6761).
const std::string probe_key = "maproom-check@a.b.c.d.e.f.g.h.invalid";  // NOLINT: read only

constexpr std::size_t samples = 50;

void say(const char* kind, const std::string& origin, const std::string& map, const std::string& what) {
  std::fprintf(stderr, "%s%s: map %s: %s\n", kind, origin.c_str(), map.c_str(), what.c_str());
}

/// One table of a map, with what it takes to ask it.
struct Subject {
  const std::string& map;
  const std::string& parameter;
  const resolver::ServedTable& served;
  const map::Table& table;
  backend::Backend& backend;
  std::chrono::milliseconds limit;

  [[nodiscard]] backend::Deadline deadline() const { return std::chrono::steady_clock::now() + limit; }
  void warn(const std::string& what) const { say("warning: ", served.origin, map, what); }
  void note(const std::string& what) const { say("note: ", served.origin, map, what); }
};

/// Keys that the table has rows for; none where the query is not of the simple shape.
asio::awaitable<std::vector<std::string>> sample_keys(const Subject& subject) {
  std::vector<std::string> keys;
  const auto shape = query::query_shape(subject.table.query());
  if (!shape || (shape->expansion != 's' && shape->expansion != 'd')) co_return keys;
  std::string statement;
  for (const char c : query::key_listing(*shape, samples)) statement += c == '%' ? std::string{"%%"} : std::string{c};
  const auto listing = query::QueryTemplate::parse(statement);
  if (!listing) co_return keys;
  const auto rows = co_await subject.backend.fetch(*listing, probe_key, subject.deadline());
  if (!rows) co_return keys;  // a column may be less than what the query itself may read
  for (const auto& row : rows->rows.rows)
    if (!row.empty() && row[0] && !row[0]->empty())
      keys.push_back(shape->expansion == 'd' ? "maproom-check@" + *row[0] : *row[0]);
  co_return keys;
}

/// Does the query look into an index?
asio::awaitable<void> explain(const Subject& subject, const std::string& key) {
  const auto plan = query::QueryTemplate::parse("EXPLAIN " + subject.table.query().text());
  if (!plan) co_return;
  const auto rows = co_await subject.backend.fetch(*plan, key, subject.deadline());
  if (!rows) {
    // A CALL; or a view whose tables this user may not read.
    subject.note("not judged whether it uses an index: " + rows.error().detail);
    co_return;
  }
  const auto finding = judge_plan(rows->rows);
  for (const auto& scan : finding.scans)
    subject.warn("the query reads all of " + scan +
                 " for each key; make an index on the column that is compared with the key (and compare the column "
                 "itself, not a function of it)");
  if (finding.scans.empty() && !finding.not_judged.empty())
    subject.note("not judged whether it uses an index: " + finding.not_judged);
}

/// What is stored, as Postfix would get it. Each kind of finding once, with the first key that shows it.
asio::awaitable<void> look_at_values(const Subject& subject, const std::vector<std::string>& keys) {
  const auto& table = subject.table;
  bool told_value = false;
  bool told_several = false;
  for (const auto& key : keys) {
    if (told_value && told_several) co_return;
    if (!table.asks(key)) continue;
    const auto fetched = co_await subject.backend.fetch(table.query(), key, subject.deadline());
    if (!fetched) co_return;
    const auto value = table.value(fetched->rows, key);
    if (!value || !*value) continue;
    const auto wrong = judge_value(subject.parameter, **value);
    if (wrong && !told_value) subject.warn("the value \"" + **value + "\" of " + key + " " + *wrong);
    told_value = told_value || wrong.has_value();
    const auto count = table.count_values(fetched->rows, key);
    if (count > 1 && !told_several)
      subject.warn(key + " has " + std::to_string(count) + " values, which Postfix gets joined as \"" + **value +
                   "\" and takes for one; select one column, and make the key unique");
    told_several = told_several || count > 1;
  }
}

asio::awaitable<void> check_table(const Subject& subject, std::size_t& errors) {
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
    ++errors;
    say("", subject.served.origin, subject.map, what);
    co_return;
  }
  const auto keys = co_await sample_keys(subject);
  co_await explain(subject, keys.empty() ? probe_key : keys.front());
  if (takes_one_value(subject.parameter)) co_await look_at_values(subject, keys);
}

asio::awaitable<void> check_tables(const config::Config& config, std::shared_ptr<const resolver::Registry> registry,
                                   std::size_t& errors) {
  for (const auto& wanted : config.maps) {
    const auto served = registry->at(wanted.name);
    for (const auto& table : served->tables) {
      const auto* sql = table.sql();
      if (sql == nullptr) continue;  // read_config has read it
      const Subject subject{wanted.name,     wanted.parameter, table,
                            sql->definition, *sql->database,   served->map.deadline};
      co_await check_table(subject, errors);
    }
  }
}

/// [postfix] against main.cf. Nothing is said where there is no Postfix, unless one was named.
bool compare_with_main_cf(const config::Config& config, const std::string& named) {
  if (named == "none") return true;
  std::filesystem::path file = named.empty() ? "/etc/postfix/main.cf" : named;
  std::error_code none;
  if (named.empty() && !std::filesystem::exists(file, none)) return true;
  if (std::filesystem::is_directory(file, none)) file /= "main.cf";
  const auto settings = imports::read_postfix_settings(file.string());
  if (!settings) {
    std::fprintf(stderr, "%s%s\n", named.empty() ? "note: [postfix] is not compared: " : "",
                 settings.error().detail.c_str());
    return named.empty();
  }
  for (const auto& difference : differing_settings(config.postfix, *settings))
    std::fprintf(stderr, "warning: %s: [postfix] %s (%s)\n", config.file.c_str(), difference.c_str(), file.c_str());
  return true;
}

}  // namespace

int run_check(const std::string& config_file, const std::string& main_cf) {
  const auto config = config::read_config(config_file);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().detail.c_str());
    return EX_CONFIG;
  }
  for (const auto& warning : config->warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
  if (!compare_with_main_cf(*config, main_cf)) return EX_NOINPUT;
  asio::io_context loop{1};
  std::vector<std::pair<backend::ConnectionSettings, std::shared_ptr<backend::Pool>>> pools;
  const auto pool_of = [&](const backend::ConnectionSettings& settings) -> std::shared_ptr<backend::Backend> {
    for (const auto& [known, pool] : pools)
      if (known == settings) return pool;
    return pools.emplace_back(settings, std::make_shared<backend::Pool>(loop.get_executor(), settings)).second;
  };
  // Read already, with the configuration; what they hold is not looked up here.
  const auto file_of = [](const std::string&, const app::Reading& reading) {
    return std::make_shared<const map::CurrentFile>(map::CurrentFile{reading.kind, nullptr});
  };
  const auto registry = app::make_registry(*config, pool_of, file_of, nullptr);
  if (!registry) {
    std::fprintf(stderr, "%s\n", registry.error().detail.c_str());
    return EX_CONFIG;
  }
  std::size_t errors = 0;
  const auto finish = [&pools](std::exception_ptr) {
    for (const auto& [settings, pool] : pools) pool->stop();
  };
  asio::co_spawn(loop, check_tables(*config, *registry, errors), finish);
  loop.run();
  if (errors > 0) return EX_CONFIG;
  std::printf("%s: good: %zu maps\n", config_file.c_str(), config->maps.size());
  return EX_OK;
}

}  // namespace maproom::commands
