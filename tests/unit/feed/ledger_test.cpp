// The rules of a cache behind a binlog, each with the history that breaks it.

#include "maproom/feed/ledger.hpp"

#include <gtest/gtest.h>

namespace maproom::feed {
namespace {

using namespace std::chrono_literals;
using Standing = Ledger::Standing;

Position at(std::string_view text) { return Position::parse(text).value(); }

class LedgerTest : public testing::Test {
 protected:
  const FileEntered file{"bin.000001", 1000, 1};
  Ledger ledger;
  std::shared_ptr<Ledger::Table> table = ledger.table("t");

  void follow() {
    ledger.begin(at("0-1-10"), file);
    ledger.confirm(ledger.dispatched());
  }
  Mark change(std::uint64_t sequence, std::string_view key) {
    const auto mark = ledger.dispatch({0, 1, sequence});
    ledger.drop_key(*table, key);
    return mark;
  }
};

TEST_F(LedgerTest, WithoutAFeedEveryAnswerStands) {
  EXPECT_EQ(ledger.judge(*table, "k", ledger.now().value()), Standing::good);
  EXPECT_EQ(ledger.tag(), "");
  EXPECT_FALSE(ledger.healthy({}));
}

TEST_F(LedgerTest, NothingIsTaggedBeforeTheServerHasConfirmedTheBeginning) {
  ledger.begin(at("0-1-10"), file);
  EXPECT_EQ(ledger.now(), std::nullopt);
  EXPECT_EQ(ledger.tag(), "");
  ledger.confirm(ledger.dispatched());
  EXPECT_NE(ledger.now(), std::nullopt);
}

// The late fill: the query was sent before the change and comes back after it.
TEST_F(LedgerTest, AnAnswerFromBeforeADropIsNotStoredAfterIt) {
  follow();
  const auto l = ledger.now().value();
  change(11, "joe@d.example");
  EXPECT_FALSE(ledger.holds(*table, "joe@d.example", l));
  EXPECT_TRUE(ledger.holds(*table, "ann@d.example", l));
}

// As when a definition is found to read more than was watched: no change has a name, and all may have.
TEST_F(LedgerTest, WhatIsForgottenIsAskedAnewAndStoredWhenThatIsConfirmed) {
  follow();
  const auto other = ledger.table("other");
  const auto l = ledger.now().value();
  const auto mark = ledger.forget(*table);
  EXPECT_FALSE(ledger.holds(*table, "joe@d.example", l));
  EXPECT_TRUE(ledger.holds(*other, "joe@d.example", l));
  EXPECT_FALSE(ledger.holds(*table, "joe@d.example", ledger.now().value())) << "it may be from before";
  ledger.confirm(mark);
  EXPECT_TRUE(ledger.holds(*table, "joe@d.example", ledger.now().value()));
}

// The early event: the row cannot be read yet when its event comes. L does not grow by the event, only by the barrier.
TEST_F(LedgerTest, AnAnswerIsNotStoredUntilItsLastDropIsConfirmed) {
  follow();
  const auto mark = change(11, "joe@d.example");
  EXPECT_FALSE(ledger.holds(*table, "joe@d.example", ledger.now().value()));
  ledger.confirm(mark);
  EXPECT_TRUE(ledger.holds(*table, "joe@d.example", ledger.now().value()));
}

TEST_F(LedgerTest, TheConfirmedMarkNeverGoesBack) {
  follow();
  const auto first = change(11, "a");
  const auto second = change(12, "b");
  ledger.confirm(second);
  ledger.confirm(first);
  EXPECT_EQ(ledger.now(), second);
}

TEST_F(LedgerTest, DropsOfTheTableAndOfEverythingCountForEachKey) {
  follow();
  const auto other = ledger.table("u");
  const auto l = ledger.now().value();
  ledger.dispatch({0, 1, 11});
  ledger.drop_table(*table);
  EXPECT_FALSE(ledger.holds(*table, "k", l));
  EXPECT_TRUE(ledger.holds(*other, "k", l));
  ledger.dispatch({0, 1, 12});
  ledger.drop_all();
  EXPECT_FALSE(ledger.holds(*other, "k", l));
}

TEST_F(LedgerTest, RememberingIsBoundedByForgettingWhichKeyItWas) {
  follow();
  const auto l = ledger.now().value();
  for (std::size_t i = 0; i <= Ledger::max_keys; ++i) change(11 + i, "k" + std::to_string(i));
  EXPECT_LE(table->keys.size(), Ledger::max_keys);
  EXPECT_FALSE(ledger.holds(*table, "k0", l));
  EXPECT_FALSE(ledger.holds(*table, "never changed", l));
}

TEST_F(LedgerTest, EqualityIsThatOfCollationsAndNotOfSpelling) {
  follow();
  const auto l = ledger.now().value();
  change(11, "Joe@D.Example  ");  // any case, and padding
  EXPECT_FALSE(ledger.holds(*table, "joe@d.example", l));
  EXPECT_FALSE(ledger.holds(*table, "joe@d.example ", l));         // PAD SPACE
  EXPECT_FALSE(ledger.holds(*table, "j\xc3\xb6rg@d.example", l));  // might equal anything
  EXPECT_TRUE(ledger.holds(*table, "ann@d.example", l));
}

TEST_F(LedgerTest, AChangedValueThatIsNotPlainDropsTheTable) {
  follow();
  const auto l = ledger.now().value();
  change(11, "j\xc3\xb6rg@d.example");
  EXPECT_FALSE(ledger.holds(*table, "jorg@d.example", l));
  EXPECT_FALSE(ledger.holds(*table, "ann@d.example", l));
}

TEST_F(LedgerTest, HealthIsAProofThatIsNotOld) {
  follow();
  const TimePoint sent{100s};
  EXPECT_FALSE(ledger.healthy(sent));
  ledger.prove(sent);
  EXPECT_TRUE(ledger.healthy(sent + Ledger::alive_limit));
  EXPECT_FALSE(ledger.healthy(sent + Ledger::alive_limit + 1ms));  // and after a pause of the loop itself
  ledger.end();
  EXPECT_FALSE(ledger.healthy(sent));
}

TEST_F(LedgerTest, WhatIsFromBeforeABreakIsSuspect) {
  const auto before_any_feed = ledger.now().value();
  follow();
  EXPECT_EQ(ledger.judge(*table, "k", before_any_feed), Standing::suspect);
  const auto followed = ledger.now().value();
  EXPECT_EQ(ledger.judge(*table, "k", followed), Standing::good);
  ledger.end();
  EXPECT_EQ(ledger.judge(*table, "k", followed), Standing::suspect);
  const auto between = ledger.now().value();
  EXPECT_EQ(ledger.judge(*table, "k", between), Standing::good);  // for the plain times to live
  follow();
  EXPECT_EQ(ledger.judge(*table, "k", between), Standing::suspect);
}

TEST_F(LedgerTest, WhatWasDroppedStaysDroppedOverABreak) {
  follow();
  const auto l = ledger.now().value();
  change(11, "k");
  ledger.end();
  EXPECT_EQ(ledger.judge(*table, "k", l), Standing::dropped);
  follow();
  EXPECT_EQ(ledger.judge(*table, "k", l), Standing::dropped);
}

// ---- tags: what other daemons have stored
// ----------------------------------------------------------------------------

TEST_F(LedgerTest, ATagIsTheConfirmedPosition) {
  follow();
  EXPECT_EQ(ledger.tag(), "bin.000001:1:1000 0-1-10");
  const auto mark = change(11, "k");
  EXPECT_EQ(ledger.tag(), "bin.000001:1:1000 0-1-10");
  ledger.confirm(mark);
  EXPECT_EQ(ledger.tag(), "bin.000001:1:1000 0-1-11");
}

TEST_F(LedgerTest, ATagBelowTheLastDropIsRefused) {
  follow();
  change(11, "other");
  change(12, "k");
  const auto holds = [&](std::string_view tag) {
    const auto mark = ledger.mark_of(tag);
    return mark && ledger.holds(*table, "k", *mark);
  };
  EXPECT_FALSE(holds("bin.000001:1:1000 0-1-10"));
  EXPECT_FALSE(holds("bin.000001:1:1000 0-1-11"));
  EXPECT_TRUE(holds("bin.000001:1:1000 0-1-12"));
  EXPECT_TRUE(holds("bin.000001:1:1000 0-1-13"));  // of a daemon that is ahead
}

TEST_F(LedgerTest, TagsFromBeforeTheReplayAreRefused) {
  follow();
  EXPECT_EQ(ledger.mark_of("bin.000001:1:1000 0-1-9"), std::nullopt);
  EXPECT_EQ(ledger.mark_of("bin.000001:1:1000 "), std::nullopt);
  EXPECT_NE(ledger.mark_of("bin.000001:1:1000 0-1-10"), std::nullopt);
}

TEST_F(LedgerTest, TagsOfAnotherHistoryAreRefused) {
  follow();
  EXPECT_EQ(ledger.mark_of("bin.000001:1:999 0-1-12"), std::nullopt);   // RESET MASTER: another file of that name
  EXPECT_EQ(ledger.mark_of("bin.000001:2:1000 0-1-12"), std::nullopt);  // another server
  EXPECT_EQ(ledger.mark_of("bin.000002:1:1000 0-1-12"), std::nullopt);
  ledger.enter_file({"bin.000002", 1000, 1});
  EXPECT_NE(ledger.mark_of("bin.000002:1:1000 0-1-12"), std::nullopt);
}

TEST_F(LedgerTest, AfterABreakTagsAreThoseOfAnotherHistory) {
  follow();
  ledger.end();
  const auto mark = ledger.mark_of("bin.000001:1:1000 0-1-10");
  EXPECT_FALSE(mark && ledger.judge(*table, "k", *mark) == Standing::good);
}

TEST_F(LedgerTest, TagsWithoutAPositionAreRefused) {
  follow();
  for (const auto* const tag : {"", " ", "x", "bin.000001:1:1000", "bin.000001:1:1000 0-1-x"})
    EXPECT_EQ(ledger.mark_of(tag), std::nullopt) << tag;
}

TEST_F(LedgerTest, EachDomainOfATagCounts) {
  ledger.begin(at("0-1-10,5-1-7"), file);
  ledger.dispatch({5, 1, 8});
  ledger.drop_key(*table, "k");
  ledger.dispatch({0, 1, 11});
  const auto holds = [&](std::string_view tag) {
    const auto mark = ledger.mark_of(tag);
    return mark && ledger.holds(*table, "k", *mark);
  };
  EXPECT_FALSE(holds("bin.000001:1:1000 0-1-11,5-1-7"));
  EXPECT_TRUE(holds("bin.000001:1:1000 0-1-10,5-1-8"));
}

TEST_F(LedgerTest, NumbersThatGoBackWithinADomainMakeTagsWorthless) {
  follow();
  ledger.dispatch({0, 1, 20});
  change(15, "k");
  EXPECT_EQ(ledger.mark_of("bin.000001:1:1000 0-1-20"), std::nullopt);
  ledger.confirm(ledger.dispatched());
  EXPECT_EQ(ledger.tag(), "");
}

TEST_F(LedgerTest, OnlySoManyGroupsAreRememberedAndOlderTagsAreRefused) {
  follow();
  for (std::uint64_t i = 0; i < Ledger::max_groups + 5; ++i) ledger.dispatch({0, 1, 11 + i});
  EXPECT_EQ(ledger.mark_of("bin.000001:1:1000 0-1-12"), std::nullopt);
  EXPECT_NE(ledger.mark_of("bin.000001:1:1000 0-1-100"), std::nullopt);
}

TEST(LedgerKeySets, EveryDropKeepsThemExactOrEndsThem) {
  Ledger ledger;
  ledger.begin(*Position::parse("0-1-5"), {"mysql-bin.000001", 7, 1});
  const auto table = ledger.table("t");
  const auto other = ledger.table("other");
  const auto load = [](Ledger::Table& t) {
    t.set.begin_load({});
    keyset::TextKeys keys;
    keys.add("ann");
    t.set.end_load(std::move(keys));
  };
  load(*table);
  load(*other);
  ledger.dispatch({0, 1, 6});
  ledger.drop_key(*table, "Joe ");
  EXPECT_FALSE(table->set.lacks("joe"));
  EXPECT_TRUE(table->set.lacks("bob"));
  EXPECT_TRUE(other->set.lacks("joe"));
  ledger.drop_key(*table, "j\xc3\xb6rg");
  EXPECT_FALSE(table->set.lacks("jorg"));
  ledger.drop_table(*table, true);
  EXPECT_TRUE(table->set.lacks("bob"));
  EXPECT_FALSE(ledger.holds(*table, "bob", ledger.dispatched() - 1)) << "its answers are dropped all the same";
  ledger.drop_table(*table);
  EXPECT_FALSE(table->set.complete());
  EXPECT_TRUE(other->set.complete());
  load(*table);
  ledger.drop_all();
  EXPECT_FALSE(table->set.complete());
  EXPECT_FALSE(other->set.complete());
  load(*table);
  ledger.end();
  EXPECT_FALSE(table->set.complete());
  load(*table);
  ledger.begin(*Position::parse("0-1-6"), {"mysql-bin.000001", 7, 1});
  EXPECT_FALSE(table->set.complete());
}

}  // namespace
}  // namespace maproom::feed
