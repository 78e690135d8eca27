#include "maproom/cache/redis_link.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <spdlog/spdlog.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "hiredis_adapter.hpp"
#include "maproom/cache/redis_time.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/condition.hpp"
#include "maproom/core/log.hpp"
#include "maproom/core/names.hpp"
#include "maproom/core/spawn.hpp"
#include "reply_guard.hpp"

namespace maproom::cache {
namespace asio = boost::asio;
using std::chrono::milliseconds;
namespace {

constexpr milliseconds open_limit{1000};               // to connect, authenticate and select
constexpr milliseconds probe_limit{1000};              // for the reply to a probe
constexpr milliseconds sentinel_probe_interval{1000};  // a master that became a replica says so only when asked
constexpr milliseconds first_back_off{50};
constexpr milliseconds longest_back_off{1000};
// What a hung Redis may cost in memory. A lookup is four commands.
constexpr std::size_t max_outstanding = 40'000;
constexpr std::size_t max_outstanding_bytes = std::size_t{64} << 20;

RedisValue convert(const redisReply& reply) {
  RedisValue value;
  switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      value.type = RedisValue::Type::text;
      break;
    case REDIS_REPLY_ERROR:
      value.type = RedisValue::Type::error;
      break;
    case REDIS_REPLY_INTEGER:
      value.type = RedisValue::Type::integer;
      break;
    case REDIS_REPLY_ARRAY:
      value.type = RedisValue::Type::array;
      break;
    default:
      return value;
  }
  value.integer = reply.integer;
  if (reply.str != nullptr) value.text.assign(reply.str, reply.len);
  for (std::size_t i = 0; value.type == RedisValue::Type::array && i < reply.elements; ++i)
    value.elements.push_back(convert(*reply.element[i]));
  return value;
}

// Lists of commands are made outside the coroutines: g++ 12 cannot compile nested braces within one.
/// The probe is TIME, since it brings Redis' clock along with the sign of life.
std::vector<RedisCommand> probe_command() { return {{"TIME"}}; }
/// Behind Sentinel also, whether it still is the master.
std::vector<RedisCommand> probe_commands(const RedisSettings& settings) {
  auto commands = probe_command();
  if (!settings.sentinels.empty()) commands.push_back({"ROLE"});
  return commands;
}

bool says_replica(const RedisValue& role) { return !role.elements.empty() && role.elements[0].text != "master"; }

std::vector<RedisCommand> greeting_of(const RedisSettings& settings) {
  std::vector<RedisCommand> commands;
  if (!settings.username.empty())
    commands.push_back({"AUTH", settings.username, settings.password});
  else if (!settings.password.empty())
    commands.push_back({"AUTH", settings.password});
  commands.push_back({"SELECT", std::to_string(settings.database)});
  if (!settings.sentinels.empty()) commands.push_back({"ROLE"});
  commands.push_back(probe_command().front());
  return commands;
}

std::vector<RedisCommand> question_for_sentinel(const std::string& master) {
  return {{"SENTINEL", "get-master-addr-by-name", master}};
}

/// Some commands whose replies one caller waits for.
struct Exchange {
  explicit Exchange(const asio::any_io_executor& executor) : done{executor} {}
  Condition done;
  std::vector<RedisValue> values;
  std::size_t missing = 0;
  bool lost = false;
};

/// Without the arguments that Redis repeats in some errors: they may be a password or a key.
std::string without_arguments(const std::string& error) { return error.substr(0, error.find(", with args")); }

bool is_refusal(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) return true;
  for (std::size_t i = 0; reply.type == REDIS_REPLY_ARRAY && i < reply.elements; ++i)
    if (is_refusal(*reply.element[i])) return true;
  return false;
}

std::size_t size_of(const RedisCommand& command) {
  std::size_t size = 0;
  for (const auto& word : command) size += word.size();
  return size;
}

std::size_t size_of(const std::vector<RedisCommand>& commands) {
  std::size_t size = 0;
  for (const auto& command : commands) size += size_of(command);
  return size;
}

}  // namespace

struct RedisLink::State : std::enable_shared_from_this<RedisLink::State> {
  State(asio::any_io_executor ex, RedisSettings s)
      : executor{std::move(ex)}, settings{std::move(s)}, server{settings.server}, changed{executor} {}

