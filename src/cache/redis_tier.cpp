#include "maproom/cache/redis_tier.hpp"

#include <algorithm>

#include "maproom/cache/redis_link.hpp"
#include "maproom/core/clock.hpp"

namespace maproom::cache {
namespace asio = boost::asio;
using std::chrono::milliseconds;
namespace {

// Deleting is an operator's wish, not a lookup: it may take longer.
constexpr milliseconds delete_budget{5000};

/// A SCAN pattern that matches `text` literally.
std::string literal_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern;
}

// Lists of commands are made outside the coroutines: g++ 12 cannot compile nested braces within a co_await.
std::vector<RedisCommand> one(RedisCommand command) { return {std::move(command)}; }

RedisCommand unlink(std::string name) { return {"UNLINK", std::move(name)}; }

RedisCommand unlink(const RedisValue& names) {
  RedisCommand command{"UNLINK"};
  for (const auto& name : names.elements) command.push_back(name.text);
  return command;
}

RedisCommand get_text(std::string name) { return {"GET", std::move(name)}; }

RedisCommand set_for(std::string name, std::string text, milliseconds lifetime) {
  return {"SET", std::move(name), std::move(text), "PX", std::to_string(lifetime.count())};
}

RedisCommand scan(const std::string& cursor, std::string_view start) {
  return {"SCAN", cursor, "MATCH", literal_pattern(start) + "*", "COUNT", "1000"};
}

std::uint64_t count_of(const RedisValue& value) {
  return static_cast<std::uint64_t>(std::max<long long>(value.integer, 0));
}

/// SCAN has come round.
bool is_end(const std::string& cursor) { return cursor == "0"; }

/// As one, or the remaining time could be that of an entry which another daemon writes in between.
std::vector<RedisCommand> get_with_age(const std::string& name) {
  return {{"MULTI"}, {"GET", name}, {"PTTL", name}, {"EXEC"}};
}

/// PX is for a Redis that refuses PEXPIREAT: otherwise the entry would stay there for ever.
std::vector<RedisCommand> set_until(const std::string& name, std::string bytes, milliseconds left, milliseconds end) {
  return {{"MULTI"},
          {"SET", name, std::move(bytes), "PX", std::to_string(left.count())},
          {"PEXPIREAT", name, std::to_string(end.count())},
          {"EXEC"}};
}

}  // namespace

struct RedisTier::State {
  State(asio::any_io_executor executor, RedisSettings s) : settings{s}, link{std::move(executor), std::move(s)} {}
  RedisSettings settings;
  RedisLink link;
  RedisCounters counters;

  [[nodiscard]] std::string name(std::string_view table, std::string_view key) const {
    std::string all = settings.prefix;
    all.append(table).append(":").append(key);
    return all;
  }

  /// Everything that begins with `start`, in bounded batches.
  asio::awaitable<std::optional<std::uint64_t>> erase_all(std::string start) {
    std::uint64_t gone = 0;
    std::string cursor(1, '0');
    for (bool more = true; more;) {
      auto scanned = co_await link.call(one(scan(cursor, start)), delete_budget);
      if (!scanned || scanned->front().elements.size() != 2) co_return std::nullopt;
      cursor = scanned->front().elements[0].text;
      more = !is_end(cursor);
      RedisCommand batch = unlink(scanned->front().elements[1]);
      if (batch.size() == 1) continue;
      auto removed = co_await link.call(one(std::move(batch)), delete_budget);
      if (!removed || removed->front().type != RedisValue::Type::integer) co_return std::nullopt;
      gone += count_of(removed->front());
    }
    co_return gone;
  }
};

RedisTier::RedisTier(asio::any_io_executor executor, RedisSettings settings)
    : state_{std::make_shared<State>(std::move(executor), std::move(settings))} {}
RedisTier::~RedisTier() { state_->link.stop(); }  // those who wait hold the state

