// What the map said when the database went away: what counts as known as of that moment, how long it may be said, and
// every doubt that forbids it.

#include "maproom/resolver/as_of_outage.hpp"

#include <gtest/gtest.h>

#include "maproom/resolver/resolver.hpp"
#include "support/fake_backend.hpp"
#include "support/run_coroutine.hpp"
#include "support/served_map.hpp"

namespace maproom::resolver {
namespace {

using namespace std::chrono_literals;

// ---- the rule alone; time is the test's own ------------------------------------------------------------------------

class AsOfOutageTest : public testing::Test {
 protected:
  AsOfOutageTest() {
    table->long_lived = true;
    ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
    ledger.confirm(ledger.dispatched());
    ledger.prove(gone);
  }
  [[nodiscard]] std::optional<AsOfOutage> outage() const { return AsOfOutage::of(ledger, {true, gone}); }
  [[nodiscard]] cache::Entry absence() const { return {std::nullopt, gone - 30 * 24h, ledger.dispatched(), gone}; }
  void change(std::string_view key) {
    ledger.dispatch({0, 1, ++sequence});
    ledger.drop_key(*table, key);
  }

  const TimePoint gone = TimePoint{} + 1000h;
  feed::Ledger ledger;
  std::shared_ptr<feed::Ledger::Table> table = ledger.table("t");
  std::uint64_t sequence = 10;
};

TEST_F(AsOfOutageTest, ItsMomentIsTheFeedsLastProof) {
  ASSERT_TRUE(outage());
  EXPECT_EQ(outage()->moment(), gone);
}

TEST_F(AsOfOutageTest, ThereIsNoneWhileTheDatabaseIsThere) { EXPECT_FALSE(AsOfOutage::of(ledger, {false, gone})); }

TEST_F(AsOfOutageTest, ThereIsNoneIfTheDatabaseAnsweredWhenTheFeedWasLost) {
  EXPECT_TRUE(AsOfOutage::of(ledger, {true, gone + feed::Ledger::alive_limit}));
  EXPECT_FALSE(AsOfOutage::of(ledger, {true, gone + feed::Ledger::alive_limit + 1ns}));
}

TEST_F(AsOfOutageTest, ThereIsNoneAfterAGap) {
  ledger.end();
  EXPECT_FALSE(outage());
  ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
  ledger.confirm(ledger.dispatched());
  EXPECT_FALSE(outage()) << "the new feed has proven nothing";
}

TEST_F(AsOfOutageTest, AnAbsenceOfWhateverAgeIsKnown) {
  const auto held = absence();
  EXPECT_TRUE(outage()->absent(*table, "joe", &held, 6h));
  EXPECT_FALSE(outage()->absent(*table, "joe", nullptr, 6h));
}

TEST_F(AsOfOutageTest, AnAbsenceThatAChangeTouchedIsNot) {
  const auto held = absence();
  change("joe");
  EXPECT_FALSE(outage()->absent(*table, "joe", &held, 6h));
}

TEST_F(AsOfOutageTest, AnAbsenceFromBeforeAGapIsNot) {
  const auto held = absence();
  ledger.end();
  ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
  ledger.confirm(ledger.dispatched());
  ledger.prove(gone);
  EXPECT_FALSE(outage()->absent(*table, "joe", &held, 6h));
}

TEST_F(AsOfOutageTest, AnAbsenceThatEndsWithoutAnEventIsNot) {
  const auto held = absence();
  table->long_lived = false;  // a clock in the query, a remote engine
  EXPECT_FALSE(outage()->absent(*table, "joe", &held, 6h));
}

TEST_F(AsOfOutageTest, AValueIsNoAbsence) {
  auto held = absence();
  held.value = "box";
  EXPECT_FALSE(outage()->absent(*table, "joe", &held, 6h));
}

TEST_F(AsOfOutageTest, WhatTheKeySetLacksIsKnownToBeAbsent) {
  table->set.begin_load(gone);
  keyset::TextKeys keys;
  keys.add("joe");
  table->set.end_load(std::move(keys));
  EXPECT_TRUE(outage()->absent(*table, "ann", nullptr, 6h));
  EXPECT_FALSE(outage()->absent(*table, "joe", nullptr, 6h));
  change("ann");
  EXPECT_FALSE(outage()->absent(*table, "ann", nullptr, 6h));
}

TEST_F(AsOfOutageTest, WhatCameAfterTheMomentMayKnowMoreThanTheRest) {
  Absences two;
  two.count = 2;
  two.read = gone;
  EXPECT_TRUE(outage()->may_deny(two));
  EXPECT_TRUE(outage()->may_give(two, gone));
  EXPECT_FALSE(outage()->may_give(two, gone + 1ns));
  two.read = gone + 1ns;
  EXPECT_FALSE(outage()->may_deny(two));
  EXPECT_FALSE(outage()->may_give(two, gone));
  two.count = 1;
  EXPECT_TRUE(outage()->may_deny(two)) << "one absence is of one moment";
}

TEST_F(AsOfOutageTest, TheLimitCountsFromTheMoment) {
  EXPECT_TRUE(outage()->within(24h, gone + 24h - 1ns));
  EXPECT_FALSE(outage()->within(24h, gone + 24h));
  EXPECT_FALSE(outage()->within(0s, gone));
}

// ---- lookups in an outage ------------------------------------------------------------------------------------------

class LookupInOutageTest : public testing::Test {
 protected:
  LookupInOutageTest() {
    ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
    ledger.confirm(ledger.dispatched());
    ledger.prove(gone);
    database->answered = gone;
    database->down = fail(Errc::unavailable, "gone");
    mailboxes = make_map("virtual_mailbox_maps");
    aliases = make_map("virtual_alias_maps");
  }
  std::shared_ptr<ServedMap> make_map(const std::string& parameter) {
    auto served = std::make_shared<ServedMap>();
    auto& map = served->map;
    map.name = parameter;
    map.settings.recipient_delimiter = "+";
    map.profile = *map::profile_of(parameter, map.settings);
    map.wrong_not_found = map::wrong_not_found(parameter);
    map.freshness = {5min, 30s, 24h, 0s, 6h};
    map.freshness.keys_ttl = 6h;
    map.freshness.outage_not_found_limit = map::waits_in_outage(map.wrong_not_found) ? 0s : 24h;
    map.deadline = 5s;
    served->tables.push_back(test::sql_table(parameter, database, ledger.table(parameter)));
    served->tables.back().sql()->followed->long_lived = true;
    return served;
  }
  /// Asked for and read so long before the database went away.
  void hold(const std::string& table, const std::string& key, std::optional<std::string> value,
            Clock::duration before = 30h) {
    store.erase(table, key);
    store.put(table, key, {std::move(value), gone - before, ledger.now().value(), gone - before});
  }
  void know(ServedMap& map, const std::vector<std::string>& all, keyset::Of of = keyset::Of::keys) const {
    auto& set = map.tables[0].sql()->followed->set;
    keyset::TextKeys keys{of};
    for (const auto& each : all) keys.add(each);
    set.begin_load(gone);
    set.end_load(std::move(keys));
  }
  void change(ServedMap& map, const std::string& key) {
    const auto mark = ledger.dispatch({0, 1, ++sequence});
    ledger.drop_key(*map.tables[0].sql()->followed, key);
    ledger.confirm(mark);
  }
  Answer resolve(const std::shared_ptr<ServedMap>& map, const std::string& key, Trace* trace = nullptr) {
    return test::run_coroutine(context, resolver.resolve(map, key, trace));
  }
  Answer alias(const std::string& key) { return resolve(aliases, key); }

