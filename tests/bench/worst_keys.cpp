// The time that an answer from memory takes for the worst keys of each lookup profile: the event loop does nothing else
// meanwhile. Each table holds, beside plain keys, as many rows with other characters as a key set can judge, and a
// healthy change feed, so that all that memory can be asked is asked. Ends with 1 if one takes longer than the limit.
//
// usage: bench_worst_keys [LIMIT-IN-MICROSECONDS]

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "maproom/core/clock.hpp"
#include "maproom/proto/percent.hpp"
#include "maproom/proto/tcp_table.hpp"
#include "maproom/resolver/resolver.hpp"

namespace {

using namespace maproom;
using namespace std::chrono_literals;

/// There is none: what memory does not know is not the subject.
class NoBackend : public backend::Backend {
 public:
  boost::asio::awaitable<Result<backend::Fetched>> fetch(const query::QueryTemplate&, const std::string&,
                                                         backend::Deadline) override {
    co_return fail(Errc::unavailable, "none");
  }
  boost::asio::awaitable<Result<std::vector<backend::Fetched>>> fetch_as_one(const std::vector<backend::Asked>&,
                                                                             backend::Deadline) override {
    co_return fail(Errc::unavailable, "none");
  }
  [[nodiscard]] bool known_down() const override { return false; }
  [[nodiscard]] std::chrono::steady_clock::time_point last_answered() const override { return {}; }
};

/// The piece as often as it fits.
std::string filled(std::size_t size, const std::string& piece) {
  std::string text;
  while (text.size() + piece.size() <= size) text += piece;
  return text;
}

/// By name, of about that size.
std::vector<std::pair<std::string, std::string>> worst_keys(std::size_t size) {
  const auto of = [&](const std::string& piece) { return filled(size - 16, piece); };
  std::vector<std::pair<std::string, std::string>> keys{
      {"z@z@z@", of("z@") + "d.example"},
      {"labels", of("a.") + "example"},
      {"labels, not ASCII", of("\xc3\xbc.") + "example"},
      {"joe@labels", "joe@" + of("a.") + "example"},
      {"joe@labels, not ASCII", "joe@" + of("\xc3\x9c.") + "example"},
      {"labels@", of("a.") + "a@d.example"},
      {"labels of the DNS", "joe@" + of(std::string(63, 'a') + ".") + "d"},
      {"joe@127 labels", "joe@" + filled(254, "a.") + "a"},
      {"long localpart", of("a") + "@d.example"},
      {"not ASCII", of("\xc3\x9c") + "@\xc3\xbc.example"},
      {"folds to more", of("\xc3\x9f") + "@d.example"},
      {"a+a+a+", of("a+") + "@d.example"},
      {"to be quoted", of("a b\"\\") + "@d.example"},
      {"quoted", "\"" + of("a\\\"") + "\"@d.example"},
      {"quoted, not ASCII", "\"" + of("\xc3\x9c \\\"") + "\"@d.example"},
      {"source route", "@" + of("a,@") + ":joe@d.example"},
      {"dots", of(".") + "@d.example"},
      {"ats", of("@")},
      {"colons", of("1:") + "1"},
      {"digits", of("1.") + "1"},
      {"brackets", "joe@[" + of("[") + "]"},
      {"percent", of("%_\\") + "@d.example"},
      {"blanks", of(" ")},
      {"owner", "owner-" + of("-request") + "@d.example"},
      {"no UTF-8", of("\xff") + "@d.example"}};
  return keys;
}

struct World {
  World() {
    ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
    ledger.confirm(ledger.dispatched());
    ledger.prove(Clock::now());
  }

