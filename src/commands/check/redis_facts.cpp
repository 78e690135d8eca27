#include "maproom/commands/redis_facts.hpp"

#include <hiredis.h>

#include <charconv>
#include <chrono>
#include <memory>

namespace maproom::commands {
namespace {

constexpr timeval patience{3, 0};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string text_of(const redisReply& reply) {
  return reply.str == nullptr ? std::string{} : std::string{reply.str, reply.len};
}

/// A connection that waits for each reply.
class Conversation {
 public:
  static Result<Conversation> begin(const Endpoint& server) {
    Conversation made{server.kind == Endpoint::Kind::unix_socket
                          ? redisConnectUnixWithTimeout(server.path.c_str(), patience)
                          : redisConnectWithTimeout(server.host.c_str(), server.port, patience)};
    if (!made.link_) return fail(Errc::unavailable, "out of memory");
    if (made.link_->err != 0) return fail(Errc::unavailable, made.link_->errstr);
    redisSetTimeout(made.link_.get(), patience);
    return made;
  }

  /// The texts of the reply: one, or those of a list; nil is no text.
  Result<std::vector<std::string>> ask(const std::vector<std::string>& words) {
    std::vector<const char*> arguments;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
      arguments.push_back(word.data());
      sizes.push_back(word.size());
    }
    const std::unique_ptr<void, void (*)(void*)> reply{
        redisCommandArgv(link_.get(), static_cast<int>(words.size()), arguments.data(), sizes.data()),
        &freeReplyObject};
    const auto* const answer = static_cast<const redisReply*>(reply.get());
    if (answer == nullptr) return fail(Errc::unavailable, link_->errstr);
    if (answer->type == REDIS_REPLY_ERROR) return fail(Errc::query, text_of(*answer));
    std::vector<std::string> texts;
    if (answer->type == REDIS_REPLY_ARRAY)
      for (std::size_t i = 0; i < answer->elements; ++i) texts.push_back(text_of(*answer->element[i]));
    else if (answer->type != REDIS_REPLY_NIL)
      texts.push_back(text_of(*answer));
    return texts;
  }

 private:
  explicit Conversation(redisContext* link) : link_{link, &redisFree} {}
  std::unique_ptr<redisContext, void (*)(redisContext*)> link_;
};

/// As the daemon finds it: the Sentinels in order, until one knows it.
Result<Endpoint> find_master(const cache::RedisSettings& settings) {
  std::string troubles;
  for (const auto& sentinel : settings.sentinels) {
    auto conversation = Conversation::begin(sentinel);
    const auto said = conversation ? conversation->ask({"SENTINEL", "get-master-addr-by-name", settings.master})
                                   : Result<std::vector<std::string>>{conversation.error()};
    if (said && said->size() == 2)
      return Endpoint{Endpoint::Kind::inet, said->at(0), static_cast<std::uint16_t>(number(said->at(1))), {}};
    troubles += (troubles.empty() ? "" : "; ") + sentinel.to_string() + ": " +
                (said ? "knows no master " + settings.master : said.error().detail);
  }
  return fail(Errc::unavailable, "no Sentinel names the master: " + troubles);
}

/// What INFO memory says.
Result<std::string> memory_of(const Endpoint& server, const cache::RedisSettings& settings) {
  auto conversation = Conversation::begin(server);
  if (!conversation) return conversation.error();
  if (!settings.password.empty() || !settings.username.empty()) {
    std::vector<std::string> words{"AUTH"};
    if (!settings.username.empty()) words.push_back(settings.username);
    words.push_back(settings.password);
    if (const auto welcome = conversation->ask(words); !welcome) return welcome.error();
  }
  const auto info = conversation->ask({"INFO", "memory"});
  if (!info) return info.error();
  return info->empty() ? std::string{} : info->front();
}

}  // namespace

std::optional<RedisFacts> look_at_redis(const config::Config& config) {
  if (!config.redis) return std::nullopt;
  const auto& settings = *config.redis;
  RedisFacts facts;
  const auto server = settings.sentinels.empty() ? Result<Endpoint>{settings.server} : find_master(settings);
  facts.server = server ? server->to_string() : "master " + settings.master;
  const auto info = server ? memory_of(*server, settings) : Result<std::string>{server.error()};
  if (!info) {
    facts.trouble = info.error().detail;
    return facts;
  }
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
