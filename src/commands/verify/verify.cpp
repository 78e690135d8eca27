#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "maproom/app/registry.hpp"
#include "maproom/backend/pool.hpp"
#include "maproom/commands/commands.hpp"
#include "maproom/commands/verify/postmap.hpp"
#include "maproom/commands/verify/sample.hpp"
#include "maproom/config/config.hpp"
#include "maproom/ops/http.hpp"
#include "maproom/proto/percent.hpp"
#include "maproom/query/query_shape.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
using Json = nlohmann::json;
namespace {

constexpr std::size_t listed = 20'000;       // values of a key column that are looked through for a sample
constexpr std::size_t keys_at_a_time = 200;  // so that progress is seen, and a live host is never busy for long

/// What one side says.
struct Said {
  enum class Kind { found, not_found, error } kind = Kind::not_found;
  std::string text;
  std::string from = {};  ///< the daemon's tiers
};

bool equal(const Said& a, const Said& b) {
  return a.kind == b.kind && (a.kind != Said::Kind::found || a.text == b.text);
}

std::string describe(const Said& said) {
  switch (said.kind) {
    case Said::Kind::found:
      return "\"" + said.text + "\"";
    case Said::Kind::not_found:
      return "not found";
    case Said::Kind::error:
      return "error: " + said.text;
  }
  return {};
}

struct Totals {
  std::size_t keys = 0, same = 0, found = 0, cached = 0, different = 0, errors = 0;
};

/// Keys that are in a file, one a line.
Result<std::vector<std::string>> read_keys(const std::string& path) {
  std::ifstream stream{path};
  if (!stream) return fail(Errc::invalid, path + ": cannot be read");
  std::vector<std::string> keys;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) keys.push_back(line);
  return keys;
}

/// Evenly over the list, which is in the order of the index.
std::vector<std::string> thin_out(std::vector<std::string> all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<std::string> few;
  for (std::size_t i = 0; i < most; ++i) few.push_back(std::move(all[i * all.size() / most]));
  return few;
}

/// Asks the database for values of the key columns.
asio::awaitable<void> sample(const config::Config& config, const config::MapConfig& map, std::size_t most,
                             backend::Pool* (*pool_of)(void*, const config::TableConfig&), void* pools,
                             std::vector<std::string>& keys) {
  for (const auto& table : map.tables) {
    if (!table.text_file.empty()) continue;
    const auto compiled = map::Table::compile(table.settings, config.postfix.smtputf8_enable);
    const auto shape = compiled ? query::query_shape(compiled->query()) : std::nullopt;
    if (!shape) continue;
    std::string listing;
    for (const char c : query::key_listing(*shape, listed)) listing += c == '%' ? std::string{"%%"} : std::string{c};
    const auto query = query::QueryTemplate::parse(listing);
    if (!query) continue;
    const std::string none = "verify";
    const auto fetched = co_await pool_of(pools, table)
                             ->fetch(*query, none, std::chrono::steady_clock::now() + std::chrono::seconds{30});
    if (!fetched) {
      fmt::print(stderr, "{}: map {}: no sample: {}\n", table.origin, map.name, fetched.error().detail);
      continue;
    }
    std::vector<std::string> values;
    for (const auto& row : fetched->rows.rows)
      if (!row.empty() && row[0]) values.push_back(*row[0]);
    auto made = keys_of_values(map.profile, config.postfix, thin_out(std::move(values), most), shape->expansion);
    keys.insert(keys.end(), made.begin(), made.end());
  }
}

class Verification {
 public:
  Verification(const config::Config& config, VerifyOptions options) : config_{config}, options_{std::move(options)} {}

  int run() {
    std::vector<const config::MapConfig*> maps;
    for (const auto& map : config_.maps)
      if (options_.map.empty() || map.name == options_.map) maps.push_back(&map);
    if (maps.empty()) {
      std::string known;
      for (const auto& map : config_.maps) known += " " + map.name;
      fmt::print(stderr, "maproom: no map is called {}; there are:{}\n", options_.map, known);
      return EX_USAGE;
    }
    const auto postfix = PostfixFolder::make(options_.main_cf, config_.postfix.smtputf8_enable);
    if (!postfix) {
      fmt::print(stderr, "maproom: {}\n", postfix.error().detail);
      return EX_NOINPUT;
    }
    for (const auto* map : maps)
      if (const auto status = verify(*map, *postfix); status != EX_OK) return status;
    fmt::print("{} keys in {} maps: {} the same ({} of them found), {} different, {} could not be compared{}\n",
               all_.keys, maps.size(), all_.same, all_.found, all_.different, all_.errors,
               all_.cached == 0
                   ? std::string{}
                   : fmt::format("; {} were cached from before a change, and are the same now", all_.cached));
    return all_.different > 0 ? 1 : all_.errors > 0 ? EX_TEMPFAIL : EX_OK;
  }

