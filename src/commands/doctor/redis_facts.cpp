#include "maproom/commands/doctor/redis_facts.hpp"

#include <hiredis.h>

#include <charconv>
#include <chrono>
#include <memory>

namespace maproom::commands {
namespace {

constexpr std::chrono::seconds patience{3};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::optional<RedisFacts> look_at_redis(const config::Config& config) {
  if (!config.redis || !config.redis->sentinels.empty()) return std::nullopt;
  const auto& settings = *config.redis;
  RedisFacts facts;
  facts.server = settings.server.to_string();
  const timeval limit{patience.count(), 0};
  const std::unique_ptr<redisContext, void (*)(redisContext*)> link{
      settings.server.kind == Endpoint::Kind::unix_socket
          ? redisConnectUnixWithTimeout(settings.server.path.c_str(), limit)
          : redisConnectWithTimeout(settings.server.host.c_str(), settings.server.port, limit),
      &redisFree};
  const auto ask = [&](std::vector<std::string> words) -> std::optional<std::string> {
    std::vector<const char*> arguments;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
      arguments.push_back(word.data());
      sizes.push_back(word.size());
    }
    const std::unique_ptr<void, void (*)(void*)> reply{
        redisCommandArgv(link.get(), static_cast<int>(words.size()), arguments.data(), sizes.data()), &freeReplyObject};
    const auto* const answer = static_cast<const redisReply*>(reply.get());
    if (answer == nullptr) {
      facts.trouble = link->errstr;
      return std::nullopt;
    }
    std::string text{answer->str == nullptr ? "" : answer->str, answer->str == nullptr ? 0 : answer->len};
    if (answer->type == REDIS_REPLY_ERROR) {
      facts.trouble = text;
      return std::nullopt;
    }
    return text;
  };
  if (!link || link->err != 0) {
    facts.trouble = link ? link->errstr : "out of memory";
    return facts;
  }
  redisSetTimeout(link.get(), limit);
  if (!settings.password.empty()) {
    std::vector<std::string> words{"AUTH"};
    if (!settings.username.empty()) words.push_back(settings.username);
    words.push_back(settings.password);
    if (!ask(std::move(words))) return facts;
  }
  const auto info = ask({"INFO", "memory"});
  if (!info) return facts;
  const auto field = [&](const std::string& name) {
    const auto at = info->find("\n" + name + ":");
    if (at == std::string::npos) return std::string{};
    const auto begin = at + name.size() + 2;
    return info->substr(begin, info->find_first_of("\r\n", begin) - begin);
  };
  facts.eviction_policy = field("maxmemory_policy");
  facts.maxmemory = number(field("maxmemory"));
  return facts;
}

}  // namespace maproom::commands