  asio::any_io_executor executor;
  RedisSettings settings;
  Endpoint server;  ///< the one that the link leads to, or shall
  std::shared_ptr<HiredisAdapter> adapter;
  Condition changed;       ///< connected, open, lost or stopped
  bool connected = false;  ///< the socket is
  bool open = false;       ///< authenticated, database selected
  bool doubtful = false;   ///< a reply is overdue
  bool demoted = false;    ///< it says that it is a replica now
  bool stopped = false;
  std::string trouble;
  std::size_t outstanding = 0, outstanding_bytes = 0;
  ReplyGuard guard{outstanding};
  std::uint64_t refused = 0;
  Clock::time_point clock_read;  ///< when the reply to TIME had come
  milliseconds clock{};          ///< and what it said: Redis' clock was at least here by then

  [[nodiscard]] bool alive() const { return adapter && adapter->context() != nullptr; }

  void cut() {
    if (!alive()) return;
    ::redisAsyncFree(adapter->context());  // calls every outstanding callback with no reply, then cleanup
    adapter.reset();
    connected = open = false;
  }

  // ---- commands --------------------------------------------------------------------------------------------------

  /// What hiredis carries for one command; exactly one callback frees it.
  struct Ticket {
    std::shared_ptr<State> state;
    std::shared_ptr<Exchange> exchange;  ///< null: nobody waits
    std::size_t index;
    std::size_t bytes;
    bool last;
  };

  static void on_reply(redisAsyncContext*, void* data, void* ticket_data) {
    const std::unique_ptr<Ticket> ticket{static_cast<Ticket*>(ticket_data)};
    auto& self = *ticket->state;
    const auto* const reply = static_cast<const redisReply*>(data);
    --self.outstanding;
    self.outstanding_bytes -= ticket->bytes;
    if (reply != nullptr && reply->type == REDIS_REPLY_ERROR && self.open) self.tell_refusal(*reply);
    auto* const exchange = ticket->exchange.get();
    if (exchange == nullptr) {
      if (ticket->last && reply != nullptr && is_refusal(*reply)) ++self.refused;
      return;
    }
    if (reply == nullptr)
      exchange->lost = true;
    else
      exchange->values[ticket->index] = convert(*reply);
    --exchange->missing;
    if (exchange->missing == 0 || exchange->lost) exchange->done.notify_all();  // resumes later, not within hiredis
  }

  void tell_refusal(const redisReply& reply) {
    const std::string text{reply.str, reply.len};
    if (text.starts_with("EXECABORT")) return;  // what aborted it has been told
    if (text.starts_with("READONLY") && !settings.sentinels.empty()) {
      demoted = true;
      changed.notify_all();
    }
    log_limited(LogLevel::warning, "redis_refused", server.to_string(),
                "server=" + server.to_string() + " what=\"" + without_arguments(text) + "\"");
  }

  [[nodiscard]] bool has_room(std::size_t commands, std::size_t bytes) const {
    return outstanding + commands <= max_outstanding && outstanding_bytes + bytes <= max_outstanding_bytes;
  }