  std::shared_ptr<resolver::ServedMap> map_of(const std::string& parameter, keyset::Of of) {
    auto map = std::make_shared<resolver::ServedMap>();
    map->map.name = parameter;
    map->map.settings.recipient_delimiter = "+-";
    map->map.settings.mydestination = {"localhost", "mail.example", "m\xc3\xbcnchen.example", "other.example"};
    map->map.profile = map::profile_of(parameter, map->map.settings).value();
    map->map.freshness = {5min, 30s, 24h, 0s, 6h};
    map->map.freshness.keys_ttl = 6h;
    map->map.deadline = 5s;
    for (const std::string number : {"1", "2"}) {
      const auto id = parameter + number + (of == keyset::Of::domains ? "d" : "k");
      auto followed = ledger.table(id);
      followed->long_lived = true;
      followed->set.begin_load(Clock::now());
      keyset::TextKeys keys{of};
      for (int i = 0; i < 1000; ++i) keys.add("user" + std::to_string(i) + "@d" + std::to_string(i) + ".example");
      for (std::size_t i = 0; i < keyset::TextKeys::max_patterns; ++i)
        keys.add("a\xc3\xbc" + filled(i % 40, "z@a.") + "\xc3\xbc" + std::to_string(i) + "\xc3\xbc");
      followed->set.end_load(std::move(keys));
      map::TableSettings settings;
      settings.query = "SELECT v FROM t" + number + " WHERE k = '%s'";
      map->tables.push_back({resolver::SqlTable{id, map::Table::compile(std::move(settings), true).value(), database,
                                                std::move(followed)},
                             "bench"});
    }
    return map;
  }

  boost::asio::io_context context{1};
  cache::Store store{64 << 20};
  feed::Ledger ledger;
  resolver::Resolver resolver{context.get_executor(), store, nullptr, ledger};
  std::shared_ptr<backend::Backend> database = std::make_shared<NoBackend>();
};

/// Of a request's bytes to the reply's; the best of some, since others use the machine too.
std::chrono::nanoseconds time_of(World& world, const resolver::ServedMap& map, const std::string& key) {
  const proto::TcpTableCodec codec;
  std::string bytes = "get ";
  proto::append_quoted(bytes, key);
  bytes += '\n';
  auto best = std::chrono::nanoseconds::max();
  for (int round = 0; round < 7; ++round) {
    world.ledger.prove(Clock::now());
    proto::Request request;
    std::string out;
    std::string_view input = bytes;
    const auto begun = std::chrono::steady_clock::now();
    if (codec.next(input, request) != proto::Next::request) std::abort();
    const auto answer = world.resolver.from_memory(map, request.key);
    codec.append_reply(out, answer.value_or(Answer::temporary("asked elsewhere")));
    best =
        std::min(best, std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begun));
  }
  return best;
}

struct Worst {
  std::chrono::nanoseconds time{};
  std::string key;
};

}  // namespace

int main(int argc, char** argv) {
  const auto limit = std::chrono::microseconds{argc > 1 ? std::atoi(argv[1]) : 1000};
  World world;
  const std::vector<std::size_t> sizes{320, 2'048, 10'000};
  std::printf("%-26s", "profile, microseconds");
  for (const auto size : sizes) std::printf("  %6zu bytes: worst key      ", size);
  std::printf("\n");
  bool kept = true;
  // One parameter for each profile.
  for (const std::string parameter : {"exact", "address", "address-x", "access-mail", "access-host", "access-name",
                                      "transport_maps", "domain-tree", "client-list"})
    for (const auto of : {keyset::Of::keys, keyset::Of::domains}) {
      const auto map = world.map_of(parameter, of);
      std::printf("%-26s", (parameter + (of == keyset::Of::keys ? ", keys" : ", domains")).c_str());
      for (const auto size : sizes) {
        Worst worst;
        for (const auto& [name, key] : worst_keys(size))
          if (const auto time = time_of(world, *map, key); time > worst.time) worst = {time, name};
        std::printf("  %6.0f %-22s", static_cast<double>(worst.time.count()) / 1000, worst.key.c_str());
        kept = kept && worst.time <= limit;
      }
      std::printf("\n");
    }
  if (!kept) std::printf("above %lld us\n", static_cast<long long>(limit.count()));
  return kept ? 0 : 1;
}
