// What is counted of lookups: each once, by the furthest tier it asked, and each temporary error with its reason.

#include <gtest/gtest.h>

#include "maproom/resolver/map_counters.hpp"
#include "maproom/resolver/resolver.hpp"
#include "support/fake_backend.hpp"
#include "support/run_coroutine.hpp"
#include "support/served_map.hpp"

namespace maproom::resolver {
namespace {

using namespace std::chrono_literals;

class CountersTest : public testing::Test {
 protected:
  std::shared_ptr<ServedMap> make_map(const std::string& parameter) {
    auto served = std::make_shared<ServedMap>();
    served->map.name = parameter;
    served->map.profile = *map::profile_of(parameter, served->map.settings);
    served->map.freshness = {5min, 30s, 24h, 0s};
    served->map.deadline = 5s;
    served->tables.push_back(test::sql_table(parameter, database, nullptr, "t"));
    if (served->map.guarded()) served->trust = Trust::unproven;
    return served;
  }
  Answer resolve(const std::shared_ptr<ServedMap>& map, const std::string& key) {
    return test::run_coroutine(context, resolver.resolve(map, key));
  }
  [[nodiscard]] static std::uint64_t timed(const ServedMap& map, Tier tier) {
    return map.counters->took_by(tier).count();
  }
  [[nodiscard]] static std::uint64_t because(const ServedMap& map, Trouble trouble) {
    return map.counters->troubles[static_cast<std::size_t>(trouble)];
  }

  boost::asio::io_context context{1};
  cache::Store store{1 << 20};
  feed::Ledger ledger;
  Resolver resolver{context.get_executor(), store, nullptr, ledger};
  std::shared_ptr<test::FakeBackend> database = std::make_shared<test::FakeBackend>();
};

TEST_F(CountersTest, ALookupIsTimedByTheFurthestTierItAsked) {
  const auto map = make_map("relay_recipient_maps");
  database->rows["a@d.example"] = "OK";
  resolve(map, "a@d.example");
  EXPECT_EQ(timed(*map, Tier::database), 1U);
  EXPECT_TRUE(resolver.from_memory(*map, "a@d.example"));
  EXPECT_EQ(timed(*map, Tier::memory), 1U);
  // What memory cannot answer alone is counted when it is answered, not before.
  EXPECT_FALSE(resolver.from_memory(*map, "b@d.example"));
  EXPECT_EQ(timed(*map, Tier::memory) + timed(*map, Tier::database), 2U);
  EXPECT_EQ(map->counters->found, 2U);
}

TEST_F(CountersTest, ALookupThatTheKeySetAnswersInPartIsTheKeySets) {
  EXPECT_EQ(further(Tier::memory, Tier::keys), Tier::keys);
  EXPECT_EQ(further(Tier::redis, Tier::keys), Tier::redis);
  EXPECT_EQ(further(Tier::redis, Tier::database), Tier::database);
  EXPECT_EQ(further(Tier::text, Tier::keys), Tier::keys);
}

TEST_F(CountersTest, ATemporaryErrorIsCountedWithItsReasonAndTimedAsTheDatabases) {
  const auto map = make_map("relay_recipient_maps");
  for (const auto& [code, trouble] : {std::pair{Errc::unavailable, Trouble::unavailable},
                                      {Errc::timeout, Trouble::timeout},
                                      {Errc::overload, Trouble::overload},
                                      {Errc::query, Trouble::query},
                                      {Errc::bad_data, Trouble::bad_rows}}) {
    database->down = fail(code, "no");
    EXPECT_TRUE(resolve(map, "a@d.example").is_temporary());
    EXPECT_EQ(because(*map, trouble), 1U) << trouble_names[static_cast<std::size_t>(trouble)];
  }
  EXPECT_EQ(map->counters->temporary, 5U);
  EXPECT_EQ(timed(*map, Tier::database), 5U);
}

TEST_F(CountersTest, AClientListThatIsRefusedOrUnprovenSaysSo) {
  const auto map = make_map("mynetworks");
  database->down = fail(Errc::unavailable, "no");
  EXPECT_TRUE(resolve(map, "192.0.2.1").is_temporary());
  EXPECT_EQ(because(*map, Trouble::unproven), 1U);
  database->down.reset();
  database->rows["unknown"] = "OK";
  EXPECT_TRUE(resolve(map, "192.0.2.1").is_temporary());
  EXPECT_EQ(because(*map, Trouble::refused), 1U);
}

TEST_F(CountersTest, AStaleAnswerLeavesItsAge) {
  const auto map = make_map("relay_recipient_maps");
  store.put("relay_recipient_maps", "a@d.example", {"OK", Clock::now() - 1h});
  database->down = fail(Errc::unavailable, "no");
  EXPECT_EQ(resolve(map, "a@d.example"), Answer::found("OK"));
  EXPECT_EQ(map->counters->stale, 1U);
  EXPECT_GE(map->counters->oldest_stale.at(Clock::now()), 1h);
  // It was given in the database's stead, after waiting for it.
  EXPECT_EQ(timed(*map, Tier::database), 1U);
}

}  // namespace
}  // namespace maproom::resolver