  /// All or, if there is no room, none: half a transaction would swallow whatever follows it.
  bool submit(const std::vector<RedisCommand>& commands, const std::shared_ptr<Exchange>& exchange) {
    if (!alive() || !has_room(commands.size(), size_of(commands))) return false;
    std::vector<const char*> words;
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < commands.size(); ++i) {
      words.clear();
      sizes.clear();
      for (const auto& word : commands[i]) {
        words.push_back(word.data());
        sizes.push_back(word.size());
      }
      auto ticket = std::make_unique<Ticket>(
          Ticket{shared_from_this(), exchange, i, size_of(commands[i]), i + 1 == commands.size()});
      // Fails for a link that is being given up, where nothing follows.
      if (::redisAsyncCommandArgv(adapter->context(), &State::on_reply, ticket.get(), static_cast<int>(words.size()),
                                  words.data(), sizes.data()) != REDIS_OK)
        return false;
      ++outstanding;
      outstanding_bytes += ticket.release()->bytes;
    }
    return true;
  }

  /// Regardless of `open` and `doubtful`: those who ask check them.
  asio::awaitable<std::optional<std::vector<RedisValue>>> exchange(std::vector<RedisCommand> commands,
                                                                   milliseconds budget) {
    const auto end = Clock::now() + budget;
    auto waiting = std::make_shared<Exchange>(executor);
    waiting->values.resize(commands.size());
    waiting->missing = commands.size();
    if (!submit(commands, waiting)) co_return std::nullopt;
    if (waiting->missing > 0 && !waiting->lost) static_cast<void>(co_await waiting->done.wait_until(end));
    if (waiting->missing == 0 && !waiting->lost) co_return std::move(waiting->values);
    if (!waiting->lost && !stopped) doubt();
    co_return std::nullopt;
  }

  void note_clock(const RedisValue& time) {
    if (time.elements.size() != 2) return;
    const auto read = redis_time(time.elements[0].text, time.elements[1].text);
    if (!read) return;  // then it is too early, and what is written by it lives shorter
    clock_read = Clock::now();
    clock = *read;
  }

  void doubt() {
    if (doubtful || !open) return;
    doubtful = true;
    log_limited(LogLevel::warning, "redis_slow", server.to_string(),
                "server=" + server.to_string() + " what=\"no reply in time; lookups pass it by\"");
    spawn(executor, "redis probe", probe(shared_from_this()));
  }

  static asio::awaitable<void> probe(std::shared_ptr<State> self) {
    const auto asked = self->adapter;
    const auto reply = co_await self->exchange(probe_commands(self->settings), probe_limit);
    if (self->adapter != asked || !self->alive()) co_return;  // that link is gone, and the doubt with it
    if (reply) {
      self->note_clock(reply->front());
      self->doubtful = false;
      if (reply->size() > 1 && says_replica(reply->back())) {
        self->demoted = true;
        self->changed.notify_all();
      }
    } else {
      self->trouble = "no reply within " + std::to_string(probe_limit.count()) + " ms";
      self->lose();
    }
  }

  // ---- connecting ------------------------------------------------------------------------------------------------

  void lose() {
    cut();
    connected = open = false;
    changed.notify_all();
  }

  static asio::awaitable<void> run(std::shared_ptr<State> self) {
    auto back_off = first_back_off;
    while (!self->stopped) {
      const bool opened = co_await self->establish();
      if (opened) {
        back_off = first_back_off;
        self->open = true;
        self->doubtful = false;
        self->changed.notify_all();
        spdlog::info("event=redis_up server={}", self->server.to_string());
        while (self->alive() && self->connected && !self->stopped && !self->demoted) {
          // A link that died in silence is found before a lookup has to find it.
          const auto interval = self->settings.sentinels.empty()
                                    ? self->settings.probe_interval
                                    : std::min(self->settings.probe_interval, sentinel_probe_interval);
          const bool interrupted = co_await self->changed.wait_for(interval);
          if (!interrupted && self->alive() && !self->doubtful) co_await probe(self);
        }
        if (self->demoted) self->trouble = "it is a replica now";
        self->open = false;
      } else {
        back_off = std::min(back_off * 2, longest_back_off);
      }
      self->cut();
      if (self->stopped) break;
      log_limited(LogLevel::warning, "redis_down", self->server.to_string(),
                  "server=" + self->server.to_string() + " what=\"" + self->trouble + "; answers come without it\"");
      static_cast<void>(co_await self->changed.wait_for(back_off));
    }
    self->cut();
  }

  /// False: `trouble` says why.
  asio::awaitable<bool> establish() {
    demoted = false;
    if (!settings.sentinels.empty()) {
      const bool named = co_await find_master();
      if (!named) co_return false;
    }
    const auto greeting = greeting_of(settings);
    auto replies = co_await greet(server, greeting);
    if (!replies) co_return false;
    for (std::size_t i = 0; i < replies->size(); ++i) {
      const auto& reply = (*replies)[i];
      // Sentinel names a master before it has made it one.
      if (greeting[i][0] != "ROLE" || !says_replica(reply)) continue;
      trouble = "it is no master yet";
      co_return false;
    }
    note_clock(replies->back());
    co_return alive() && connected;
  }

  /// Asks the Sentinels in order, until one knows the master's address.
  asio::awaitable<bool> find_master() {
    std::string troubles;
    for (const auto& sentinel : settings.sentinels) {
      if (stopped) co_return false;
      auto replies = co_await greet(sentinel, question_for_sentinel(settings.master));
      cut();
      if (replies && replies->front().elements.size() == 2) {
        const auto& address = replies->front().elements;
        server = {Endpoint::Kind::inet,
                  address[0].text,
                  static_cast<std::uint16_t>(std::strtoul(address[1].text.c_str(), nullptr, 10)),
                  {}};
        co_return true;
      }
      troubles += sentinel.to_string() + ": " + (replies ? "knows no master " + settings.master : trouble) + "; ";
    }
    trouble = "no Sentinel names the master: " + troubles.substr(0, troubles.size() - 2);
    co_return false;
  }

  /// Connects to an address of the endpoint's name, each in turn, and says the commands; their replies, none of them an
  /// error. nullopt: `trouble` says why.
  asio::awaitable<std::optional<std::vector<RedisValue>>> greet(Endpoint endpoint, std::vector<RedisCommand> commands) {
    std::vector<std::string> addresses(1, endpoint.host);
    boost::system::error_code error;
    if (endpoint.kind == Endpoint::Kind::inet) {
      static_cast<void>(asio::ip::make_address(endpoint.host, error));
      if (error) {
        auto found = co_await addresses_of(executor, endpoint.host, Clock::now() + open_limit);
        addresses.clear();
        if (found)
          addresses = std::move(*found);
        else
          trouble = found.error().detail;
      }
    }
    std::optional<std::vector<RedisValue>> replies;
    for (std::size_t i = 0; i < addresses.size() && !replies && !stopped; ++i) {
      cut();
      replies = co_await greet_at(endpoint, addresses[i], commands);
    }
    co_return replies;
  }

  /// `address` is for inet.
  asio::awaitable<std::optional<std::vector<RedisValue>>> greet_at(Endpoint endpoint, std::string address,
                                                                   std::vector<RedisCommand> commands) {
    trouble = "connection lost";
    redisAsyncContext* const context = endpoint.kind == Endpoint::Kind::unix_socket
                                           ? ::redisAsyncConnectUnix(endpoint.path.c_str())
                                           : ::redisAsyncConnect(address.c_str(), endpoint.port);
    if (context == nullptr) {
      trouble = "out of memory";
      co_return std::nullopt;
    }
    if (context->err != 0) {
      trouble = context->errstr;
      ::redisAsyncFree(context);
      co_return std::nullopt;
    }
    guard.watch(context);
    adapter = HiredisAdapter::attach(executor, context, guard);
    context->data = this;
    ::redisAsyncSetConnectCallback(context, &State::on_connect);
    ::redisAsyncSetDisconnectCallback(context, &State::on_disconnect);

    static_cast<void>(co_await changed.wait_for(open_limit));
    if (!connected || stopped) {
      if (alive()) trouble = "no answer to the connect";
      co_return std::nullopt;
    }
    auto replies = co_await exchange(commands, open_limit);
    if (!replies) {
      trouble = "no answer to " + commands.front().front();
      co_return std::nullopt;
    }
    for (std::size_t i = 0; i < replies->size(); ++i)
      if ((*replies)[i].type == RedisValue::Type::error) {
        trouble = commands[i][0] + " refused: " + without_arguments((*replies)[i].text);
        co_return std::nullopt;
      }
    co_return replies;
  }

  static void on_connect(const redisAsyncContext* context, int status) {
    auto* const self = static_cast<State*>(context->data);
    self->connected = status == REDIS_OK;
    if (status != REDIS_OK) self->trouble = context->errstr;  // hiredis frees the context after this
    self->changed.notify_all();
  }

  static void on_disconnect(const redisAsyncContext* context, int status) {
    auto* const self = static_cast<State*>(context->data);
    if (self->guard.problem() != nullptr)
      self->trouble = self->guard.problem();
    else if (status != REDIS_OK)
      self->trouble = context->errstr;
    self->connected = self->open = false;
    self->changed.notify_all();
  }
};

