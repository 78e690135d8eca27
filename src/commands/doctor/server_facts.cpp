#include "maproom/commands/doctor/server_facts.hpp"

#include <nlohmann/json.hpp>

namespace maproom::commands {
namespace {

using Json = nlohmann::json;

}  // namespace

// Found by nlohmann::json, which wants them beside the types.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DatabaseFacts, name, server, connections, failures, reachable, max_connections,
                                   max_user_connections, binlog, read_only, local, wait_timeout, feed_trouble)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RedisFacts, server, trouble, eviction_policy, maxmemory)

std::string to_text(const ServerFacts& facts) {
  Json json{{"databases", facts.databases}};
  if (facts.redis) json["redis"] = *facts.redis;
  // A server's message may be in any character set.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<ServerFacts> server_facts(std::string_view text) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("databases")) return std::nullopt;
  try {
    ServerFacts facts;
    json.at("databases").get_to(facts.databases);
    if (json.contains("redis")) facts.redis = json.at("redis").get<RedisFacts>();
    return facts;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace maproom::commands
