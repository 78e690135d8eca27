// Whole sessions: up to three clients of one SessionSet, over socket pairs, in front of a backend that answers, fails,
// is slow, or says a thing twice. Whatever the clients send, in whatever pieces, and however little they read: each
// request gets one reply, in order, of the right form, and never a wrong one; a violation ends the session that
// committed it, and no other; what is held is bounded; and nothing is left when they have gone. Nothing waits for a
// clock.
//
// Input: a byte of settings, then steps: what is done and by whom (a byte), mostly with a byte of how much.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>
#include <vector>

#include "maproom/core/fold.hpp"
#include "maproom/core/log.hpp"
#include "maproom/net/session_set.hpp"
#include "maproom/proto/socketmap.hpp"
#include "maproom/proto/tcp_table.hpp"
#include "moody_backend.hpp"
#include "session_reference.hpp"
#include "support/input_bytes.hpp"

namespace {

using namespace maproom;
using namespace std::chrono_literals;
using fuzz::Mood;
using fuzz::Protocol;
using fuzz::require;

/// A client can make a session hold about 256 KiB of replies and one more, a reading of 64 KiB behind an unfinished
/// request of 48 KiB, and strings have up to twice the room that they need.
constexpr std::size_t most_held = 2 * ((256 + 100 + 64 + 48) * 1024);
constexpr std::size_t tight_limit = 256 * 1024;
/// An input does no more than this for each client.
constexpr std::size_t most_sent = 2 << 20;

struct Settings {
  Protocol protocol;
  bool small_buffers;  ///< of the sockets, so that a client that does not read is felt soon
  bool tight;          ///< the limit of what all sessions hold together
  bool file;           ///< tcp: the second client asks a text table
  std::size_t clients;
  explicit Settings(std::size_t byte)
      : protocol{(byte & 1) != 0 ? Protocol::socketmap : Protocol::tcp},
        small_buffers{(byte & 2) != 0},
        tight{(byte & 4) != 0},
        file{(byte & 8) != 0},
        clients{1 + (byte >> 4) % 3} {}
};

/// What a request has to be answered by.
struct Due {
  enum class What { found, not_found, temporary, end } what = What::temporary;
  std::string value;
  bool of_database = false;
  bool may_fail = false;  ///< the database was away while it waited
};

Due due_for(const std::string& map, const std::string& key) {
  if (map != "sql" && map != "file") return {};
  if (key.empty() || key.size() > fuzz::longest_key || !is_valid_utf8(key)) return {Due::What::not_found, {}};
  const auto folded = fold(key, true);
  if (map == "file") return folded == "tea" ? Due{Due::What::found, "cup"} : Due{Due::What::not_found, {}};
  const auto value = fuzz::value_of(folded);
  switch (fuzz::mood_of(folded)) {
    case Mood::value:
    case Mood::long_value:
    case Mood::slow_value:
      return {Due::What::found, value, true};
    case Mood::two_rows:
      return {Due::What::found, value + "," + value, true};
    case Mood::no_row:
    case Mood::no_column:
    case Mood::slow_no_row:
      return {Due::What::not_found, {}, true};
    case Mood::error:
    case Mood::slow_error:
    case Mood::exception:
    case Mood::not_utf8:
    case Mood::no_result_set:
      break;
  }
  return {Due::What::temporary, {}, true};
}

class Client {
 public:
  Client(int descriptor, Protocol protocol, std::string map)
      : descriptor_{descriptor}, protocol_{protocol}, map_{std::move(map)}, stream_{protocol} {}
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// To be sent.
  void say(std::string_view bytes) {
    outbox_ += bytes.substr(0, most_sent - std::min(most_sent, sent_ + outbox_.size()));
  }
  void say_again(std::size_t times) {
    for (; times > 0 && sent_ + outbox_.size() < most_sent; --times) say(last_);
  }
  void ask(const std::string& map, const std::string& key) {
    const auto payload = map + " " + key;
    last_ = protocol_ == Protocol::tcp ? "get " + key + "\n" : std::to_string(payload.size()) + ":" + payload + ",";
    say(last_);
  }
  void push(std::size_t most) {
    while (most > 0 && !outbox_.empty() && descriptor_ >= 0) {
      const auto sent =
          ::send(descriptor_, outbox_.data(), std::min(most, outbox_.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) break;
      const auto count = static_cast<std::size_t>(sent);
      stream_.add(std::string_view{outbox_}.substr(0, count));
      outbox_.erase(0, count);
      sent_ += count;
      most -= count;
    }
    while (const auto request = stream_.next()) {
      if (request->kind == fuzz::SentRequest::Kind::question) {
        due_.push_back(due_for(protocol_ == Protocol::tcp ? map_ : request->map, request->key));
        due_.back().may_fail = away_ && due_.back().of_database;
      } else if (request->kind == fuzz::SentRequest::Kind::malformed || protocol_ == Protocol::tcp) {
        due_.push_back({});
      }
      if (request->kind == fuzz::SentRequest::Kind::violation) due_.push_back({Due::What::end, {}});
    }
  }
  /// false: nothing came.
  bool read(std::size_t most) {
    bool came = false;
    static char bytes[65536];
    while (most > 0 && descriptor_ >= 0 && !ended_) {
      const auto count = ::recv(descriptor_, bytes, std::min(most, sizeof bytes), MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN) break;
      came = true;
      if (count <= 0) {
        ended_ = true;
        break;
      }
      got_.append(bytes, static_cast<std::size_t>(count));
      most -= static_cast<std::size_t>(count);
      judge();
    }
    return came;
  }
  void database_is(bool away) {
    away_ = away;
    if (!away) return;
    for (auto& due : due_) due.may_fail = due.of_database;
  }
  void half_close() {
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
    half_closed_ = true;
  }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

  /// It has read all there is; what is not there now will never be.
  void judge_the_end(bool drained, bool tight) const {
    if (descriptor_ < 0) return;
    const bool violated = !due_.empty() && due_.front().what == Due::What::end;
    const bool greedy = tight && (!due_.empty() || stream_.unfinished());
    if (!violated && !drained && !greedy) require(due_.empty(), "each request gets a reply");
    if (!greedy) require(got_.empty(), "no reply is cut short");
    if (ended_)
      require(violated || drained || greedy || half_closed_, "nobody is turned out who does nothing wrong");
    else
      require(!violated && !half_closed_ && !drained, "what is over comes to its end");
  }

 private:
  void judge() {
    while (const auto reply = fuzz::take_reply(protocol_, got_)) {
      require(!due_.empty() && due_.front().what != Due::What::end, "no reply comes that was not asked for");
      const auto due = std::move(due_.front());
      due_.pop_front();
      const auto size = protocol_ == Protocol::tcp ? std::string{"200 \n"}.size() : std::string{"OK "}.size();
      const auto most = protocol_ == Protocol::tcp ? fuzz::longest_tcp_reply : fuzz::longest_socketmap_reply;
      const bool fits = due.value.size() + size <= most;
      if (reply->kind == fuzz::GotReply::Kind::temporary) {
        require(due.what == Due::What::temporary || due.may_fail || !fits, "an error has a reason");
        continue;
      }
      require(due.what != Due::What::temporary && fits, "what is not known is an error");
      const bool found = reply->kind == fuzz::GotReply::Kind::found;
      require(found == (due.what == Due::What::found), "not found is what has no row, and nothing else");
      if (found) require(reply->value == due.value, "a value is that of its own request");
    }
  }

  int descriptor_;
  Protocol protocol_;
  std::string map_;
  std::string outbox_, last_ = "get v\n";
  std::size_t sent_ = 0;
  fuzz::SentStream stream_;
  std::deque<Due> due_;
  std::string got_;
  bool away_ = false, ended_ = false, half_closed_ = false;
};

class Run {
 public:
  explicit Run(const Settings& settings) : settings_{settings} {
    add_map("sql", resolver::SqlTable{"sql", table(), backend_, nullptr}, false);
    add_map("hidden", resolver::SqlTable{"hidden", table(), backend_, nullptr}, true);
    auto lines = std::make_shared<map::CurrentFile>();
    lines->table =
        std::make_shared<map::FileTable>(map::FileTable::parse(map::FileKind::text, "tea cup\n", true).value());
    add_map("file", std::shared_ptr<const map::CurrentFile>{std::move(lines)}, false);
    if (settings.tight) sessions_.limit_memory(tight_limit);
    sessions_.start();
    for (std::size_t i = 0; i < settings.clients; ++i) connect(i == 1 && settings.file ? "file" : "sql");
    turn();
  }