 private:
  int verify(const config::MapConfig& map, const PostfixFolder& folder) {
    Totals totals;
    auto keys = keys_for(map);
    if (!keys) {
      fmt::print(stderr, "maproom: {}\n", keys.error().detail);
      return EX_NOINPUT;
    }
    std::vector<PostmapTable> tables;
    for (const auto& table : map.tables) {
      auto made = PostmapTable::make(table, folder);
      if (!made) {
        fmt::print(stderr, "maproom: map {} is not verified: {}\n", map.name, made.error().detail);
        ++all_.errors;
        return EX_OK;
      }
      tables.push_back(std::move(*made));
    }
    map::Map walked;
    walked.profile = map.profile;
    walked.settings = config_.postfix;
    walked.addresses_only = map.addresses_only;
    for (std::size_t begin = 0; begin < keys->size(); begin += keys_at_a_time) {
      progress(map.name, begin, keys->size());
      const std::vector<std::string> some{
          keys->begin() + static_cast<std::ptrdiff_t>(begin),
          keys->begin() + static_cast<std::ptrdiff_t>(std::min(begin + keys_at_a_time, keys->size()))};
      auto postfix = ask_postfix(walked, tables, some);
      if (!postfix) {
        progress_end();
        fmt::print(stderr, "maproom: {}\n", postfix.error().detail);
        return EX_UNAVAILABLE;
      }
      for (const auto& key : some) {
        auto ours = ask_daemon(map, key);
        if (!ours) {
          progress_end();
          fmt::print(stderr, "maproom: {}\n", ours.error().detail);
          return EX_TEMPFAIL;
        }
        judge(map, walked, tables, key, postfix->at(key), *ours, totals);
      }
    }
    progress_end();
    fmt::print("{}: {} keys, {} the same ({} of them found), {} different, {} could not be compared\n", map.name,
               totals.keys, totals.same, totals.found, totals.different, totals.errors);
    all_.keys += totals.keys;
    all_.same += totals.same;
    all_.found += totals.found;
    all_.cached += totals.cached;
    all_.different += totals.different;
    all_.errors += totals.errors;
    return EX_OK;
  }

  void judge(const config::MapConfig& map, const map::Map& walked, const std::vector<PostmapTable>& tables,
             const std::string& key, Said theirs, Said ours, Totals& totals) {
    ++totals.keys;
    if (!equal(theirs, ours) && ours.kind != Said::Kind::error && theirs.kind != Said::Kind::error) {
      const auto traced = ask_control(map.name, key);
      // The cached answer may be older than a change, and the row may have changed between the two questions.
      flush(map.name, key);
      auto again = ask_postfix(walked, tables, {key});
      auto ours_again = ask_daemon(map, key);
      if (again && ours_again) {
        theirs = again->at(key);
        ours = std::move(*ours_again);
        if (traced) ours.from = traced->from;
        if (equal(theirs, ours)) ++totals.cached;
      }
    }
    if (equal(theirs, ours)) {
      ++totals.same;
      if (ours.kind == Said::Kind::found) ++totals.found;
      return;
    }
    const bool error = theirs.kind == Said::Kind::error || ours.kind == Said::Kind::error;
    ++(error ? totals.errors : totals.different);
    progress_end();
    std::string names;
    for (const auto& table : tables) names += (names.empty() ? "" : ", ") + table.name();
    fmt::print("{}: {}: key \"{}\"\n  Postfix: {}  ({})\n  Maproom: {}{}\n", error ? "NOT COMPARED" : "DIFFERENT",
               map.name, key, describe(theirs), names, describe(ours),
               ours.from.empty() ? std::string{} : "  (from " + ours.from + ")");
  }

