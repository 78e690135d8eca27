#include "maproom/cache/redis_link.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <spdlog/spdlog.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "maproom/core/spawn.hpp"
#include "maproom/ops/log.hpp"

namespace maproom::cache {
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
namespace {

constexpr milliseconds open_limit{1000};   // to connect, authenticate and select
constexpr milliseconds probe_limit{1000};  // for the PING after a time-out
constexpr milliseconds first_back_off{50};
constexpr milliseconds longest_back_off{1000};
constexpr std::size_t max_outstanding = 20'000;

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
std::vector<RedisCommand> ping() { return {{"PING"}}; }

std::vector<RedisCommand> greeting_of(const RedisSettings& settings) {
  std::vector<RedisCommand> commands;
  if (!settings.username.empty())
    commands.push_back({"AUTH", settings.username, settings.password});
  else if (!settings.password.empty())
    commands.push_back({"AUTH", settings.password});
  commands.push_back({"SELECT", std::to_string(settings.database)});
  return commands;
}

/// Some commands whose replies one caller waits for. The timer is the condition variable.
struct Exchange {
  Exchange(const asio::any_io_executor& executor, milliseconds budget) : done{executor, budget} {}
  asio::steady_timer done;
  std::vector<RedisValue> values;
  std::size_t missing = 0;
  bool lost = false;
};

/// hiredis' six hooks for one context. hiredis frees the context by itself (after a failed connect, a lost connection,
/// or redisAsyncFree) and calls cleanup first: from then on `context` is null, and handlers that are still queued do
/// nothing.
struct Adapter : std::enable_shared_from_this<Adapter> {
  Adapter(const asio::any_io_executor& executor, redisAsyncContext* c) : context{c}, socket{executor, c->c.fd} {}
  redisAsyncContext* context;
  asio::posix::stream_descriptor socket;  ///< hiredis' descriptor: released, never closed
  bool want_read = false, want_write = false, reading = false, writing = false;

  void read() {
    if (context == nullptr || !want_read || reading) return;
    reading = true;
    auto handler = [self = shared_from_this()](const boost::system::error_code& error) {
      self->reading = false;
      if (error || self->context == nullptr) return;
      ::redisAsyncHandleRead(self->context);
      self->read();
    };
    socket.async_wait(asio::posix::stream_descriptor::wait_read, std::move(handler));
  }
  void write() {
    if (context == nullptr || !want_write || writing) return;
    writing = true;
    auto handler = [self = shared_from_this()](const boost::system::error_code& error) {
      self->writing = false;
      if (error || self->context == nullptr) return;
      ::redisAsyncHandleWrite(self->context);
      self->write();
    };
    socket.async_wait(asio::posix::stream_descriptor::wait_write, std::move(handler));
  }
  void cleanup() {
    context = nullptr;
    want_read = want_write = false;
    socket.release();
  }
};

Adapter& adapter_of(void* data) { return **static_cast<std::shared_ptr<Adapter>*>(data); }

void attach(redisAsyncContext* context, const std::shared_ptr<Adapter>& adapter) {
  context->ev.data = new std::shared_ptr<Adapter>{adapter};  // NOLINT: freed in cleanup, which hiredis calls once
  context->ev.addRead = [](void* data) {
    adapter_of(data).want_read = true;
    adapter_of(data).read();
  };
  context->ev.delRead = [](void* data) { adapter_of(data).want_read = false; };
  context->ev.addWrite = [](void* data) {
    adapter_of(data).want_write = true;
    adapter_of(data).write();
  };
  context->ev.delWrite = [](void* data) { adapter_of(data).want_write = false; };
  context->ev.cleanup = [](void* data) {
    const std::unique_ptr<std::shared_ptr<Adapter>> owned{static_cast<std::shared_ptr<Adapter>*>(data)};
    (*owned)->cleanup();
  };
}

}  // namespace

struct RedisLink::State : std::enable_shared_from_this<RedisLink::State> {
  State(asio::any_io_executor ex, RedisSettings s)
      : executor{std::move(ex)}, settings{std::move(s)}, changed{executor} {}

