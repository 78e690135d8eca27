// The resolver behind a change feed: each rule with the order of events that breaks a cache without it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <functional>

#include "maproom/resolver/resolver.hpp"
#include "support/fake_backend.hpp"
#include "support/run_coroutine.hpp"
#include "support/served_map.hpp"

namespace maproom::resolver {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Clock = std::chrono::steady_clock;

class FakeFollower : public feed::Follower {
 public:
  feed::Source answers_are = feed::Source::followed;
  int asked = 0;
  bool reaches = true;
  feed::Ledger* ledger = nullptr;
  std::function<void()> meanwhile;  ///< what the feed brings while it comes to the present
  feed::Source source(const std::string&) const override { return answers_are; }
  boost::asio::awaitable<bool> reach_now(Clock::time_point) override {
    ++asked;
    const auto sent = Clock::now();
    if (meanwhile) std::exchange(meanwhile, nullptr)();
    if (reaches && ledger != nullptr) ledger->prove(sent);
    co_return reaches;
  }
};

class FollowedTest : public testing::Test {
 protected:
  FollowedTest() {
    resolver.use_follower(&follower);
    follower.ledger = &ledger;
    map->map.name = "aliases";
    map->map.settings.recipient_delimiter = "+";
    map->map.profile = *map::profile_of("virtual_alias_maps", map->map.settings);
    map->map.freshness = {5min, 30s, 24h, 0s, 6h};
    map->map.freshness.keys_ttl = 6h;
    map->map.deadline = 5s;
    map->tables.push_back(test::sql_table("t", database, table));
    table->long_lived = true;
    ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
    ledger.confirm(ledger.dispatched());
    alive();
  }
  void alive() { ledger.prove(Clock::now()); }
  /// The event of a committed change of the key's row arrives; `visible`: and the server has confirmed it.
  void change(const std::string& key, bool visible = true) {
    const auto mark = ledger.dispatch({0, 1, ++sequence});
    ledger.drop_key(*table, key);
    if (visible) ledger.confirm(mark);
  }
  Answer resolve(const std::string& key) { return test::run_coroutine(context, resolver.resolve(map, key)); }
  /// Begins a lookup that waits in the database.
  void begin(const std::string& key, std::optional<Answer>& answer) {
    database->hold = true;
    const auto held = database->held();
    boost::asio::co_spawn(context, test::keep(resolver.resolve(map, key), answer), boost::asio::detached);
    while (database->held() == held && context.run_one() > 0) continue;
  }
  void finish() {
    database->release();
    context.restart();
    context.run();
    context.restart();
  }
  /// As if its query had been sent that long ago.
  void put_aged(const std::string& key, std::optional<std::string> value, Clock::duration age) {
    store.erase("t", key);
    store.put("t", key, {std::move(value), Clock::now() - age, ledger.now().value()});
  }

