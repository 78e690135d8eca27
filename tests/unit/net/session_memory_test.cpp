// What clients can make the daemon hold, and what it costs to read what they send in small pieces.

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

#include "maproom/net/session_set.hpp"
#include "maproom/proto/limits.hpp"
#include "maproom/proto/tcp_table.hpp"

namespace {
std::uint64_t allocated = 0;  ///< bytes, by this program
std::uint64_t held = 0;       ///< of them, those that were not given back
}  // namespace

void* operator new(std::size_t size) {
  allocated += size;
  if (void* memory = std::malloc(size)) {
    held += ::malloc_usable_size(memory);
    return memory;
  }
  throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept {
  held -= ::malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace maproom::net {
namespace {

constexpr std::uint64_t limit = 1ULL << 20;

class SessionMemoryTest : public testing::Test {
 protected:
  /// One end of a connection whose other end is a session.
  struct Client {
    int descriptor;
    explicit Client(int own) : descriptor{own} {}
    ~Client() { ::close(descriptor); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
  };

  SessionMemoryTest() {
    auto map = std::make_shared<resolver::ServedMap>();
    map->map.name = "map";
    auto text = std::make_shared<map::CurrentFile>();
    text->table = std::make_shared<map::FileTable>(
        map::FileTable::parse(map::FileKind::text, "long " + long_value + "\nkey value\n", true).value());
    map->tables.push_back({std::shared_ptr<const map::CurrentFile>{text}, "test"});
    maps->emplace("map", std::move(map));
    sessions.limit_memory(limit);
    sessions.start();
  }
  ~SessionMemoryTest() override {
    sessions.stop();
    context.run();
  }

  std::unique_ptr<Client> connect() {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    sessions.add(pair[1], codec, "map");
    return std::make_unique<Client>(pair[0]);
  }
  /// The loop turns until the session has read all of it, or the connection has come to its end.
  void send(const Client& client, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(client.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno != EAGAIN) return;
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      turn();
    }
    for (int unread = 1; unread > 0;) {
      ASSERT_EQ(::ioctl(client.descriptor, SIOCOUTQ, &unread), 0);
      if (unread > 0) turn();
    }
  }
  void turn() {
    context.poll();
    most_held = std::max(most_held, sessions.holds());
  }
  /// What comes until that ends it; less, if the connection ends before.
  std::string until(const Client& client, std::string_view end) {
    std::string got;
    char bytes[65536];
    while (!got.ends_with(end)) {
      const auto count = ::recv(client.descriptor, bytes, sizeof bytes, 0);
      if (count == 0 || (count < 0 && errno != EAGAIN)) break;
      if (count > 0) got.append(bytes, static_cast<std::size_t>(count));
      turn();
    }
    return got;
  }
  std::string ask(const Client& client, const std::string& key) {
    send(client, "get " + key + "\n");
    return until(client, "\n");
  }

  const std::string long_value = std::string(4'000, 'v');
  boost::asio::io_context context{1};
  cache::Store store{1 << 20};
  feed::Ledger ledger;
  resolver::Resolver resolver{context.get_executor(), store, nullptr, ledger};
  std::shared_ptr<resolver::Registry> maps = std::make_shared<resolver::Registry>();
  std::shared_ptr<const resolver::Registry> registry = maps;
  proto::TcpTableCodec codec;
  SessionSet sessions{context.get_executor(), resolver, registry};
  std::uint64_t most_held = 0;
};

TEST_F(SessionMemoryTest, OneByteAtATimeBehindThreeHundredThousandCostsNoCopiesOfThem) {
  const auto client = connect();
  send(*client, "get " + std::string(300'000, 'k'));
  constexpr std::size_t more = 4'000;
  const auto before = allocated;
  for (std::size_t i = 0; i < more; ++i) send(*client, "k");
  // 1.2 GB where each byte copies what is there.
  EXPECT_LT(allocated - before, 4'000'000U);
  send(*client, "\n");
  EXPECT_EQ(until(*client, "\n"), "500 not%20found\n");
  EXPECT_LE(most_held, 2 * proto::unfinished_max);
  EXPECT_EQ(sessions.holds(), 0U);
}

// Requests that were cut short keep no room for what they were.
TEST_F(SessionMemoryTest, WhatIsCountedIsWhatIsHeld) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(connect());
  turn();
  const auto before = ::held;
  for (const auto& client : clients) {
    send(*client, "get " + std::string(48'000, 'k'));
    send(*client, std::string(65'536, 'k'));
  }
  turn();
  EXPECT_GT(sessions.holds(), 0U);
  EXPECT_LE(::held - before, sessions.holds() + clients.size() * 100);
}

TEST_F(SessionMemoryTest, ManyUnfinishedRequestsKeepToTheLimitAndOthersAreServed) {
  const auto postfix = connect();
  EXPECT_EQ(ask(*postfix, "key"), "200 value\n");
  std::vector<std::unique_ptr<Client>> greedy;
  for (int i = 0; i < 100; ++i) {
    greedy.push_back(connect());
    send(*greedy.back(), "get " + std::string(40'000, 'k'));
    EXPECT_LE(sessions.holds(), limit);
  }
  EXPECT_GT(sessions.holds(), limit / 2);
  turn();
  EXPECT_LT(sessions.size(), 40U);
  EXPECT_EQ(ask(*postfix, "key"), "200 value\n");
  greedy.clear();
  while (sessions.size() > 1) turn();
  EXPECT_EQ(sessions.holds(), 0U);
}

TEST_F(SessionMemoryTest, ManyAnswersThatAreNotTakenKeepToTheLimitAndOthersAreServed) {
  const auto postfix = connect();
  std::string requests;
  for (int i = 0; i < 300; ++i) requests += "get long\n";
  std::vector<std::unique_ptr<Client>> greedy;
  for (int i = 0; i < 60; ++i) {
    greedy.push_back(connect());
    send(*greedy.back(), requests);  // 1.2 MB of answers for each
    for (int turns = 0; turns < 20; ++turns) turn();
    EXPECT_LE(sessions.holds(), limit);
  }
  EXPECT_GT(sessions.holds(), limit / 2);
  EXPECT_EQ(ask(*postfix, "key"), "200 value\n");
  while (sessions.size() > 40) turn();  // some 50 kB each, beside what the sockets hold
  // Who still is connected gets all that was asked for, when it takes it.
  const auto& last = *greedy.back();
  const auto answer = "200 " + long_value + "\n";
  std::string all;
  for (int i = 0; i < 300; ++i) all += answer;
  std::string got;
  while (got.size() < all.size()) {
    const auto part = until(last, "\n");
    if (part.empty()) break;
    got += part;
  }
  EXPECT_TRUE(got.empty() || all.starts_with(got));
  greedy.clear();
  while (sessions.size() > 1) turn();
  EXPECT_EQ(sessions.holds(), 0U);
}

}  // namespace
}  // namespace maproom::net
