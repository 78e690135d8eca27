#include "maproom/ops/control.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "maproom/ops/metrics.hpp"
#include "maproom/ops/outage_outlook.hpp"
#include "maproom/ops/status_page.hpp"
#include "maproom/proto/percent.hpp"
#include "maproom/proto/socketmap.hpp"
#include "maproom/proto/tcp_table.hpp"

namespace maproom::ops {
namespace asio = boost::asio;
using Json = nlohmann::ordered_json;
namespace {

/// Of the lookup that /healthz asks; answered ones take microseconds.
constexpr std::chrono::seconds health_limit{1};

/// Shown in place of a password: what this socket says ends up on screens, in logs and in letters to colleagues.
constexpr std::string_view password = "(a password, which is not shown; Postfix gets it)";

/// Keys and values may hold any bytes; JSON only UTF-8.
std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

ops::HttpResponse json_response(const Json& json, unsigned status = 200) {
  return {status, "application/json", dump(json)};
}

ops::HttpResponse error_response(unsigned status, const std::string& text) {
  return {status, "text/plain", text + "\n"};
}

std::string_view to_string(resolver::Trust trust) {
  switch (trust) {
    case resolver::Trust::unproven:
      return "unproven";
    case resolver::Trust::trusted:
      return "trusted";
    case resolver::Trust::refused:
      return "refused";
  }
  return "";
}

std::string_view to_string(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::found:
      return "found";
    case Answer::Kind::not_found:
      return "not found";
    case Answer::Kind::temporary:
      return "temporary error";
  }
  return "";
}

Json to_json(const resolver::Step& step) {
  Json json{{"candidate", step.candidate}, {"table", step.table}};
  if (!step.asked) {
    json["asked"] = false;
    return json;
  }
  if (!step.error.empty()) {
    json["error"] = step.error;
  } else {
    json["from"] = resolver::to_string(step.tier.value_or(resolver::Tier::memory));
    json["age_ms"] = step.age.count();
    if (step.stale) json["stale"] = true;
    if (step.by_feed) json["by_feed"] = true;
    if (step.as_of_outage) json["as_of_outage"] = true;
    if (step.joined) json["joined"] = true;
    if (step.mark) json["true_up_to_change"] = *step.mark;
    if (step.last_drop) json["last_change"] = *step.last_drop;
    json["value"] = step.value ? Json(*step.value) : Json(nullptr);
  }
  if (!step.statement.empty()) {
    json["query"] = step.statement;
    json["host"] = step.host;
    json["rows"] = step.rows;
  }
  json["took_us"] = step.took.count();
  return json;
}

/// The worst that can be said of it now; empty: all is well.
std::string trouble_of(const Json& status) {
  for (const auto& pool : status["pools"])
    if (pool["down"].get<bool>())
      return "MariaDB is away (" + pool["name"].get<std::string>() + "): answers come from the caches, or mail waits";
  for (const auto& map : status["maps"])
    if (map.contains("trust") && map["trust"] == "refused")
      return "The map " + map["name"].get<std::string>() + " is refused: it answers every key";
  if (status["feed"].is_object() && !status["feed"]["healthy"].get<bool>())
    return "The change feed is away: the times to live bound the age of answers";
  if (status["redis"].is_object() && !status["redis"]["connected"].get<bool>())
    return "Redis is away: answers come without it";
  return {};
}

/// `feed_healthy`: it has seen everything until now.
Changes changes_of(const resolver::ServedMap& map, bool feed_healthy) {
  bool asks = false, away = true;
  for (const auto& table : map.tables)
    if (const auto* sql = table.sql()) {
      asks = true;
      away = away && sql->database->known_down();
    }
  if (!asks) return Changes::of_files;
  if (!map.is_followed()) return Changes::unseen;
  // In an outage the feed is away as well, and what counts is what it saw until then.
  return feed_healthy || away ? Changes::followed : Changes::lost;
}

Keys keys_of(const resolver::ServedMap& map) {
  if (map.map.key_set == map::KeySet::none) return Keys::unknown;
  const auto set = key_set_of(map);
  if (!set || !set->complete) return Keys::incomplete;
  return set->of == map::KeySet::domains ? Keys::domains : Keys::complete;
}

Json in_outage(const resolver::ServedMap& map, bool feed_healthy) {
  const auto outlook =
      outage_outlook(map.map.freshness, map.map.wrong_not_found, changes_of(map, feed_healthy), keys_of(map));
  return {{"found", outlook.found},
          {"absent", outlook.absent},
          {"flows", outlook.flows},
          {"because", outlook.because},
          {"mend", outlook.mend}};
}

std::uint64_t drops_of(const resolver::ServedMap& map) {
  std::uint64_t drops = 0;
  for (const auto& table : map.tables)
    if (const auto* followed = table.followed()) drops += followed->drops;
  return drops;
}

struct MapAndKey {
  std::optional<std::string> map, key;
  bool force = false;
};

bool is_away(const resolver::ServedMap& map) {
  return std::any_of(map.tables.begin(), map.tables.end(), [](const resolver::ServedTable& table) {
    return table.sql() != nullptr && table.sql()->database->known_down();
  });
}

Result<MapAndKey> parse_body(const std::string& body) {
  MapAndKey parsed;
  if (body.empty()) return parsed;
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return fail(Errc::invalid, "the body must be a JSON object");
  for (const auto& [name, value] : json.items()) {
    if (name == "force") {
      if (!value.is_boolean()) return fail(Errc::invalid, "\"force\" must be true or false");
      parsed.force = value.get<bool>();
      continue;
    }
    if (!value.is_string()) return fail(Errc::invalid, "\"" + name + "\" must be a string");
    if (name == "map") {
      parsed.map = value.get<std::string>();
    } else if (name == "key") {
      parsed.key = proto::unquote(value.get<std::string>());
      if (!parsed.key) return fail(Errc::invalid, "\"key\" is not %XX-quoted");
    } else {
      return fail(Errc::invalid, "unknown member \"" + name + "\"; expected map, key, force");
    }
  }
  if (parsed.key && !parsed.map) return fail(Errc::invalid, "\"key\" needs \"map\"");
  return parsed;
}

}  // namespace

