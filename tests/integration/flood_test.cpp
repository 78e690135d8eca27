// A dictionary attack on a hosted domain, without key sets: the useful entries stay, and memory keeps to its bound.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "integration/feed_world.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

constexpr int flood = 100'000;
constexpr int batch = 500;
constexpr int hot = 200;

class FloodTest : public testing::Test {
 protected:
  FloodTest() {
    make_followed_database(mariadb);
    std::string rows;
    for (int i = 0; i < hot; ++i) rows += (i == 0 ? "('hot" : ", ('hot") + std::to_string(i) + "@d.example', 'hot/')";
    mariadb.sql("INSERT INTO mail.mailbox (username, maildir) VALUES " + rows);
  }
  static void ask_all(Wire& wire, const std::vector<std::string>& keys, const std::string& expected) {
    std::string requests;
    for (const auto& key : keys) requests += "get " + key + "\n";
    wire.send(requests);
    for (const auto& key : keys) ASSERT_EQ(wire.line().substr(0, 4), expected) << key;
  }
  PrivateMariadb mariadb{binlog_options()};
};

TEST_F(FloodTest, AHundredThousandRandomRecipientsPushNothingUsefulOut) {
  Followed followed{{.mariadb = mariadb, .cache = "memory = \"2 MiB\"\nnegative_ttl = \"10 min\"\n"}};
  followed.start();
  Wire wire{followed.ports["mailboxes"]};
  std::vector<std::string> useful;
  for (int i = 0; i < hot; ++i) useful.push_back("hot" + std::to_string(i) + "@d.example");
  for (int i = 0; i < 3; ++i) ask_all(wire, useful, "200 ");
  ask_all(wire, {"nobody@d.example"}, "500 ");
  const auto before = followed.from_database("mailboxes");
  std::mt19937_64 random{7};
  std::uint64_t asked = 0;
  std::uint64_t most_bytes = 0;
  for (int done = 0; done < flood; done += batch) {
    std::vector<std::string> keys;
    for (int i = 0; i < batch; ++i) keys.push_back("u" + std::to_string(random()) + "@d.example");
    ask_all(wire, keys, "500 ");
    ask_all(wire, useful, "200 ");
    asked += useful.size();
    if (done % 10'000 == 0)
      most_bytes = std::max(most_bytes, nlohmann::json::parse(followed.daemon.run({"status", "--json"}).out)
                                            .at("memory")
                                            .at("bytes")
                                            .get<std::uint64_t>());
  }
  const auto queries = followed.from_database("mailboxes") - before;
  // One for each unknown address; what is more than that was asked for the hot set, or for "@d.example".
  EXPECT_GE(queries, static_cast<std::uint64_t>(flood));
  EXPECT_LT(queries - flood, asked / 100) << "hit rate of the hot set";
  EXPECT_GT(most_bytes, 1U << 20);
  EXPECT_LE(most_bytes, 2U << 20);
  RecordProperty("hot_misses", static_cast<int>(queries - flood));
}

}  // namespace
}  // namespace maproom::test