  asio::any_io_executor executor;
  RedisSettings settings;
  std::shared_ptr<Adapter> adapter;
  asio::steady_timer changed;  ///< condition variable: connected, lost or stopped
  bool connected = false;      ///< the socket is
  bool open = false;           ///< authenticated, database selected
  bool doubtful = false;       ///< a reply is overdue
  bool stopped = false;
  std::string trouble;
  std::size_t outstanding = 0;
  std::uint64_t timeouts = 0;

  [[nodiscard]] bool alive() const { return adapter && adapter->context != nullptr; }

  void cut() {
    if (!alive()) return;
    ::redisAsyncFree(adapter->context);  // calls every outstanding callback with no reply, then cleanup
    adapter.reset();
    connected = open = false;
  }

  // ---- commands --------------------------------------------------------------------------------------------------

  /// What hiredis carries for one command; exactly one callback frees it.
  struct Ticket {
    std::shared_ptr<State> state;
    std::shared_ptr<Exchange> exchange;  ///< null: nobody waits
    std::size_t index;
  };

  static void on_reply(redisAsyncContext*, void* reply, void* data) {
    const std::unique_ptr<Ticket> ticket{static_cast<Ticket*>(data)};
    --ticket->state->outstanding;
    auto* const exchange = ticket->exchange.get();
    if (exchange == nullptr) return;
    if (reply == nullptr)
      exchange->lost = true;
    else
      exchange->values[ticket->index] = convert(*static_cast<redisReply*>(reply));
    --exchange->missing;
    if (exchange->missing == 0 || exchange->lost) exchange->done.cancel();  // resumes later, not within hiredis
  }

  bool submit(const RedisCommand& command, std::shared_ptr<Exchange> exchange, std::size_t index) {
    if (!alive() || outstanding >= max_outstanding) return false;
    std::vector<const char*> words;
    std::vector<std::size_t> sizes;
    for (const auto& word : command) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    auto ticket = std::make_unique<Ticket>(Ticket{shared_from_this(), std::move(exchange), index});
    if (::redisAsyncCommandArgv(adapter->context, &State::on_reply, ticket.get(), static_cast<int>(words.size()),
                                words.data(), sizes.data()) != REDIS_OK)
      return false;
    static_cast<void>(ticket.release());
    ++outstanding;
    return true;
  }

