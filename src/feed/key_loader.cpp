#include "maproom/feed/key_loader.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "maproom/backend/link.hpp"
#include "maproom/core/clock.hpp"
#include "maproom/core/deadline.hpp"
#include "maproom/core/spawn.hpp"
#include "maproom/feed/server_check.hpp"

namespace maproom::feed {
namespace asio = boost::asio;
using std::chrono::milliseconds;
namespace {

constexpr std::chrono::seconds command_limit{2};
constexpr milliseconds row_limit{10'000};
constexpr milliseconds look_interval{5};
constexpr std::chrono::seconds catch_up_limit{5};
constexpr milliseconds not_yet_interval{20};
constexpr std::chrono::seconds retry_interval{5};
/// Of its life, after so many of five parts a set is read anew.
constexpr int renewed_after = 4;
/// A set that holds more than there is costs queries, not answers.
constexpr std::chrono::minutes worn_interval{15};
/// Of the time, at most this share goes into reading a set whose table never rests.
constexpr int rest_factor = 10;
constexpr milliseconds least_rest{500};

Result<void> add_row(keyset::Keys& keys, const backend::Link::ListedRow& row) {
  if (!row.values[0]) return {};  // NULL equals no key
  if (auto* networks = std::get_if<keyset::NetworkKeys>(&keys)) {
    if (row.values.size() == 1) return networks->add(*row.values[0]);
    if (!row.values[1]) return {};
    return networks->add(*row.values[0], *row.values[1]);
  }
  if (!row.first_is_text)
    return fail(Errc::bad_data, "its first column holds numbers or bytes; only how texts compare can be judged");
  auto& texts = std::get<keyset::TextKeys>(keys);
  texts.add(*row.values[0]);
  if (texts.size() > KeyLoader::max_keys)
    return fail(Errc::overload, "it has more than " + std::to_string(KeyLoader::max_keys) + " keys");
  if (texts.useless())
    return fail(Errc::bad_data,
                "more than " + std::to_string(keyset::TextKeys::max_patterns) + " keys are not plain ASCII");
  return {};
}

}  // namespace

struct KeyLoader::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor ex, Ledger& l) : executor{std::move(ex)}, ledger{l} {}

  struct Wanted {
    KeyListing listing;
    Clock::time_point due{};     ///< not before
    Clock::time_point loaded{};  ///< of the set that there is: when its reading began
    std::string problem;         ///< the last that was told
    bool too_many = false;       ///< whole keys do not fit
    [[nodiscard]] keyset::Of of() const { return too_many ? keyset::Of::domains : listing.of; }
  };

  asio::any_io_executor executor;
  Ledger& ledger;
  std::vector<std::shared_ptr<Wanted>> wanted;
  std::uint64_t allowed = 0;  ///< bytes for all sets together
  bool busy = false;
  bool stopped = false;

  /// Bytes that are left for the whole keys of this one.
  std::uint64_t room_for(const Wanted& one) const {
    std::uint64_t used = 0;
    for (const auto& each : wanted)
      if (each.get() != &one) used += each->listing.table->set.bytes();
    return used < allowed ? allowed - used : 0;
  }

  std::shared_ptr<Wanted> next_due() const {
    const auto now = Clock::now();
    for (const auto& each : wanted) {
      const auto& set = each->listing.table->set;
      const auto age = now - each->loaded;
      if (now >= each->due && (!set.complete() || (set.worn() && age >= worn_interval) ||
                               age >= each->listing.lifetime / 5 * renewed_after))
        return each;
    }
    return nullptr;
  }

  static asio::awaitable<void> run(std::shared_ptr<State> self, std::size_t host, std::string server) {
    struct Busy {
      State& state;
      explicit Busy(State& s) : state{s} { state.busy = true; }
      ~Busy() { state.busy = false; }
    } const busy{*self};
    while (!self->stopped) {
      const auto each = self->next_due();
      if (!each) break;
      const auto begun = Clock::now();
      const auto of = each->of();
      const auto room =
          each->listing.fitting && of == keyset::Of::keys ? std::optional{self->room_for(*each)} : std::nullopt;
      auto loaded = co_await self->load(each->listing, of, room, host, server);
      const auto now = Clock::now();
      auto& set = each->listing.table->set;
      set.give_up_load();
      if (!loaded) {
        each->due = now + retry_interval;
        if (self->stopped || each->problem == loaded.error().detail) continue;
        each->problem = loaded.error().detail;
        spdlog::warn(
            "event=keys_unknown table=\"{}\" what=\"{}\" then=\"its unknown keys are asked for in the database\"",
            each->listing.origin, each->problem);
        continue;
      }
      if (*loaded == Load::too_many) {
        each->too_many = true;
        spdlog::info("event=keys_too_many table=\"{}\" keys_memory={} then=\"of its keys only the domains are kept\"",
                     each->listing.origin, self->allowed);
        continue;
      }
      each->due = now + (*loaded == Load::not_yet ? Clock::duration{not_yet_interval}
                                                  : std::max<Clock::duration>(least_rest, (now - begun) * rest_factor));
      if (!set.complete()) continue;
      each->loaded = begun;
      if (each->problem != "none")
        spdlog::info("event=keys_complete table=\"{}\" {}={} bytes={}", each->listing.origin,
                     of == keyset::Of::domains ? "domains" : "keys", set.size(), set.bytes());
      each->problem = "none";
    }
  }

