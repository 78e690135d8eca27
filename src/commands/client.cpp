#include <fmt/format.h>
#include <sysexits.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "maproom/commands/columns.hpp"
#include "maproom/commands/commands.hpp"
#include "maproom/config/config.hpp"
#include "maproom/core/quantity.hpp"
#include "maproom/ops/http.hpp"
#include "maproom/proto/percent.hpp"

namespace maproom::commands {
namespace {

using Json = nlohmann::ordered_json;

void complain(const std::string& text) { fmt::print(stderr, "{}\n", text); }

/// Calls the daemon that runs with this configuration; says what went wrong on standard error.
std::optional<ops::HttpResponse> call(const std::string& config_file, const std::string& method,
                                      const std::string& path, const std::string& body, int& status) {
  const auto config = config::read_config(config_file);
  if (!config) {
    complain(config.error().detail);
    status = EX_CONFIG;
    return std::nullopt;
  }
  auto response = ops::http_call(config->control, method, path, body);
  if (!response) {
    complain("maproom: " + response.error().detail + " (is the daemon running, and may you use its control socket?)");
    status = EX_TEMPFAIL;
    return std::nullopt;
  }
  return std::move(*response);
}

std::string trimmed(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string text_of(const Json& json, const char* name) {
  return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : std::string{};
}

void print_explanation(const Json& json) {
  fmt::print("map    {}\nkey    {}\n", text_of(json, "map"), text_of(json, "key"));
  int number = 0;
  for (const auto& step : json["steps"]) {
    fmt::print("{:>2}. {}  (table {})\n", ++number, text_of(step, "candidate"), step["table"].get<int>() + 1);
    if (step.contains("asked")) {
      fmt::print("      not asked: mysql: would not ask this key either\n");
      continue;
    }
    if (step.contains("error")) {
      fmt::print("      error: {}\n", text_of(step, "error"));
      continue;
    }
    fmt::print("      {} from {}, age {} ms, {} us{}\n",
               step["value"].is_null() ? std::string{"absent"} : "\"" + text_of(step, "value") + "\"",
               text_of(step, "from"), step["age_ms"].get<long long>(), step["took_us"].get<long long>(),
               step.contains("stale")     ? ", stale (the database could not say)"
               : step.contains("by_feed") ? ", and nothing of it has changed since"
                                          : "");
    if (step.contains("query"))
      fmt::print("      {} row(s) on {}: {}\n", step["rows"].get<long long>(), text_of(step, "host"),
                 text_of(step, "query"));
  }
  fmt::print("answer    {}{}\n", text_of(json, "kind"),
             text_of(json, "text").empty() ? std::string{} : ": " + text_of(json, "text"));
  fmt::print("tcp       {}\nsocketmap {}\n", text_of(json, "tcp_reply"), text_of(json, "socketmap_reply"));
}

}  // namespace

int run_query(const std::string& config_file, const std::string& map, const std::string& key, Detail detail,
              Output output) {
  int status = 0;
  const Json body{{"map", map}, {"key", proto::quote(key)}};
  const auto response = call(config_file, "POST", "/query", body.dump(), status);
  if (!response) return status;
  if (response->status != 200) {
    complain("maproom: " + trimmed(response->body));
    return EX_USAGE;
  }
  const auto json = Json::parse(response->body, nullptr, false);
  if (!json.is_object()) {
    complain("maproom: the daemon's answer is no JSON");
    return EX_TEMPFAIL;
  }
  const auto kind = text_of(json, "kind");
  if (output == Output::json)
    fmt::print("{}", response->body);
  else if (detail == Detail::explain)
    print_explanation(json);
  else if (kind == "found")
    fmt::print("{}\n", text_of(json, "text"));
  else if (kind != "not found")
    complain("maproom: temporary error: " + text_of(json, "text"));
  return kind == "found" ? EX_OK : kind == "not found" ? 1 : EX_TEMPFAIL;
}

int run_flush(const std::string& config_file, const std::string& map, const std::string& key, bool force) {
  int status = 0;
  Json body = Json::object();
  if (!map.empty()) body["map"] = map;
  if (!key.empty()) body["key"] = proto::quote(key);
  if (force) body["force"] = true;
  const auto response = call(config_file, "POST", "/flush", body.dump(), status);
  if (!response) return status;
  const auto json = Json::parse(response->body, nullptr, false);
  if (response->status != 200) {
    complain("maproom: " +
             (json.is_object() && json.contains("error") ? text_of(json, "error") : trimmed(response->body)));
    return response->status == 502 || response->status == 409 ? EX_TEMPFAIL : EX_USAGE;
  }
  return EX_OK;
}

int run_status(const std::string& config_file, Output output) {
  int status = 0;
  const auto response = call(config_file, "GET", "/status", "", status);
  if (!response) return status;
  const auto json = Json::parse(response->body, nullptr, false);
  if (response->status != 200 || !json.is_object()) {
    complain("maproom: " + trimmed(response->body));
    return EX_TEMPFAIL;
  }
  if (output == Output::json) {
    fmt::print("{}", response->body);
    return EX_OK;
  }
  fmt::print("maproom {}, up {} s, {} connections, {} requests\n", text_of(json, "version"),
             json["uptime_s"].get<long long>(), json["connections"].get<long long>(),
             json["requests"].get<long long>());
  std::vector<std::vector<std::string>> table{{"map", "found", "not found", "temporary", "cached", "memory", "key set",
                                               "Redis", "database", "wrong \"not found\""}};
  for (const auto& map : json["maps"]) {
    const auto n = [&](const char* name) { return map[name].get<std::uint64_t>(); };
    const auto cached = n("memory") + n("keys") + n("redis");
    const auto all = cached + n("database");
    auto& row = table.emplace_back();
    row.push_back(text_of(map, "name"));
    for (const char* const name : {"found", "not_found", "temporary"}) row.push_back(std::to_string(n(name)));
    row.push_back(std::to_string(all == 0 ? 0 : cached * 100 / all) + "%");
    for (const char* const name : {"memory", "keys", "redis", "database"}) row.push_back(std::to_string(n(name)));
    row.push_back(text_of(map, "wrong_not_found"));
    if (map.contains("key_set") && map["key_set"]["complete"].get<bool>())
      row.push_back(
          fmt::format("all {} {} known", map["key_set"]["size"].get<std::uint64_t>(), text_of(map["key_set"], "of")));
    if (map.contains("trust") && map["trust"] != "trusted") row.push_back(text_of(map, "trust"));
  }
  constexpr std::size_t numbers_end = 9;
  for (const auto& line : in_columns(table, numbers_end, 9)) fmt::print("{}\n", line);
  const auto& memory = json["memory"];
  fmt::print("memory   {} entries, {} bytes, {} evictions\n", memory["entries"].get<std::uint64_t>(),
             memory["bytes"].get<std::uint64_t>(), memory["evictions"].get<std::uint64_t>());
  if (const auto& redis = json["redis"]; redis.is_object())
    fmt::print("Redis    {}, {} hits, {} misses, {} errors, {} time-outs, {} skipped\n",
               redis["connected"].get<bool>() ? "connected" : "NOT connected", redis["hits"].get<std::uint64_t>(),
               redis["misses"].get<std::uint64_t>(), redis["errors"].get<std::uint64_t>(),
               redis["timeouts"].get<std::uint64_t>(), redis["skipped"].get<std::uint64_t>());
  else
    fmt::print("Redis    not configured\n");
  if (const auto& feed = json["feed"]; feed.is_object())
    fmt::print("feed     {}, {}, {}, {} transactions seen, {} new beginnings, last change visible after {} us\n",
               feed["healthy"].get<bool>() ? "healthy" : "NOT healthy", text_of(feed, "state"),
               text_of(feed, "position").empty() ? "no position yet" : "at " + text_of(feed, "position"),
               feed["groups"].get<std::uint64_t>(), feed["eras"].get<std::uint64_t>(),
               feed["lag_us"].get<std::int64_t>());
  else
    fmt::print("feed     not configured: the times to live bound the age of answers\n");
  for (const auto& pool : json["pools"])
    fmt::print("MariaDB  {}: on {}, {} open, {} busy, {} waiting, {} queries, {} errors{}\n", text_of(pool, "name"),
               text_of(pool, "host").empty() ? "nobody" : text_of(pool, "host"), pool["open"].get<std::uint64_t>(),
               pool["busy"].get<std::uint64_t>(), pool["waiting"].get<std::uint64_t>(),
               pool["queries"].get<std::uint64_t>(), pool["errors"].get<std::uint64_t>(),
               text_of(pool, "last_error").empty() ? std::string{} : "; last: " + text_of(pool, "last_error"));
  return EX_OK;
}

int run_reload(const std::string& config_file) {
  int status = 0;
  const auto response = call(config_file, "POST", "/reload", "", status);
  if (!response) return status;
  if (response->status != 200) {
    complain(trimmed(response->body));
    return EX_CONFIG;
  }
  // The first line says that it is done; warnings follow.
  const auto& said = response->body;
  for (auto at = said.find('\n'); at != std::string::npos && at + 1 < said.size();) {
    const auto end = std::min(said.find('\n', at + 1), said.size());
    complain("warning: " + said.substr(at + 1, end - at - 1));
    at = end;
  }
  return EX_OK;
}

}  // namespace maproom::commands