  const TimePoint gone = Clock::now() - 1h;
  boost::asio::io_context context{1};
  cache::Store store{1 << 20};
  feed::Ledger ledger;
  Resolver resolver{context.get_executor(), store, nullptr, ledger};
  std::shared_ptr<test::FakeBackend> database = std::make_shared<test::FakeBackend>();
  std::shared_ptr<ServedMap> mailboxes, aliases;
  std::uint64_t sequence = 10;
};

// The row joe@d -> joe@elsewhere is in the database, and in no cache.
TEST_F(LookupInOutageTest, AnAliasThatNobodyAskedForIsNotPassedByAlthoughItsAddressIsAMailbox) {
  hold("virtual_mailbox_maps", "joe@d.example", "1", 1h);
  hold("virtual_alias_maps", "@d.example", std::nullopt);
  EXPECT_EQ(resolve(mailboxes, "joe@d.example"), Answer::found("1"));
  EXPECT_TRUE(alias("joe@d.example").is_temporary());
}

TEST_F(LookupInOutageTest, AKnownMailboxHasNoAliasIfThatWasSeenBefore) {
  hold("virtual_alias_maps", "joe@d.example", std::nullopt);
  hold("virtual_alias_maps", "@d.example", std::nullopt, 1s);
  Trace trace;
  EXPECT_EQ(resolve(aliases, "Joe@d.example", &trace), Answer::not_found());
  ASSERT_EQ(trace.steps.size(), 2U);
  EXPECT_TRUE(trace.steps[0].as_of_outage);
  EXPECT_EQ(aliases->counters->not_found, 1U);
  EXPECT_EQ(aliases->counters->temporary, 0U);
  EXPECT_EQ(aliases->counters->stale, 2U);
}

TEST_F(LookupInOutageTest, ACatchAllThatNobodyAskedForIsADoubt) {
  hold("virtual_alias_maps", "joe@d.example", std::nullopt);
  EXPECT_TRUE(alias("joe@d.example").is_temporary());
}

TEST_F(LookupInOutageTest, KeySetsAndHeldAbsencesGoTogether) {
  know(*aliases, {"ann@d.example"});
  hold("virtual_alias_maps", "@d.example", std::nullopt);
  EXPECT_EQ(alias("joe+x@d.example"), Answer::not_found());
  EXPECT_TRUE(alias("ann@d.example").is_temporary()) << "it has a row, and nobody knows which";
}

TEST_F(LookupInOutageTest, ADomainThatNoAliasNamesHasNone) {
  know(*aliases, {"ann@d.example", "@only-aliases.example"}, keyset::Of::domains);
  EXPECT_EQ(alias("someone+x@Foreign.example"), Answer::not_found());
  EXPECT_TRUE(alias("x@only-aliases.example").is_temporary());
  change(*aliases, "first@foreign.example");
  EXPECT_TRUE(alias("someone+x@foreign.example").is_temporary());
}

TEST_F(LookupInOutageTest, AValueBehindAbsencesIsWhatTheMapSaid) {
  hold("virtual_alias_maps", "joe+x@d.example", std::nullopt);
  hold("virtual_alias_maps", "joe@d.example", "box@d.example", 1h);
  EXPECT_EQ(alias("joe+x@d.example"), Answer::found("box+x@d.example"));
  hold("virtual_mailbox_maps", "joe+x@d.example", std::nullopt);
  hold("virtual_mailbox_maps", "joe@d.example", "1", 1h);
  EXPECT_EQ(resolve(mailboxes, "joe+x@d.example"), Answer::found("1")) << "of every map, whatever \"not found\" costs";
}

// joe+x@d moved to joe@d after the feed's last proof: both answers are true of their moments, and the map never said
// it.
TEST_F(LookupInOutageTest, AValueThatCameAfterTheMomentIsADoubtBehindAbsences) {
  hold("virtual_alias_maps", "joe+x@d.example", std::nullopt);
  hold("virtual_alias_maps", "joe@d.example", "box@d.example", -500ms);
  EXPECT_TRUE(alias("joe+x@d.example").is_temporary());
  EXPECT_EQ(alias("joe@d.example"), Answer::found("box@d.example")) << "alone it is of one moment";
}

TEST_F(LookupInOutageTest, SoIsAnAbsenceThatCameAfterIt) {
  hold("virtual_alias_maps", "joe@d.example", std::nullopt);
  hold("virtual_alias_maps", "@d.example", std::nullopt, -500ms);
  EXPECT_TRUE(alias("joe@d.example").is_temporary());
}

TEST_F(LookupInOutageTest, AValueFromBeforeAGapIsADoubtBehindAbsences) {
  hold("virtual_alias_maps", "joe@d.example", "box@d.example", 1h);
  ledger.end();
  EXPECT_EQ(alias("joe@d.example"), Answer::found("box@d.example"));
  ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
  ledger.confirm(ledger.dispatched());
  ledger.prove(gone);
  hold("virtual_alias_maps", "joe+x@d.example", std::nullopt);
  EXPECT_TRUE(alias("joe+x@d.example").is_temporary());
}

TEST_F(LookupInOutageTest, NotFoundThatRejectsARecipientWaits) {
  know(*mailboxes, {});
  EXPECT_TRUE(resolve(mailboxes, "joe@d.example").is_temporary());
  mailboxes->map.freshness.outage_not_found_limit = 2h;
  EXPECT_EQ(resolve(mailboxes, "joe@d.example"), Answer::not_found());
}

TEST_F(LookupInOutageTest, TheLimitIsCountedFromTheMomentWhenItWentAway) {
  know(*aliases, {});
  EXPECT_EQ(alias("joe@d.example"), Answer::not_found());
  aliases->map.freshness.outage_not_found_limit = 30min;
  EXPECT_TRUE(alias("joe@d.example").is_temporary());
}

// No further map is asked for a recipient there: it would be refused.
TEST_F(LookupInOutageTest, AtAVirtualAliasDomainNotFoundRejectsAndWaits) {
  know(*aliases, {"a.example", "info@a.example"});
  EXPECT_EQ(alias("joe@a.example"), Answer::not_found());
  aliases->alias_domains = {aliases};
  EXPECT_TRUE(alias("joe@a.example").is_temporary());
  EXPECT_EQ(alias("joe@d.example"), Answer::not_found());
  aliases->map.freshness.stale_negative_limit = 2h;
  EXPECT_EQ(alias("joe@a.example"), Answer::not_found());
}

TEST_F(LookupInOutageTest, WhichDomainsAreThatAnotherMapMaySay) {
  know(*aliases, {});
  const auto domains = make_map("virtual_alias_domains");
  aliases->alias_domains = {domains};
  EXPECT_EQ(alias("joe@a.example"), Answer::not_found());
  hold("virtual_alias_domains", "a.example", "1", 25h);
  EXPECT_TRUE(alias("joe@a.example").is_temporary());
}

TEST_F(LookupInOutageTest, AnErrorWhileTheDatabaseAnswersIsAnError) {
  know(*aliases, {});
  database->down = fail(Errc::timeout, "slow");
  EXPECT_EQ(alias("joe@d.example"), Answer::temporary("slow"));
}

TEST_F(LookupInOutageTest, AGapIsADoubt) {
  know(*aliases, {});
  ledger.end();
  EXPECT_TRUE(alias("joe@d.example").is_temporary());
}

TEST_F(LookupInOutageTest, AChangeIsADoubt) {
  hold("virtual_alias_maps", "joe@d.example", std::nullopt);
  hold("virtual_alias_maps", "@d.example", std::nullopt);
  change(*aliases, "@d.example");
  EXPECT_TRUE(alias("joe@d.example").is_temporary());
}

TEST_F(LookupInOutageTest, AnAliasThatIsTooOldToBeServedIsNotAbsent) {
  hold("virtual_alias_maps", "joe@d.example", std::nullopt);
  hold("virtual_alias_maps", "@d.example", "all@d.example", 25h);
  EXPECT_TRUE(alias("joe@d.example").is_temporary());
}

TEST_F(LookupInOutageTest, ATableOfAnotherDatabaseThatIsThereIsADoubt) {
  const auto other = std::make_shared<test::FakeBackend>();
  auto second = test::sql_table("second", other, ledger.table("second"));
  second.sql()->followed->long_lived = true;
  aliases->tables.push_back(std::move(second));
  know(*aliases, {});
  other->rows["joe@d.example"] = "box@d.example";  // as it is now, not as it was then
  EXPECT_TRUE(alias("joe@d.example").is_temporary());
}

TEST_F(LookupInOutageTest, TextTablesKnowWhatTheySay) {
  auto text = std::make_shared<map::CurrentFile>();
  text->table = std::make_shared<map::FileTable>(
      map::FileTable::parse(map::FileKind::text, "joe@d.example box@d.example\n", true).value());
  aliases->tables.push_back({std::shared_ptr<const map::CurrentFile>{text}, "test:2"});
  know(*aliases, {});
  EXPECT_EQ(alias("joe@d.example"), Answer::found("box@d.example"));
  EXPECT_EQ(alias("ann@d.example"), Answer::not_found());
}

}  // namespace
}  // namespace maproom::resolver