asio::awaitable<ops::HttpResponse> Control::answer(ops::HttpRequest request, ControlRights rights) {
  const bool get = request.method == "GET" || request.method == "HEAD";
  const bool post = request.method == "POST";
  const auto& path = request.path;
  if (get && path == "/status") co_return json_response(status());
  if (get && path == "/")
    co_return ops::HttpResponse{200, "text/html; charset=utf-8", status_page(status()), status_page_policy()};
  if (get && path == "/metrics") co_return ops::HttpResponse{200, "text/plain; version=0.0.4", metrics()};
  if (get && path == "/healthz") {
    auto response = co_await healthy();
    co_return response;
  }
  if (get && path == "/readyz") co_return ready();
  if (path == "/query" || path == "/flush" || path == "/reload") {
    if (rights != ControlRights::full) co_return error_response(403, "this port is read-only; use the control socket");
    if (!post) co_return error_response(405, "use POST");
    if (path == "/query") {
      auto response = co_await query(std::move(request.body));
      co_return response;
    }
    if (path == "/flush") {
      auto response = co_await flush(std::move(request.body));
      co_return response;
    }
    auto reloaded = co_await view_.reload();
    if (!reloaded.errors.empty()) co_return error_response(422, reloaded.errors);
    const std::string newline = reloaded.warnings.empty() ? "" : "\n";
    co_return ops::HttpResponse{200, "text/plain", "reloaded\n" + reloaded.warnings + newline};
  }
  co_return error_response(404, "no such page; there are / /status /metrics /healthz /readyz");
}

asio::awaitable<ops::HttpResponse> Control::healthy() {
  const bool answered = co_await view_.beat(health_limit);
  if (answered) co_return ops::HttpResponse{200, "text/plain", "ok\n"};
  co_return error_response(503, "a lookup of the daemon's own was not answered within a second");
}