  /// Regardless of `open` and `doubtful`: those who ask check them.
  asio::awaitable<std::optional<std::vector<RedisValue>>> exchange(std::vector<RedisCommand> commands,
                                                                   milliseconds budget) {
    auto waiting = std::make_shared<Exchange>(executor, budget);
    waiting->values.resize(commands.size());
    waiting->missing = commands.size();
    for (std::size_t i = 0; i < commands.size(); ++i)
      if (!submit(commands[i], waiting, i)) co_return std::nullopt;
    if (waiting->missing > 0 && !waiting->lost) {
      boost::system::error_code ignored;
      co_await waiting->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (waiting->missing == 0 && !waiting->lost) co_return std::move(waiting->values);
    if (!waiting->lost && !stopped) {
      ++timeouts;
      doubt();
    }
    co_return std::nullopt;
  }

  void doubt() {
    if (doubtful || !open) return;
    doubtful = true;
    ops::log_limited(ops::Level::warning, "redis_slow", "",
                     "server=" + settings.server.to_string() + " what=\"no reply in time; lookups pass it by\"");
    spawn(executor, "redis probe", probe(shared_from_this()));
  }

  static asio::awaitable<void> probe(std::shared_ptr<State> self) {
    const auto asked = self->adapter;
    auto pong = co_await self->exchange(ping(), probe_limit);
    self->doubtful = false;
    if (!pong && self->adapter == asked) {
      self->trouble = "no reply to PING";
      self->lose();
    }
  }

  // ---- connecting ------------------------------------------------------------------------------------------------

  void lose() {
    cut();
    connected = open = false;
    changed.cancel();
  }

  static asio::awaitable<void> run(std::shared_ptr<State> self) {
    auto back_off = first_back_off;
    while (!self->stopped) {
      const bool opened = co_await self->establish();
      if (opened) {
        back_off = first_back_off;
        self->open = true;
        self->doubtful = false;
        spdlog::info("event=redis_up server={}", self->settings.server.to_string());
        while (self->alive() && self->connected && !self->stopped) {
          boost::system::error_code ignored;
          self->changed.expires_at(Clock::time_point::max());
          co_await self->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        self->open = false;
      } else {
        back_off = std::min(back_off * 2, longest_back_off);
      }
      self->cut();
      if (self->stopped) break;
      ops::log_limited(
          ops::Level::warning, "redis_down", "",
          "server=" + self->settings.server.to_string() + " what=\"" + self->trouble + "; answers come without it\"");
      self->changed.expires_after(back_off);
      boost::system::error_code ignored;
      co_await self->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    self->cut();
  }

  asio::awaitable<bool> establish() {
    trouble = "connection lost";
    redisAsyncContext* context = nullptr;
    if (settings.server.kind == net::Endpoint::Kind::unix_socket) {
      context = ::redisAsyncConnectUnix(settings.server.path.c_str());
    } else {
      boost::system::error_code error;
      std::string address = settings.server.host;
      static_cast<void>(asio::ip::make_address(address, error));
      if (error) {
        asio::ip::tcp::resolver resolver{executor};
        const auto found = co_await resolver.async_resolve(address, std::to_string(settings.server.port),
                                                           asio::redirect_error(asio::use_awaitable, error));
        if (error) {
          trouble = "cannot resolve " + settings.server.host + ": " + error.message();
          co_return false;
        }
        address = found.begin()->endpoint().address().to_string();
      }
      context = ::redisAsyncConnect(address.c_str(), settings.server.port);
    }
    if (context == nullptr) {
      trouble = "out of memory";
      co_return false;
    }
    if (context->err != 0) {
      trouble = context->errstr;
      ::redisAsyncFree(context);
      co_return false;
    }
    adapter = std::make_shared<Adapter>(executor, context);
    attach(context, adapter);
    context->data = this;
    ::redisAsyncSetConnectCallback(context, &State::on_connect);
    ::redisAsyncSetDisconnectCallback(context, &State::on_disconnect);

    changed.expires_after(open_limit);
    if (!connected) {
      boost::system::error_code ignored;
      co_await changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (!connected || stopped) {
      if (alive()) trouble = "no answer to the connect";
      co_return false;
    }
    const auto greeting = greeting_of(settings);
    const auto replies = co_await exchange(greeting, open_limit);
    if (!replies) {
      trouble = "no answer to AUTH and SELECT";
      co_return false;
    }
    for (std::size_t i = 0; i < replies->size(); ++i)
      if ((*replies)[i].type == RedisValue::Type::error) {
        trouble = greeting[i][0] + " refused: " + (*replies)[i].text;
        co_return false;
      }
    co_return alive() && connected;
  }

  static void on_connect(const redisAsyncContext* context, int status) {
    auto* const self = static_cast<State*>(context->data);
    self->connected = status == REDIS_OK;
    if (status != REDIS_OK) self->trouble = context->errstr;  // hiredis frees the context after this
    self->changed.cancel();
  }

  static void on_disconnect(const redisAsyncContext* context, int status) {
    auto* const self = static_cast<State*>(context->data);
    if (status != REDIS_OK) self->trouble = context->errstr;
    self->connected = self->open = false;
    self->changed.cancel();
  }
};

RedisLink::RedisLink(asio::any_io_executor executor, RedisSettings settings)
    : state_{std::make_shared<State>(std::move(executor), std::move(settings))} {}

RedisLink::~RedisLink() {
  state_->stopped = true;
  state_->cut();
  state_->changed.cancel();
}

void RedisLink::start() { spawn(state_->executor, "redis", State::run(state_)); }
bool RedisLink::ready() const noexcept { return state_->open && !state_->doubtful && !state_->stopped; }
std::uint64_t RedisLink::timeouts() const noexcept { return state_->timeouts; }

asio::awaitable<std::optional<std::vector<RedisValue>>> RedisLink::call(std::vector<RedisCommand> commands,
                                                                        milliseconds budget) {
  const auto state = state_;
  if (!ready()) co_return std::nullopt;
  auto values = co_await state->exchange(std::move(commands), budget);
  co_return values;
}

void RedisLink::send(const RedisCommand& command) {
  if (ready()) state_->submit(command, nullptr, 0);
}

}  // namespace maproom::cache
