#include "maproom/commands/top.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "maproom/commands/columns.hpp"
#include "maproom/config/config.hpp"
#include "maproom/ops/http.hpp"

namespace maproom::commands {
namespace {

using Json = nlohmann::ordered_json;

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

std::string text_of(const Json& json, const char* name) {
  return json.contains(name) && json[name].is_string() ? printable(json[name].get<std::string>()) : std::string{};
}

std::uint64_t number_of(const Json& json, const char* name) {
  return json.is_object() ? json.value(name, std::uint64_t{0}) : 0;
}

const Json& map_of(const Json& status, const std::string& name) {
  static const Json none;
  if (status.is_object())
    for (const auto& map : status["maps"])
      if (map["name"] == name) return map;
  return none;
}

/// A screen's lines, cut to its width before they are coloured.
class Lines {
 public:
  Lines(std::size_t columns, Colours colours) : columns_{columns}, colours_{colours} {}
  void add(std::string line, bool alarming = false, bool head = false) {
    if (line.size() > columns_) line.resize(columns_);
    if (colours_ == Colours::ansi && alarming) line = "\x1b[1;31m" + line + "\x1b[0m";
    if (colours_ == Colours::ansi && head) line = "\x1b[1m" + line + "\x1b[0m";
    text_ += line + "\n";
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::size_t columns_;
  Colours colours_;
  std::string text_;
};

std::string time_text(std::uint64_t microseconds) {
  if (microseconds == 0) return "-";
  if (microseconds < 1000) return fmt::format("{} us", microseconds);
  return fmt::format("{:g} ms", static_cast<double>(microseconds) / 1e3);
}

}  // namespace

std::string top_frame(const Json& now, const Json& before, double seconds, std::size_t columns, Colours colours) {
  Lines lines{columns, colours};
  seconds = std::max(seconds, 0.001);
  const auto rate = [seconds](const Json& one, const Json& other, const char* name) {
    // A daemon that was restarted since the last frame counts from zero again.
    const auto new_count = number_of(one, name);
    const auto old_count = number_of(other, name);
    return static_cast<double>(new_count >= old_count ? new_count - old_count : new_count) / seconds;
  };
  lines.add(fmt::format("maproom {}, up {} s, {} connections, {:.1f} requests/s", text_of(now, "version"),
                        number_of(now, "uptime_s"), number_of(now, "connections"), rate(now, before, "requests")),
            false, true);
  lines.add(text_of(now, "verdict"), !now.value("well", true));
  for (const auto& pool : now["pools"]) {
    const bool down = pool.value("down", false);
    lines.add(
        fmt::format("MariaDB  {}: {}, {} open, {} busy, {} waiting{}", text_of(pool, "name"), down ? "AWAY" : "answers",
                    number_of(pool, "open"), number_of(pool, "busy"), number_of(pool, "waiting"),
                    text_of(pool, "last_error").empty() ? "" : "; " + text_of(pool, "last_error")),
        down);
  }
  if (const auto& redis = now["redis"]; redis.is_object())
    lines.add(fmt::format("Redis    {}", redis.value("connected", false) ? "connected" : "NOT connected"),
              !redis.value("connected", false));
  if (const auto& feed = now["feed"]; feed.is_object())
    lines.add(
        fmt::format("feed     {}, last change visible after {}",
                    feed.value("healthy", false) ? "healthy" : "NOT healthy", time_text(number_of(feed, "lag_us"))),
        !feed.value("healthy", false));
  lines.add("");
  std::vector<std::vector<std::string>> table{{"map", "lookups/s", "found/s", "none/s", "temp./s", "hits", "99 %"}};
  std::vector<bool> troubled{false};
  const auto one_digit = [](double value) { return fmt::format("{:.1f}", value); };
  for (const auto& map : now["maps"]) {
    const auto& old = map_of(before, map["name"].get<std::string>());
    const auto found = rate(map, old, "found");
    const auto none = rate(map, old, "not_found");
    const auto temporary = rate(map, old, "temporary");
    const auto all = found + none + temporary;
    const auto missed = std::min(rate(map, old, "lookups_by_database"), all);
    table.push_back({text_of(map, "name"), one_digit(all), one_digit(found), one_digit(none), one_digit(temporary),
                     all > 0 ? fmt::format("{:.0f} %", (all - missed) * 100 / all) : "-",
                     time_text(number_of(map, "p99_us"))});
    troubled.push_back(temporary > 0);
  }
  const auto shown_table = in_columns(table, table.front().size(), 9);
  for (std::size_t i = 0; i < shown_table.size(); ++i) lines.add(shown_table[i], troubled[i], i == 0);
  lines.add("");
  const auto& events = now["events"];
  const std::size_t shown = std::min<std::size_t>(events.size(), 8);
  for (std::size_t i = events.size() - shown; i < events.size(); ++i)
    lines.add(fmt::format("{} {:<7} {}", text_of(events[i], "time"), text_of(events[i], "level"),
                          text_of(events[i], "text")));
  return std::move(lines).text();
}

int run_top(const std::string& config_file, bool as_json, const WatchOptions& options) {
  const auto config = config::read_config(config_file);
  if (!config) {
    fmt::print(stderr, "{}\n", config.error().detail);
    return EX_CONFIG;
  }
  Json before;
  std::chrono::steady_clock::time_point looked;
  return watch(options, [&](std::size_t columns) {
    const auto response = ops::http_call(config->control, "GET", "/status", "");
    auto now = response ? Json::parse(response->body, nullptr, false) : Json{};
    if (!response || response->status != 200 || !now.is_object()) {
      fmt::print(stderr, "maproom: {} (is the daemon running, and may you use its control socket?)\n",
                 response ? "the daemon gives no status" : response.error().detail);
      return EX_TEMPFAIL;
    }
    const auto at = std::chrono::steady_clock::now();
    const auto seconds = before.is_object() ? std::chrono::duration<double>(at - looked).count()
                                            : static_cast<double>(number_of(now, "uptime_s"));
    if (as_json)
      fmt::print("{}\n", now.dump());
    else
      fmt::print("{}", top_frame(now, before, seconds, columns, wanted_colours()));
    before = std::move(now);
    looked = at;
    return EX_OK;
  });
}

}  // namespace maproom::commands