nlohmann::ordered_json Control::status() const {
  Json json;
  json["version"] = MAPROOM_VERSION;
  json["uptime_s"] =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - view_.started).count();
  json["connections"] = view_.sessions.size();
  json["requests"] = view_.sessions.requests;
  json["protocol_errors"] = view_.sessions.protocol_errors;
  json["memory"] = {
      {"entries", view_.store.size()}, {"bytes", view_.store.bytes()}, {"evictions", view_.store.evictions()}};
  if (view_.redis) {
    const auto& c = view_.redis->counters();
    json["redis"] = {{"connected", c.connected}, {"hits", c.hits},         {"misses", c.misses},
                     {"errors", c.errors},       {"timeouts", c.timeouts}, {"skipped", c.skipped}};
  } else {
    json["redis"] = nullptr;
  }
  const auto feed = view_.feed();
  if (feed)
    json["feed"] = {{"state", feed->state},
                    {"healthy", feed->healthy},
                    {"layout_known", feed->layout_known},
                    {"server", feed->server},
                    {"position", feed->position},
                    {"confirmed", feed->confirmed},
                    {"proven_ago_ms", feed->proven_ago.count()},
                    {"lag_us", feed->lag.count()},
                    {"groups", feed->groups},
                    {"eras", feed->eras},
                    {"reconnects", feed->reconnects},
                    {"schema_reads", feed->schema_reads}};
  else
    json["feed"] = nullptr;
  json["pools"] = Json::array();
  for (const auto& [name, pool] : view_.pools()) {
    const auto c = pool->counters();
    json["pools"].push_back({{"name", name},
                             {"host", c.host},
                             {"open", c.open},
                             {"busy", c.busy},
                             {"waiting", c.waiting},
                             {"queries", c.queries},
                             {"errors", c.errors},
                             {"connects", c.connects},
                             {"down", c.known_down},
                             {"last_error", c.last_error}});
  }
  json["maps"] = Json::array();
  for (const auto& [name, map] : *view_.registry) {
    const auto& c = *map->counters;
    Json one{{"name", name},
             {"found", c.found},
             {"not_found", c.not_found},
             {"temporary", c.temporary},
             {"memory", c.memory},
             {"redis", c.redis},
             {"database", c.database},
             {"stale", c.stale},
             {"joined", c.joined},
             {"too_long", c.too_long},
             {"keys", c.keys}};
    Histogram took;
    for (const auto& each : c.took) took += each;
    one["lookups_by_database"] = c.took_by(resolver::Tier::database).count();
    one["p50_us"] = took.quantile(0.5).count();
    one["p99_us"] = took.quantile(0.99).count();
    one["in_outage"] = in_outage(*map, feed && feed->healthy);
    if (map->map.guarded()) one["trust"] = to_string(map->standing());
    one["wrong_not_found"] = map::to_string(map->map.wrong_not_found);
    one["dropped"] = drops_of(*map);
    if (const auto set = key_set_of(*map))
      one["key_set"] = {
          {"of", to_string(set->of)}, {"complete", set->complete}, {"size", set->size}, {"bytes", set->bytes}};
    json["maps"].push_back(std::move(one));
  }
  json["events"] = Json::array();
  for (const auto& event : events_.all())
    json["events"].push_back({{"time", event.time}, {"level", event.level}, {"text", event.text}});
  const auto trouble = trouble_of(json);
  json["well"] = trouble.empty();
  json["verdict"] = trouble.empty() ? "All is well" : trouble;
  return json;
}

std::string Control::metrics() const {
  MetricsView metrics{*view_.registry, view_.store};
  if (view_.redis) metrics.redis = &view_.redis->counters();
  for (const auto& [name, pool] : view_.pools()) metrics.pools.emplace_back(name, pool->counters());
  metrics.feed = view_.feed();
  metrics.connections = view_.sessions.size();
  metrics.requests = view_.sessions.requests;
  metrics.protocol_errors = view_.sessions.protocol_errors;
  metrics.unknown_maps = view_.sessions.unknown_maps;
  metrics.process = process_facts();
  metrics.now = Clock::now();
  return metrics_text(metrics);
}

ops::HttpResponse Control::ready() const {
  std::string why;
  for (const auto& [name, map] : *view_.registry)
    if (map->standing() == resolver::Trust::refused) why += "map " + name + " is refused: it answers every key\n";
  for (const auto& [name, pool] : view_.pools())
    if (const auto c = pool->counters(); c.open == 0 && !c.last_error.empty())
      why += "no connection to " + name + ": " + c.last_error + "\n";
  if (why.empty()) return {200, "text/plain", "ready\n"};
  return {503, "text/plain", why};
}

