#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "maproom/commands/commands.hpp"
#include "maproom/commands/verify/keys.hpp"
#include "maproom/commands/verify/postmap.hpp"
#include "maproom/commands/verify/text_keys.hpp"
#include "maproom/config/config.hpp"
#include "maproom/map/map.hpp"
#include "maproom/ops/http.hpp"
#include "maproom/proto/percent.hpp"

namespace maproom::commands {
namespace asio = boost::asio;
using Json = nlohmann::json;
namespace {

constexpr std::size_t keys_at_a_time = 200;  // so that progress is seen, and a live host is never busy for long

constexpr std::size_t shown_uncompared = 5;  // of one map, one after the other, for they are often alike

/// What one side says.
struct Said {
  enum class Kind { found, not_found, error } kind = Kind::not_found;
  std::string text;
  std::string from = {};  ///< the daemon's tiers
};

bool equal(const Said& a, const Said& b) {
  return a.kind == b.kind && (a.kind != Said::Kind::found || a.text == b.text);
}

std::string describe(const Said& said, const Said& other) {
  switch (said.kind) {
    case Said::Kind::found:
      return "\"" + shortened(said.text, other.kind == Said::Kind::found ? other.text : std::string{}) + "\"";
    case Said::Kind::not_found:
      return "not found";
    case Said::Kind::error:
      return "error: " + shortened(said.text);
  }
  return {};
}

struct Totals {
  std::size_t keys = 0, same = 0, found = 0, cached = 0, different = 0, errors = 0;
};

/// The value is there, and the protocol cannot carry it: Postfix gets an error where its own table has a value.
bool cannot_be_carried(const Said& theirs, const Said& ours) {
  return theirs.kind == Said::Kind::found && ours.kind == Said::Kind::error && ours.text == "result too long";
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
    const auto sources = KeySources::open(config_, options_);
    if (!sources) {
      fmt::print(stderr, "maproom: {}\n", sources.error().detail);
      return EX_NOINPUT;
    }
    for (const auto* map : maps)
      if (const auto status = verify(*map, *postfix, *sources); status != EX_OK) return status;
    if (unasked_.size() == maps.size()) return EX_UNAVAILABLE;
    fmt::print("{} keys in {} maps: {} the same ({} of them found), {} different, {} could not be compared{}\n",
               all_.keys, maps.size(), all_.same, all_.found, all_.different, all_.errors,
               all_.cached == 0
                   ? std::string{}
                   : fmt::format("; {} were cached from before a change, and are the same now", all_.cached));
    for (const auto& map : unasked_) fmt::print("NOT TESTED: {}: Postfix's own table could not be asked\n", map);
    for (const auto& [map, found] : untested_)
      fmt::print(
          "NOT REALLY TESTED: {}: {} keys were found, fewer than {}; name keys that it has: --keys FILE, or the "
          "mail log with --from-log FILE\n",
          map, found, sources->least_found());
    if (all_.different > 0) return 1;
    return all_.errors > 0 || !unasked_.empty() || !untested_.empty() ? EX_TEMPFAIL : EX_OK;
  }

 private:
  /// Not EX_OK: the daemon cannot be asked, and there is no use in going on.
  int verify(const config::MapConfig& map, const PostfixFolder& folder, const KeySources& sources) {
    if (map::holds_passwords(map.parameter)) {
      fmt::print("{}: not compared: its values are passwords, which are shown nowhere (as root: postmap -q KEY)\n",
                 map.name);
      return EX_OK;
    }
    Totals totals;
    const auto keys = sources.of(map);
    std::vector<PostmapTable> tables;
    for (const auto& table : map.tables) {
      auto made = PostmapTable::make(table, folder);
      if (!made) {
        fmt::print(stderr, "maproom: map {} is not verified: {}\n", map.name, made.error().detail);
        unasked_.push_back(map.name);
        return EX_OK;
      }
      tables.push_back(std::move(*made));
    }
    map::Map walked;
    walked.profile = map.profile;
    walked.settings = config_.postfix;
    walked.addresses_only = map.addresses_only;
    for (std::size_t begin = 0; begin < keys.size(); begin += keys_at_a_time) {
      progress(map.name, begin, keys.size());
      const std::vector<std::string> some{
          keys.begin() + static_cast<std::ptrdiff_t>(begin),
          keys.begin() + static_cast<std::ptrdiff_t>(std::min(begin + keys_at_a_time, keys.size()))};
      auto postfix = ask_postfix(walked, tables, some);
      if (!postfix) {
        progress_end();
        fmt::print(stderr, "maproom: map {} is not verified: {}\n", map.name, postfix.error().detail);
        unasked_.push_back(map.name);
        return EX_OK;
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
    if (totals.errors > shown_uncompared)
      fmt::print("NOT COMPARED: {}: {} more keys\n", map.name, totals.errors - shown_uncompared);
    if (totals.found < sources.least_found()) untested_.emplace_back(map.name, totals.found);
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
    const bool too_long = cannot_be_carried(theirs, ours);
    const bool error = !too_long && (theirs.kind == Said::Kind::error || ours.kind == Said::Kind::error);
    ++(error ? totals.errors : totals.different);
    if (error && totals.errors > shown_uncompared) return;
    progress_end();
    std::string names;
    for (const auto& table : tables) names += (names.empty() ? "" : ", ") + table.name();
    fmt::print("{}: {}: key \"{}\"\n  Postfix: {}  ({})\n  Maproom: {}{}\n", error ? "NOT COMPARED" : "DIFFERENT",
               map.name, shortened(key), describe(theirs, ours), names, describe(ours, theirs),
               ours.from.empty() ? std::string{} : "  (from " + ours.from + ")");
    if (too_long)
      fmt::print("  Mail that needs it waits: {}\n",
                 map.listen ? "a tcp: reply has 4096 bytes after %XX-quoting; name the map by socketmap: in main.cf"
                            : "a socketmap: reply has 100000 bytes; make the value shorter");
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
    const auto reply = json.value("socketmap_reply", "");
    if (said.kind == Said::Kind::found && reply.find("TEMP result too long") != std::string::npos)
      said = {Said::Kind::error, "result too long"};
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
  std::vector<std::string> unasked_;                           ///< maps
  std::vector<std::pair<std::string, std::size_t>> untested_;  ///< maps, and how many keys were found
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