RedisLink::RedisLink(asio::any_io_executor executor, RedisSettings settings)
    : state_{std::make_shared<State>(std::move(executor), std::move(settings))} {}

RedisLink::~RedisLink() { stop(); }

void RedisLink::start() { spawn(state_->executor, "redis", State::run(state_)); }

void RedisLink::stop() {
  state_->stopped = true;
  state_->cut();
  state_->changed.notify_all();
}

asio::awaitable<bool> RedisLink::opened(Clock::time_point end) {
  const auto state = state_;
  while (!state->open && !state->stopped && Clock::now() < end)
    static_cast<void>(co_await state->changed.wait_until(end));
  co_return state->open;
}

bool RedisLink::ready() const noexcept { return state_->open && !state_->doubtful && !state_->stopped; }

bool RedisLink::doubtful() const noexcept { return state_->open && state_->doubtful; }

bool RedisLink::has_room(const std::vector<RedisCommand>& commands) const noexcept {
  return state_->has_room(commands.size(), size_of(commands));
}

std::uint64_t RedisLink::refused() const noexcept { return state_->refused; }

milliseconds RedisLink::clock_at(Clock::time_point time) const noexcept {
  return state_->clock + std::chrono::floor<milliseconds>(time - state_->clock_read);
}

asio::awaitable<std::optional<std::vector<RedisValue>>> RedisLink::call(std::vector<RedisCommand> commands,
                                                                        milliseconds budget) {
  const auto state = state_;
  if (!ready()) co_return std::nullopt;
  auto values = co_await state->exchange(std::move(commands), budget);
  co_return values;
}

void RedisLink::send(const std::vector<RedisCommand>& commands) {
  if (ready()) state_->submit(commands, nullptr);
}

}  // namespace maproom::cache