asio::awaitable<ops::HttpResponse> Control::query(std::string body) {
  const auto wanted = parse_body(body);
  if (!wanted) co_return error_response(400, wanted.error().detail);
  if (!wanted->map || !wanted->key) co_return error_response(400, "a query needs \"map\" and \"key\"");
  const auto found = view_.registry->find(*wanted->map);
  if (found == view_.registry->end()) {
    std::string known;
    for (const auto& [name, map] : *view_.registry) known += " " + name;
    co_return error_response(404, "no map is called " + *wanted->map + "; there are:" + known);
  }
  const auto served = found->second;  // a reload may make another registry meanwhile
  resolver::Trace trace;
  auto answer = co_await view_.resolver.resolve(served, *wanted->key, &trace);
  const bool hide = served->passwords;
  if (hide && answer.is_found()) answer = Answer::found(std::string{password});
  for (auto& step : trace.steps)
    if (hide && step.value) step.value = password;
  Json json{{"map", *wanted->map}, {"key", *wanted->key}, {"kind", to_string(answer.kind())}, {"text", answer.text()}};
  json["steps"] = Json::array();
  for (const auto& step : trace.steps) json["steps"].push_back(to_json(step));
  const auto feed = view_.feed();
  if (feed)
    json["feed"] = {{"healthy", feed->healthy},
                    {"position", feed->position},
                    {"confirmed", feed->confirmed},
                    {"proven_ago_ms", feed->proven_ago.count()}};
  std::string tcp_reply;
  std::string socketmap_reply;
  proto::TcpTableCodec{}.append_reply(tcp_reply, answer);
  proto::SocketmapCodec{}.append_reply(socketmap_reply, answer);
  while (tcp_reply.ends_with('\n')) tcp_reply.pop_back();
  json["tcp_reply"] = tcp_reply;
  json["socketmap_reply"] = socketmap_reply;
  co_return json_response(json);
}

asio::awaitable<ops::HttpResponse> Control::flush(std::string body) {
  const auto wanted = parse_body(body);
  if (!wanted) co_return error_response(400, wanted.error().detail);
  const auto found = wanted->map ? view_.registry->find(*wanted->map) : view_.registry->end();
  if (wanted->map && found == view_.registry->end()) co_return error_response(404, "no map is called " + *wanted->map);
  const bool away = wanted->map ? is_away(*found->second)
                                : std::any_of(view_.registry->begin(), view_.registry->end(),
                                              [](const auto& each) { return is_away(*each.second); });
  if (away && !wanted->force)
    co_return error_response(409,
                             "the database is away, and what would be dropped is what keeps mail flowing; nothing is "
                             "dropped. --force drops it all the same: what is then asked for is a temporary error");
  const auto redis = view_.redis;
  std::uint64_t gone = 0;
  bool redis_asked = redis != nullptr;
  const auto add = [&](const std::optional<std::uint64_t>& count) {
    if (count)
      gone += *count;
    else
      redis_asked = false;
  };
  if (!wanted->map) {
    view_.resolver.forget_all();
    if (redis) {
      const auto count = co_await redis->clear();
      add(count);
    }
  } else {
    const auto served = found->second;
    if (wanted->key)
      view_.resolver.forget(*served, *wanted->key);
    else
      view_.resolver.forget(*served);
    if (redis) {
      for (const auto& table : served->tables) {
        const auto* sql = table.sql();
        if (sql == nullptr) continue;
        if (!wanted->key) {
          const auto count = co_await redis->erase_table(sql->id);
          add(count);
          continue;
        }
        for (const auto& candidate : served->map.candidates(*wanted->key)) {
          const auto count = co_await redis->erase(sql->id, candidate.key);
          add(count);
        }
      }
    }
    // A reader may have brought an entry back from Redis while its keys were being deleted.
    if (wanted->key)
      view_.resolver.forget(*served, *wanted->key);
    else
      view_.resolver.forget(*served);
  }
  if (!wanted->map) view_.resolver.forget_all();
  Json json{{"flushed", wanted->map ? *wanted->map : "all maps"}, {"redis_keys", gone}};
  if (redis && !redis_asked) {
    json["error"] = "Redis could not be asked: its entries stay until they end";
    co_return json_response(json, 502);
  }
  co_return json_response(json);
}

}  // namespace maproom::ops