void RedisTier::start() { state_->link.start(); }

asio::awaitable<bool> RedisTier::connected(TimePoint end) {
  const auto state = state_;
  const bool open = co_await state->link.opened(end);
  co_return open;
}

asio::awaitable<std::optional<TaggedEntry>> RedisTier::get(std::string table, std::string key) {
  const auto state = state_;  // the tier may be replaced on reload while we wait
  auto& counters = state->counters;
  auto commands = get_with_age(state->name(table, key));
  if (!state->link.ready() || !state->link.has_room(commands)) {
    ++counters.skipped;
    co_return std::nullopt;
  }
  const auto asked = Clock::now();
  const auto values = co_await state->link.call(std::move(commands), state->settings.budget);
  if (!values || values->back().elements.size() != 2) {
    const bool late = Clock::now() - asked >= state->settings.budget;
    ++(late ? counters.timeouts : counters.errors);
    co_return std::nullopt;
  }
  const auto& value = values->back().elements[0];
  const auto& left = values->back().elements[1];
  // No time to live, or more than it was given: nothing of ours.
  if (value.type == RedisValue::Type::text && left.type == RedisValue::Type::integer && left.integer > 0) {
    auto stored = decode(value.text);
    if (stored && milliseconds{left.integer} <= stored->lifetime) {
      ++counters.hits;
      // In doubt older: Redis' milliseconds are cut off, so that it may say one too many.
      const auto age = stored->lifetime - milliseconds{left.integer} + milliseconds{1};
      co_return TaggedEntry{{std::move(stored->value), asked - age}, std::move(stored->tag)};
    }
  }
  ++counters.misses;
  co_return std::nullopt;
}

void RedisTier::put(std::string_view table, std::string_view key, const TaggedEntry& tagged, milliseconds wanted) {
  const auto& entry = tagged.entry;
  const auto lifetime = std::min(wanted, longest_lifetime);
  const auto& link = state_->link;
  const auto age = std::chrono::ceil<milliseconds>(Clock::now() - entry.born);
  const auto left = lifetime - age;
  if (left.count() <= 0 || !link.ready()) return;
  state_->link.send(set_until(state_->name(table, key), encode({entry.value, lifetime, tagged.tag}), left,
                              link.clock_at(entry.born) + lifetime));
}

asio::awaitable<std::optional<std::string>> RedisTier::get_note(std::string name) {
  const auto state = state_;
  const auto values = co_await state->link.call(one(get_text(state->settings.prefix + name)), state->settings.budget);
  if (!values || values->front().type != RedisValue::Type::text) co_return std::nullopt;
  co_return values->front().text;
}

void RedisTier::put_note(std::string_view name, std::string_view text, milliseconds lifetime) {
  state_->link.send(one(set_for(state_->settings.prefix + std::string{name}, std::string{text}, lifetime)));
}

asio::awaitable<std::optional<std::uint64_t>> RedisTier::erase(std::string table, std::string key) {
  const auto state = state_;
  auto removed = co_await state->link.call(one(unlink(state->name(table, key))), delete_budget);
  if (!removed || removed->front().type != RedisValue::Type::integer) co_return std::nullopt;
  co_return count_of(removed->front());
}

asio::awaitable<std::optional<std::uint64_t>> RedisTier::erase_table(std::string table) {
  const auto state = state_;
  auto gone = co_await state->erase_all(state->name(table, ""));
  co_return gone;
}

asio::awaitable<std::optional<std::uint64_t>> RedisTier::clear() {
  const auto state = state_;
  auto gone = co_await state->erase_all(state->settings.prefix);
  co_return gone;
}

const RedisCounters& RedisTier::counters() const noexcept {
  state_->counters.connected = state_->link.ready();
  state_->counters.breaker_open = state_->link.doubtful();
  state_->counters.refused_writes = state_->link.refused();
  return state_->counters;
}

}  // namespace maproom::cache