  boost::asio::io_context context{1};
  cache::Store store{1 << 20};
  feed::Ledger ledger;
  std::shared_ptr<feed::Ledger::Table> table = ledger.table("t");
  FakeFollower follower;
  Resolver resolver{context.get_executor(), store, nullptr, ledger};
  std::shared_ptr<test::FakeBackend> database = std::make_shared<test::FakeBackend>();
  std::shared_ptr<ServedMap> map = std::make_shared<ServedMap>();
  std::uint64_t sequence = 10;
};

TEST_F(FollowedTest, AChangeEndsWhatIsCached) {
  EXPECT_EQ(resolve("joe"), Answer::not_found());
  database->rows["joe"] = "new";
  EXPECT_EQ(resolve("joe"), Answer::not_found());
  change("joe");
  EXPECT_EQ(resolver.from_memory(*map, "joe"), std::nullopt);
  EXPECT_EQ(resolve("joe"), Answer::found("new"));
}

TEST_F(FollowedTest, AQueryThatWasSentBeforeTheChangeStoresNothing) {
  std::optional<Answer> answer;
  begin("joe", answer);
  database->rows["joe"] = "new";
  change("joe");
  finish();
  EXPECT_EQ(answer, Answer::not_found());  // true when it was asked
  EXPECT_EQ(store.size(), 0U);
  EXPECT_EQ(resolve("joe"), Answer::found("new"));
}

TEST_F(FollowedTest, AnAnswerFromBeforeTheChangeIsVisibleIsNotStored) {
  change("joe", false);  // the event is here, the row is not to be read yet
  EXPECT_EQ(resolve("joe"), Answer::not_found());
  EXPECT_EQ(store.size(), 0U);
  database->rows["joe"] = "new";
  ledger.confirm(ledger.dispatched());
  EXPECT_EQ(resolve("joe"), Answer::found("new"));
  EXPECT_EQ(store.size(), 1U);
}

TEST_F(FollowedTest, ALookupAfterAChangeDoesNotJoinAQueryFromBeforeIt) {
  std::optional<Answer> before;
  std::optional<Answer> after;
  begin("joe", before);
  database->rows["joe"] = "new";
  change("joe");
  begin("joe", after);
  finish();
  EXPECT_EQ(before, Answer::not_found());
  EXPECT_EQ(after, Answer::found("new"));
}

TEST_F(FollowedTest, AgeRunsFromTheMomentTheQueryWasSent) {
  std::optional<Answer> answer;
  begin("joe", answer);
  const auto sent = Clock::now();
  finish();
  const auto* entry = store.get("t", "joe");
  ASSERT_NE(entry, nullptr);
  EXPECT_LE(entry->born, sent);
  EXPECT_GE(entry->read, sent);
}

TEST_F(FollowedTest, WithoutAChangeItJoins) {
  std::optional<Answer> first;
  std::optional<Answer> second;
  begin("joe", first);
  boost::asio::co_spawn(context, test::keep(resolver.resolve(map, "joe"), second), boost::asio::detached);
  change("somebody");
  while (map->counters->joined == 0 && context.run_one() > 0) continue;
  finish();
  EXPECT_EQ(second, Answer::not_found());
  EXPECT_THAT(database->asked, ElementsAre("joe"));
}

// A row moves from joe@d to joe+x@d within one transaction: the first absence is from before, the second from after it.
TEST_F(FollowedTest, NotFoundIsOnlySaidOfOneMoment) {
  database->rows["joe@d"] = "box";
  EXPECT_EQ(resolve("joe+y@d"), Answer::found("box+y"));  // an absence of joe+y@d is cached
  follower.asked = 0;
  follower.meanwhile = [this] {
    change("joe@d");
    change("joe+y@d");
  };
  database->rows = {{"joe+y@d", "box"}};
  store.erase("t", "joe@d");
  EXPECT_EQ(resolve("joe+y@d"), Answer::found("box"));
  EXPECT_EQ(follower.asked, 1);
}

// Its query saw the move before the feed told of it, and what it stored stands beside an absence from before the move.
TEST_F(FollowedTest, NorIsItOfMemoryAloneBeforeTheFeedHasComeSoFar) {
  database->rows["joe@d"] = "box";
  EXPECT_EQ(resolve("joe+y@d"), Answer::found("box+y"));
  store.erase("t", "joe@d");
  database->rows = {{"joe+y@d", "box"}};
  std::optional<Answer> at_once = Answer::not_found();
  follower.meanwhile = [&] {
    at_once = resolver.from_memory(*map, "joe+y@d");
    change("joe@d");
    change("joe+y@d");
  };
  EXPECT_EQ(resolve("joe+y@d"), Answer::found("box"));
  EXPECT_EQ(at_once, std::nullopt);
}

TEST_F(FollowedTest, ABusyWriterDelaysALookupAndDoesNotFailIt) {
  int changes = 12;
  const std::function<void()> overtake = [&] {
    change("joe@d");
    if (--changes > 0) follower.meanwhile = overtake;
  };
  follower.meanwhile = overtake;
  EXPECT_EQ(resolve("joe+y@d"), Answer::not_found());
  EXPECT_EQ(changes, 0);
}

// However fast the rows change: what one snapshot of the engine holds was true together.
TEST_F(FollowedTest, AWalkThatChangesOvertakeIsAskedAsOfOneMoment) {
  database->snapshots = true;
  int changes = 0;
  const std::function<void()> overtake = [&] {
    change("joe@d");
    ++changes;
    follower.meanwhile = overtake;
  };
  follower.meanwhile = overtake;
  EXPECT_EQ(resolve("joe+y@d"), Answer::not_found());
  EXPECT_EQ(changes, 1);
  EXPECT_THAT(database->asked_as_one, ElementsAre("joe+y@d", "joe@d", "@d"));
  EXPECT_EQ(map->counters->not_found, 1U);
}

TEST_F(FollowedTest, NorIsAValueSaidBehindAnAbsenceThatHasEnded) {
  database->snapshots = true;
  std::optional<Answer> answer;
  database->rows["@d"] = "box";
  put_aged("joe@d", std::nullopt, 1s);
  begin("joe@d", answer);  // waits for @d
  database->rows = {{"joe@d", "own"}, {"@d", "other"}};
  change("joe@d");
  finish();
  EXPECT_THAT(database->asked, ElementsAre("@d"));
  EXPECT_THAT(database->asked_as_one, ElementsAre("joe@d", "@d"));
  EXPECT_EQ(answer, Answer::found("own"));
}

TEST_F(FollowedTest, ServersAndEnginesWithoutCommonSnapshotsAreAskedOneByOne) {
  database->snapshots = true;
  table->long_lived = false;
  EXPECT_FALSE(map->has_snapshots());
  table->long_lived = true;
  EXPECT_TRUE(map->has_snapshots());
  map->tables.push_back(test::sql_table("u", std::make_shared<test::FakeBackend>(), table));
  EXPECT_FALSE(map->has_snapshots());
  map->tables.pop_back();
  follower.answers_are = feed::Source::other;
  follower.reaches = false;
  EXPECT_TRUE(resolve("joe+y@d").is_temporary());
}

TEST_F(FollowedTest, WhereItCannotBeShownItIsNotSaid) {
  follower.reaches = false;
  EXPECT_TRUE(resolve("joe+y@d").is_temporary());
  EXPECT_EQ(resolve("joe"), Answer::not_found());  // one key's moment is its own
}

TEST_F(FollowedTest, WhatIsAllInMemoryIsOfOneMoment) {
  EXPECT_EQ(resolve("joe+y@d"), Answer::not_found());
  follower.asked = 0;
  EXPECT_EQ(resolve("joe+y@d"), Answer::not_found());
  EXPECT_EQ(follower.asked, 0);
}

TEST_F(FollowedTest, AnswersLiveLongWhileTheFeedIsHealthyAndAtOnceNoLonger) {
  put_aged("joe", "old", 1h);
  put_aged("ann", std::nullopt, 1h);
  EXPECT_EQ(resolver.from_memory(*map, "joe"), Answer::found("old"));
  table->long_lived = false;  // a clock in the query
  EXPECT_EQ(resolver.from_memory(*map, "joe"), std::nullopt);
  table->long_lived = true;
  put_aged("joe", "old", 7h);
  EXPECT_EQ(resolver.from_memory(*map, "joe"), std::nullopt);
  put_aged("joe", "old", 1h);
  ledger.end();
  EXPECT_EQ(resolver.from_memory(*map, "joe"), std::nullopt);
  EXPECT_EQ(resolver.from_memory(*map, "ann"), std::nullopt);
}

// The absence of joe+y@d may be an hour old only while the feed is healthy; it is no longer when the answer is given.
TEST_F(FollowedTest, HealthIsJudgedWhenTheAnswerIsGiven) {
  put_aged("joe+y@d", std::nullopt, 1h);
  std::optional<Answer> answer;
  begin("joe+y@d", answer);
  ledger.end();
  database->rows["joe+y@d"] = "box";
  finish();
  EXPECT_EQ(answer, Answer::found("box"));
}

TEST_F(FollowedTest, ItIsJudgedAfterTheWaitForOneMomentToo) {
  put_aged("joe+y@d", std::nullopt, 1h);
  follower.reaches = false;
  follower.meanwhile = [this] {
    ledger.end();
    database->rows["joe+y@d"] = "box";
  };
  EXPECT_EQ(resolve("joe+y@d"), Answer::found("box"));
}

TEST_F(FollowedTest, WithoutAProofOfLifeOnlyTheTimesToLiveCount) {
  FollowedTest::map->map.freshness.positive_ttl = 5min;
  feed::Ledger silent;
  silent.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
  silent.confirm(silent.dispatched());
  const auto own = silent.table("t");
  own->long_lived = true;
  map->tables[0].sql()->followed = own;
  Resolver other{context.get_executor(), store, nullptr, silent};
  store.put("t", "joe", {"old", Clock::now() - 1h, silent.now().value()});
  EXPECT_EQ(other.from_memory(*map, "joe"), std::nullopt);
  store.erase("t", "joe");
  store.put("t", "joe", {"old", Clock::now() - 1min, silent.now().value()});
  EXPECT_EQ(other.from_memory(*map, "joe"), Answer::found("old"));
}

TEST_F(FollowedTest, WhatWillEndSoonIsAskedAnewWhileItServes) {
  database->rows["joe"] = "new";
  put_aged("joe", "old", 5h + 45min);
  EXPECT_EQ(resolver.from_memory(*map, "joe"), Answer::found("old"));
  context.restart();
  context.run();
  EXPECT_EQ(resolver.from_memory(*map, "joe"), Answer::found("new"));
}

TEST_F(FollowedTest, WhatWasDroppedIsNeverServedStale) {
  put_aged("joe", "old", 10min);
  change("joe");
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_TRUE(resolve("joe").is_temporary());
}

TEST_F(FollowedTest, AfterABreakOnlyValuesAreServedAndOnlyWhileTheDatabaseIsAway) {
  put_aged("joe", "old", 1s);
  put_aged("ann", std::nullopt, 1s);
  map->map.freshness.stale_negative_limit = 24h;
  ledger.end();
  EXPECT_EQ(resolver.from_memory(*map, "joe"), std::nullopt);
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_EQ(resolve("joe"), Answer::found("old"));
  EXPECT_TRUE(resolve("ann").is_temporary());
  database->down.reset();
  database->rows["joe"] = "new";
  EXPECT_EQ(resolve("joe"), Answer::found("new"));
}

TEST_F(FollowedTest, AnotherServersValuesAreGivenAndNotStoredAndItsNotFoundIsNotBelieved) {
  follower.answers_are = feed::Source::other;
  database->rows["joe"] = "there";
  EXPECT_EQ(resolve("joe"), Answer::found("there"));
  EXPECT_EQ(store.size(), 0U);
  EXPECT_TRUE(resolve("ann").is_temporary());
}

TEST_F(FollowedTest, NothingIsStoredBeforeTheBeginningIsConfirmed) {
  ledger.end();
  ledger.begin(feed::Position::parse("0-1-99").value(), {"bin.000001", 7, 1});
  database->rows["joe"] = "value";
  EXPECT_EQ(resolve("joe"), Answer::found("value"));
  EXPECT_EQ(store.size(), 0U);
}

// The row stood under joe@d when @d was found absent; since then it has moved. While the feed is away for a moment the
// absence of @d, a second old, and that of joe@d, new, would make a "not found" of two moments.
TEST_F(FollowedTest, WhileTheFeedIsAwayForAMomentAllIsAskedWithinTheLookup) {
  ledger.end();
  ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
  ledger.confirm(ledger.dispatched());
  put_aged("@d", std::nullopt, 1s);
  database->rows["@d"] = "box";
  EXPECT_EQ(resolve("joe@d"), Answer::found("box"));
}

TEST_F(FollowedTest, AndTwiceSinceARowMayMoveBetweenTwoQueries) {
  ledger.end();
  database->rows["@d"] = "box";
  std::optional<Answer> answer;
  begin("joe@d", answer);  // read: absent
  database->rows.erase("@d");
  database->rows["joe@d"] = "box";  // one transaction
  finish();
  EXPECT_EQ(answer, Answer::found("box"));
}

TEST_F(FollowedTest, NorDoesMemoryAloneSayItMeanwhile) {
  EXPECT_EQ(resolve("joe@d"), Answer::not_found());
  EXPECT_EQ(resolver.from_memory(*map, "joe@d"), Answer::not_found());
  ledger.end();
  ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
  ledger.confirm(ledger.dispatched());
  EXPECT_EQ(resolve("joe@d"), Answer::not_found());
  EXPECT_EQ(resolver.from_memory(*map, "joe@d"), std::nullopt);
}

// A daemon that has just started: what Redis brought is older than anything its feed has seen.
TEST_F(FollowedTest, BeforeItsFirstProofTheFeedCountsAsAwayForAMoment) {
  feed::Ledger young;
  map->tables[0].sql()->followed = young.table("t");
  Resolver other{context.get_executor(), store, nullptr, young};
  other.use_follower(&follower);
  store.put("t", "@d", {std::nullopt, Clock::now() - 1s, 0});
  database->rows["@d"] = "box";
  EXPECT_EQ(test::run_coroutine(context, other.resolve(map, "joe@d")), Answer::found("box"));
}

class KeySetTest : public FollowedTest {
 protected:
  KeySetTest() {
    table->set.begin_load(Clock::now());
    keyset::TextKeys keys;
    keys.add("joe");
    table->set.end_load(std::move(keys));
  }
  /// And nothing has been heard of the feed since.
  static void begin_a_minute_ago(feed::Ledger& silent) {
    silent.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
    silent.confirm(silent.dispatched());
    silent.prove(Clock::now() - 1min);
  }
};

TEST_F(KeySetTest, AKeyThatNoRowHasIsNotAskedFor) {
  EXPECT_EQ(resolver.from_memory(*map, "ann"), Answer::not_found());
  EXPECT_EQ(resolve("ann"), Answer::not_found());
  EXPECT_THAT(database->asked, testing::IsEmpty());
  EXPECT_EQ(map->counters->keys, 2U);
  database->rows["joe"] = "box";
  EXPECT_EQ(resolve("joe"), Answer::found("box"));
}

TEST_F(KeySetTest, AMapThatWantsNoSetDoesNotUseThatOfAnotherMap) {
  map->map.freshness.keys_ttl = 0s;
  database->rows["ann"] = "box";  // which the set does not have
  EXPECT_EQ(resolver.from_memory(*map, "ann"), std::nullopt);
  EXPECT_EQ(resolve("ann"), Answer::found("box"));
}

TEST_F(KeySetTest, ASetThatIsAsOldAsAnAnswerMayBeIsNotUsed) {
  database->rows["ann"] = "box";  // by a change that is in no binlog
  for (const auto age : {std::chrono::minutes{6 * 60}, std::chrono::minutes{6 * 60 - 1}}) {
    table->set.begin_load(Clock::now() - age);
    table->set.end_load(keyset::TextKeys{});
    EXPECT_EQ(resolver.from_memory(*map, "ann") == std::nullopt, age == 6h) << age.count();
  }
}

TEST_F(KeySetTest, ASetThatHadEndedWhenTheDatabaseWentAwayIsNotUsed) {
  feed::Ledger silent;
  begin_a_minute_ago(silent);
  const auto own = silent.table("t");
  map->tables[0].sql()->followed = own;
  map->map.freshness.outage_not_found_limit = 24h;
  Resolver other{context.get_executor(), store, nullptr, silent};
  database->down = fail(Errc::unavailable, "gone");
  database->answered = silent.proven();
  for (const auto age : {std::chrono::minutes{6 * 60}, std::chrono::minutes{6 * 60 - 1}}) {
    own->set.begin_load(silent.proven() - age);
    own->set.end_load(keyset::TextKeys{});
    EXPECT_EQ(test::run_coroutine(context, other.resolve(map, "ann")).is_temporary(), age == 6h) << age.count();
  }
}

TEST_F(KeySetTest, AKeyThatAChangeTouchedIs) {
  database->rows["ann"] = "box";
  change("ann");
  EXPECT_EQ(resolve("ann"), Answer::found("box"));
}

// As mail to a recipient of an alias domain needs it: the first table has no row for the address, a later one's is
// known.
TEST_F(KeySetTest, WhatHadNoRowWhenTheDatabaseWentAwayDoesNotHideAValueFurtherOn) {
  feed::Ledger silent;
  begin_a_minute_ago(silent);
  const auto own = silent.table("t");
  own->set.begin_load(Clock::now());
  keyset::TextKeys keys;
  keys.add("@d.example");
  keys.add("joe@d.example");
  own->set.end_load(std::move(keys));
  map->tables[0].sql()->followed = own;
  Resolver other{context.get_executor(), store, nullptr, silent};
  const auto ask = [&](const char* key) { return test::run_coroutine(context, other.resolve(map, key)); };
  database->rows["@d.example"] = "box";
  EXPECT_EQ(ask("ann@d.example"), Answer::found("box"));
  store.erase("t", "ann@d.example");
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_TRUE(ask("ann@d.example").is_temporary());  // the database was there when the feed was no more
  store.erase("t", "@d.example");                    // known before the feed was lost
  store.put("t", "@d.example", {"box", silent.proven(), silent.now().value(), silent.proven()});
  database->answered = silent.proven() + feed::Ledger::alive_limit;
  EXPECT_EQ(ask("ann@d.example"), Answer::found("box"));
  EXPECT_TRUE(ask("joe@d.example").is_temporary());  // it has a row, and nobody knows which
  map->map.freshness.stale_limit = 30s;
  EXPECT_TRUE(ask("ann@d.example").is_temporary());  // the last proof is older
  map->map.freshness.stale_limit = 24h;
  store.clear();
  EXPECT_TRUE(ask("ann@d.example").is_temporary());  // and "not found" is not said
}

TEST_F(KeySetTest, WithoutAHealthyFeedTheDatabaseIsAskedAndOnlyItsAbsenceIsBridged) {
  feed::Ledger silent;
  begin_a_minute_ago(silent);
  const auto own = silent.table("t");
  own->set.begin_load(Clock::now());
  own->set.end_load(keyset::TextKeys{});
  map->tables[0].sql()->followed = own;
  Resolver other{context.get_executor(), store, nullptr, silent};
  const auto ask = [&] { return test::run_coroutine(context, other.resolve(map, "ann")); };
  database->rows["ann"] = "box";
  EXPECT_EQ(ask(), Answer::found("box"));
  store.clear();
  database->down = fail(Errc::unavailable, "gone");
  map->map.freshness.outage_not_found_limit = 0s;
  EXPECT_TRUE(ask().is_temporary());
  map->map.freshness.outage_not_found_limit = 30s;
  EXPECT_TRUE(ask().is_temporary());  // its last proof is older
  map->map.freshness.outage_not_found_limit = 1h;
  EXPECT_TRUE(ask().is_temporary());  // the database was there when the feed was no more: rows may have come
  database->answered = silent.proven() + feed::Ledger::alive_limit;
  EXPECT_EQ(ask(), Answer::not_found());
  // A server that answers with an error is not away: its rows may have changed since.
  database->down = fail(Errc::query, "table gone");
  EXPECT_TRUE(ask().is_temporary());
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_EQ(map->counters->stale, 1U);
  silent.end();
  EXPECT_TRUE(ask().is_temporary());  // what may have changed unseen
}

}  // namespace
}  // namespace maproom::resolver