  Result<std::vector<std::string>> keys_for(const config::MapConfig& map) {
    if (!options_.keys.empty()) return read_keys(options_.keys);
    asio::io_context loop{1};
    std::vector<std::pair<backend::ConnectionSettings, std::shared_ptr<backend::Pool>>> pools;
    struct Pools {
      asio::io_context& loop;
      decltype(pools)& all;
    } owner{loop, pools};
    const auto pool_of = [](void* which, const config::TableConfig& table) -> backend::Pool* {
      auto& owned = *static_cast<Pools*>(which);
      for (const auto& [settings, pool] : owned.all)
        if (settings == table.connection) return pool.get();
      return owned.all
          .emplace_back(table.connection, std::make_shared<backend::Pool>(owned.loop.get_executor(), table.connection))
          .second.get();
    };
    std::vector<std::string> keys;
    asio::co_spawn(loop, sample(config_, map, options_.sample, pool_of, &owner, keys), [&pools](std::exception_ptr) {
      for (const auto& [settings, pool] : pools) pool->stop();
    });
    loop.run();
    if (keys.empty()) keys = keys_of_values(map.profile, config_.postfix, {}, 's');
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  /// Candidate by candidate and, for each, table by table: what Postfix does itself with tables that it may ask for
  /// parts of a key, and postmap does not.
  static Result<std::map<std::string, Said>> ask_postfix(const map::Map& map, const std::vector<PostmapTable>& tables,
                                                         const std::vector<std::string>& keys) {
    std::vector<std::map<std::string, PostmapTable::Answer>> answers;
    for (const auto& table : tables) {
      std::set<std::string> candidates;
      for (const auto& key : keys)
        for (const auto& candidate : map.candidates(key)) candidates.insert(table.key_of(candidate));
      candidates.erase("");
      auto asked = table.ask(candidates);
      if (!asked) return asked.error();
      answers.push_back(std::move(*asked));
    }
    std::map<std::string, Said> said;
    for (const auto& key : keys) said[key] = walk(map, tables, answers, key);
    return said;
  }

  static Said walk(const map::Map& map, const std::vector<PostmapTable>& tables,
                   const std::vector<std::map<std::string, PostmapTable::Answer>>& answers, const std::string& key) {
    for (const auto& candidate : map.candidates(key))
      for (std::size_t i = 0; i < tables.size(); ++i) {
        const auto& asked = tables[i].key_of(candidate);
        if (asked.empty()) continue;
        const auto& answer = answers[i].at(asked);
        if (!answer.error.empty()) return {Said::Kind::error, answer.error};
        if (answer.value) return {Said::Kind::found, map.reply(candidate, *answer.value)};
      }
    return {};
  }

  /// Over its tcp: port, as Postfix does; a map without one is asked over the control socket.
  Result<Said> ask_daemon(const config::MapConfig& map, const std::string& key) {
    if (!map.listen || map.listen->kind != Endpoint::Kind::inet) return ask_control(map.name, key);
    if (wire_map_ != map.name) {
      wire_map_ = map.name;
      wire_.close();
      wire_.clear();
      wire_.connect(map.listen->host, std::to_string(map.listen->port));
      boost::system::error_code ignored;
      wire_.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);  // or each request waits 40 ms for an ACK
    }
    wire_.expires_after(map.deadline + std::chrono::seconds{5});
    wire_ << "get " + proto::quote(key) + "\n" << std::flush;
    std::string line;
    if (!std::getline(wire_, line) || line.size() < 4) {
      wire_map_.clear();
      return fail(Errc::unavailable, map.listen->to_string() + ": no answer (is the daemon running?)");
    }
    const auto text = proto::unquote(std::string_view{line}.substr(4));
    Said said;
    said.kind = line[0] == '2' ? Said::Kind::found : line[0] == '5' ? Said::Kind::not_found : Said::Kind::error;
    said.text = text.value_or("malformed reply");
    if (!text) said.kind = Said::Kind::error;
    return said;
  }

  /// The same, and where the answer came from.
  Result<Said> ask_control(const std::string& map, const std::string& key) const {
    const Json body{{"map", map}, {"key", proto::quote(key)}};
    const auto response = ops::http_call(config_.control, "POST", "/query", body.dump());
    if (!response)
      return fail(Errc::unavailable,
                  response.error().detail + " (is the daemon running, and may you use its control socket?)");
    const auto json = Json::parse(response->body, nullptr, false);
    if (response->status != 200 || !json.is_object()) return fail(Errc::unavailable, "the daemon: " + response->body);
    const auto kind = json.value("kind", "");
    Said said;
    said.kind = kind == "found" ? Said::Kind::found : kind == "not found" ? Said::Kind::not_found : Said::Kind::error;
    said.text = json.value("text", "");
    for (const auto& step : json.value("steps", Json::array()))
      if (step.contains("from")) said.from += (said.from.empty() ? "" : ", ") + step["from"].get<std::string>();
    return said;
  }

  void flush(const std::string& map, const std::string& key) const {
    const Json body{{"map", map}, {"key", proto::quote(key)}};
    static_cast<void>(ops::http_call(config_.control, "POST", "/flush", body.dump()));
  }

  void progress(const std::string& map, std::size_t done, std::size_t all) {
    if (::isatty(2) == 0 || all <= keys_at_a_time) return;
    constexpr std::size_t width = 40;
    const auto full = done * width / all;
    fmt::print(stderr, "\r{:<24} [{}{}] {:>3}%", map.substr(0, 24), std::string(full, '#'),
               std::string(width - full, '.'), done * 100 / all);
    std::fflush(stderr);
    shown_ = true;
  }
  void progress_end() {
    if (shown_) fmt::print(stderr, "\r{:72}\r", "");
    shown_ = false;
  }

  const config::Config& config_;
  VerifyOptions options_;
  asio::ip::tcp::iostream wire_;
  std::string wire_map_;  ///< to whose port it is connected
  Totals all_;
  bool shown_ = false;
};

}  // namespace

int run_verify(const std::string& config_file, const VerifyOptions& options) {
  const auto config = config::read_config(config_file);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().detail);
    return EX_CONFIG;
  }
  return Verification{*config, options}.run();
}

}  // namespace maproom::commands