  enum class Load : std::uint8_t {
    over,      ///< read; by now something unclear may have ended the set again
    not_yet,   ///< nothing is wrong, but it was too early
    too_many,  ///< more than there is room for
  };
  /// `room`: bytes, if they are bounded.
  asio::awaitable<Result<Load>> load(KeyListing listing, keyset::Of of, std::optional<std::uint64_t> room,
                                     std::size_t host, std::string server) {
    auto& set = listing.table->set;
    backend::Link link{executor};
    auto connected =
        co_await link.connect(listing.connection, listing.connection.hosts[host], Clock::now() + command_limit);
    if (!connected) co_return connected.error();
    if (link.server() != server) co_return Load::not_yet;  // the feed is about to move too
    set.begin_load(Clock::now());
    const auto dispatched = ledger.position();
    auto place = co_await open_snapshot(link, Clock::now() + command_limit);
    if (!place) co_return place.error();
    auto shown = co_await position_at(link, std::move(*place));
    if (!shown) co_return shown.error();
    if (!*shown || !(*shown)->covers(dispatched)) co_return Load::not_yet;  // what was dispatched is not visible yet
    keyset::Keys keys{keyset::TextKeys{of, listing.forms}};
    if (listing.networks) keys.emplace<keyset::NetworkKeys>();
    bool full = false;
    for (const auto& statement : listing.statements) {
      auto listed = co_await link.list(statement, row_limit, [&](const backend::Link::ListedRow& row) {
        if (stopped) return Result<void>{fail(Errc::unavailable, "stopped")};
        auto added = add_row(keys, row);
        const auto bytes = std::visit([](const auto& each) { return each.bytes(); }, keys);
        if (added && room && bytes > *room) {
          full = true;
          return Result<void>{fail(Errc::overload, "it has too many keys")};
        }
        return added;
      });
      if (full) co_return Load::too_many;
      if (!listed) co_return listed.error();
    }
    link.close();
    if (auto* networks = std::get_if<keyset::NetworkKeys>(&keys)) networks->seal();
    const auto give_up = Clock::now() + catch_up_limit;
    while (set.loading() && !ledger.position().covers(**shown)) {
      if (stopped || Clock::now() >= give_up) co_return Load::not_yet;
      co_await sleep_for(look_interval);
    }
    set.end_load(std::move(keys));
    co_return Load::over;
  }
};

KeyLoader::KeyLoader(asio::any_io_executor executor, Ledger& ledger)
    : state_{std::make_shared<State>(std::move(executor), ledger)} {}
KeyLoader::~KeyLoader() { stop(); }

void KeyLoader::want(std::vector<KeyListing> listings) {
  auto& s = *state_;
  std::vector<std::shared_ptr<State::Wanted>> next;
  for (auto& listing : listings) {
    if (std::any_of(next.begin(), next.end(), [&](const auto& each) { return each->listing.table == listing.table; }))
      continue;  // equal definitions of two maps
    const auto known = std::find_if(s.wanted.begin(), s.wanted.end(), [&](const auto& each) {
      return each->listing.table == listing.table && each->listing.statements == listing.statements &&
             each->listing.forms == listing.forms;
    });
    if (known != s.wanted.end()) {
      next.push_back(*known);
      next.back()->listing = std::move(listing);  // its lifetime may be another one
      continue;
    }
    next.push_back(std::make_shared<State::Wanted>());
    next.back()->listing = std::move(listing);
  }
  for (const auto& old : s.wanted)
    if (std::none_of(next.begin(), next.end(),
                     [&](const auto& each) { return each->listing.table == old->listing.table; }))
      old->listing.table->set.lose();
  s.wanted = std::move(next);
}

void KeyLoader::allow(std::uint64_t bytes) {
  auto& s = *state_;
  if (std::exchange(s.allowed, bytes) == bytes) return;
  for (const auto& each : s.wanted)
    if (each->listing.fitting) {
      each->too_many = false;
      each->loaded = {};
    }
}

void KeyLoader::look(std::size_t host, const std::string& server) {
  auto& s = *state_;
  if (s.busy || s.stopped || !s.ledger.following() || !s.next_due()) return;
  spawn(s.executor, "key sets", State::run(state_, host, server));
}

void KeyLoader::stop() { state_->stopped = true; }

}  // namespace maproom::feed