  void play(test::InputBytes input) {
    while (!input.empty()) {
      const auto step = input.byte();
      do_step(step & 0x0fU, *clients_[(step >> 4) % clients_.size()], input);
      turn();
    }
  }

  /// The database answers whatever waits, the clients read all that comes, and go.
  void finish() {
    set_away(false);
    for (bool goes_on = true; goes_on;) {
      goes_on = backend_->held() > 0;
      backend_->release();
      turn();
      for (const auto& client : clients_) goes_on = client->read(most_sent * 100) || goes_on;
      turn();
    }
    for (const auto& client : clients_) client->judge_the_end(drained_, settings_.tight);
    clients_.clear();
    turn();
    require(sessions_.size() == 0, "whoever has gone leaves no session");
    require(sessions_.holds() == 0, "whoever has gone leaves nothing behind");
    sessions_.stop();
    turn();
    require(context_.stopped(), "nothing goes on when all is over");
  }

 private:
  static map::Table table() {
    map::TableSettings settings;
    settings.query = "SELECT v FROM t WHERE k = '%s'";
    return map::Table::compile(std::move(settings), true).value();
  }

  template <class Rows>
  void add_map(const std::string& name, Rows rows, bool passwords) {
    auto map = std::make_shared<resolver::ServedMap>();
    map->map.name = name;
    map->map.profile = map::profile_of("exact", map->map.settings).value();
    map->map.freshness = {1h, 1h, 1h, 0s, 1h};
    map->map.deadline = 1h;
    map->passwords = passwords;
    map->tables.push_back({std::move(rows), "fuzz"});
    maps_->emplace(name, std::move(map));
  }

  void connect(const std::string& map) {
    int pair[2];
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0, "there are sockets");
    if (settings_.small_buffers)
      for (const int own : pair) {
        const int least = 1;
        ::setsockopt(own, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
      }
    clients_.push_back(std::make_unique<Client>(pair[0], settings_.protocol, map));
    const bool tcp = settings_.protocol == Protocol::tcp;
    sessions_.add(pair[1], tcp ? static_cast<const proto::Codec&>(tcp_) : socketmap_, tcp ? map : "");
  }

  void do_step(std::size_t what, Client& client, test::InputBytes& input) {
    static const std::string maps[] = {"sql", "sql", "sql", "file", "hidden", "none"};
    static const std::string keys = "vnmdlexuqsaf";
    switch (what) {
      case 0:
      case 1:
        return client.say(input.text(input.byte()));
      case 2:
      case 3: {
        const auto how = input.byte();
        return client.ask(maps[how / 48], keys[how % 12] + std::to_string(how / 12 % 4));
      }
      case 4: {
        const auto& map = maps[input.byte() % std::size(maps)];
        return client.ask(map, std::string{input.text(input.byte())});
      }
      case 5: {
        const auto size = 1024 * (1 + input.byte());
        return client.say(std::string(size, static_cast<char>(input.byte())));
      }
      case 6:
        return client.say_again(1 + input.byte());
      case 7:
        return client.push(1 + input.byte());
      case 8:
      case 9:
        return client.push(most_sent);
      case 10:
        static_cast<void>(client.read(1 + 16 * input.byte()));
        return;
      case 11:
        static_cast<void>(client.read(most_sent));
        return;
      case 12:
        if (backend_->held() > 0) backend_->release(input.byte() % backend_->held());
        return;
      case 13:
        return set_away(input.byte() % 2 != 0);
      case 14:
        return client.half_close();
      default:
        break;
    }
    switch (input.byte() % 8) {
      case 0:
        return client.close();
      case 1:
        drained_ = true;
        return sessions_.drain();
      default:
        return client.say("9:sql vhalf");
    }
  }

  void set_away(bool away) {
    if (away)
      backend_->down = fail(Errc::unavailable, "fake: away");
    else
      backend_->down.reset();
    for (const auto& client : clients_) client->database_is(away);
  }

  void turn() {
    context_.poll();
    require(sessions_.holds() <= clients_.size() * most_held, "a session holds no more than it may");
    if (settings_.tight) require(sessions_.holds() <= tight_limit, "all sessions together hold no more than they may");
  }

  Settings settings_;
  boost::asio::io_context context_{1};
  cache::Store store_{1 << 20};
  feed::Ledger ledger_;
  resolver::Resolver resolver_{context_.get_executor(), store_, nullptr, ledger_};
  std::shared_ptr<fuzz::MoodyBackend> backend_ = std::make_shared<fuzz::MoodyBackend>();
  std::shared_ptr<resolver::Registry> maps_ = std::make_shared<resolver::Registry>();
  std::shared_ptr<const resolver::Registry> registry_ = maps_;
  proto::TcpTableCodec tcp_;
  proto::SocketmapCodec socketmap_;
  net::SessionSet sessions_{context_.get_executor(), resolver_, registry_};
  std::vector<std::unique_ptr<Client>> clients_;
  bool drained_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (set_up_log("off"), true);
  static_cast<void>(quiet);
  test::InputBytes input{fuzz::as_text(data, size)};
  Run run{Settings{input.byte()}};
  run.play(input);
  run.finish();
  return 0;
}
