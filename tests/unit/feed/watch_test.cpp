#include "maproom/feed/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binlog_bytes.hpp"

namespace maproom::feed {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Schema schema() {
  Schema schema;
  const auto table = [&](const char* name, const char* kind = "BASE TABLE", const char* engine = "InnoDB",
                         const char* database = "mail") {
    schema.tables.push_back({database, name, kind, engine, {{"k", true, false}, {"n", false, false}}});
  };
  table("box");
  table("domain");
  table("mr_alias_domain");
  table("seen", "VIEW", "");
  table("far", "BASE TABLE", "FEDERATED");
  table("box", "BASE TABLE", "InnoDB", "other");
  schema.routines.push_back("lookup");
  return schema;
}
Watch watch(std::string_view query, const std::vector<KeyColumn>& keys = {}) {
  return watch_of(query, "mail", schema(), keys);
}
std::vector<std::string> tables(const Watch& watch) {
  std::vector<std::string> names;
  for (const auto& table : watch.tables) names.push_back(table.database + "." + table.name);
  return names;
}

TEST(Watch, ReadsTheTablesThatItNames) {
  EXPECT_THAT(tables(watch("SELECT k FROM Box WHERE k = '%s'")), ElementsAre("mail.box"));
  EXPECT_THAT(tables(watch("SELECT k FROM mr_alias_domain JOIN box USING (n)")),
              ElementsAre("mail.box", "mail.mr_alias_domain"));
  EXPECT_THAT(tables(watch("SELECT k FROM other.box")), ElementsAre("mail.box", "other.box"));
  EXPECT_THAT(watch("SELECT k FROM box").tables[0].read, ElementsAre(0U));
  EXPECT_THAT(watch("SELECT * FROM box").tables[0].read, ElementsAre(0U, 1U));
  EXPECT_TRUE(watch("SELECT k FROM box").timeless);
}

TEST(Watch, OfOnePartitionReadsWhatARowComesIntoItBy) {
  EXPECT_THAT(watch("SELECT k FROM box PARTITION (p0)").tables[0].read, ElementsAre(0U, 1U));
}

// A connection that was opened before may still read it.
TEST(Watch, OfAViewOrARoutineThatIsNotToBeSeenAnyMoreIsAnythingStill) {
  for (const auto* const query : {"SELECT k FROM box JOIN seen", "SELECT lookup(k) FROM box"}) {
    auto hidden = schema();
    hidden.routines.clear();
    std::erase_if(hidden.tables, [](const auto& table) { return table.kind == "VIEW"; });
    const auto now = watch_of(query, "mail", hidden, {});
    ASSERT_FALSE(now.anything);
    const auto still = with_what_was_seen(now, watch(query));
    EXPECT_TRUE(still.anything) << query;
    EXPECT_TRUE(with_what_was_seen(now, still).anything) << query;
  }
  auto replaced = schema();
  for (auto& table : replaced.tables)
    if (table.kind == "VIEW") table.kind = "BASE TABLE";
  const std::string query = "SELECT k FROM box JOIN seen";
  EXPECT_FALSE(with_what_was_seen(watch_of(query, "mail", replaced, {}), watch(query)).anything);
}

TEST(Watch, OfWhatMayReadAnythingIsAnything) {
  for (const auto* const query :
       {"SELECT k FROM seen", "SELECT lookup('%s') FROM box", "CALL lookup('%s')", "SELECT k FROM hidden"}) {
    EXPECT_TRUE(watch(query).anything) << query;
    EXPECT_FALSE(watch(query).timeless) << query;
    EXPECT_FALSE(watch(query).why.empty()) << query;
  }
  EXPECT_FALSE(watch("SELECT 'x' FROM DUAL").anything);
}

TEST(Watch, OnlyInnodbIsTimeless) {
  for (const char* engine : {"Aria", "MyISAM", "MEMORY", "CSV", "SEQUENCE", "ROCKSDB", ""}) {
    auto other = schema();
    other.tables[0].engine = engine;
    const auto w = watch_of("SELECT k FROM box", "mail", other, {});
    EXPECT_FALSE(w.timeless) << engine;
    EXPECT_FALSE(w.snapshots) << engine;
    EXPECT_FALSE(w.anything) << engine;
    EXPECT_THAT(w.why, testing::HasSubstr("box")) << engine;
  }
}

TEST(Watch, CapitalsOfADatabaseDoNotMatter) {
  EXPECT_THAT(tables(watch_of("SELECT k FROM Box", "Mail", schema(), {})), ElementsAre("mail.box"));
}

TEST(Watch, WhatWasSeenStaysWatched) {
  const auto before = watch("SELECT k FROM box JOIN domain USING (k)");
  auto narrow = schema();
  std::erase_if(narrow.tables, [](const Schema::Table& table) { return table.name == "domain"; });
  const auto now = watch_of("SELECT k FROM box JOIN domain USING (k)", "mail", narrow, {});
  ASSERT_THAT(tables(now), ElementsAre("mail.box"));
  EXPECT_THAT(tables(with_what_was_seen(now, before)), ElementsAre("mail.box", "mail.domain"));
  EXPECT_EQ(with_what_was_seen(before, now), before);
  EXPECT_EQ(with_what_was_seen(before, before), before);
}

TEST(Watch, WhatTimeAloneChangesIsNotTimeless) {
  for (const auto* const query :
       {"SELECT k FROM box WHERE n > NOW()", "SELECT k FROM box WHERE n > unix_timestamp()", "SELECT @x FROM box",
        "SELECT k FROM far", "SELECT k FROM box, information_schema.tables", "SELECT RAND() FROM box"})
    EXPECT_FALSE(watch(query).timeless) << query;
  EXPECT_TRUE(watch("SELECT k FROM box WHERE k = '%u@%d'").timeless);  // an @ in quotes
}

Change rows(int type, const std::string& images, const char* table = "box") {
  Change change;
  change.what = Change::What::rows;
  change.table =
      std::make_shared<const TableMap>(std::get<TableMap>(parse_binlog_event(table_map_event(5, table)).body));
  change.rows = std::get<RowsEvent>(parse_binlog_event(rows_event(type, 5, images)).body);
  return change;
}

const std::vector<KeyColumn> by_key{{"box", "k"}};

TEST(Effect, IsOnTheKeysOfOldAndNewRow) {
  const auto w = watch("SELECT n FROM box WHERE k = '%s'", by_key);
  EXPECT_THAT(effect_of(w, rows(23, image("joe", 1))).keys, ElementsAre("joe"));
  EXPECT_THAT(effect_of(w, rows(25, image("joe", 1))).keys, ElementsAre("joe"));
  EXPECT_THAT(effect_of(w, rows(24, image("joe", 1) + image("ann", 1))).keys, ElementsAre("joe", "ann"));
}

TEST(Effect, IsNoneWhereNoColumnThatIsReadHasChanged) {
  const auto w = watch("SELECT k FROM box WHERE k = '%s'", by_key);
  const auto effect = effect_of(w, rows(24, image("joe", 1) + image("joe", 2)));
  EXPECT_FALSE(effect.all);
  EXPECT_THAT(effect.keys, IsEmpty());
  EXPECT_FALSE(effect_of(w, rows(24, image("joe", 1) + image("joe", 2), "domain")).all);
  EXPECT_THAT(
      effect_of(watch("SELECT n FROM box WHERE k = '%s'", by_key), rows(24, image("joe", 1) + image("joe", 2))).keys,
      ElementsAre("joe", "joe"));
}

TEST(Effect, IsOnAllKeysWhereTheKeyIsNotKnown) {
  EXPECT_TRUE(effect_of(watch("SELECT k FROM box"), rows(23, image("joe", 1))).all);
  auto narrow = schema();
  narrow.tables[0].columns.pop_back();  // the order of columns may have changed
  EXPECT_TRUE(effect_of(watch_of("SELECT k FROM box", "mail", narrow, by_key), rows(23, image("joe", 1))).all);
  const auto w = watch("SELECT k FROM box WHERE k = '%s'", by_key);
  EXPECT_TRUE(effect_of(w, rows(23, image("joe", 1) + "x")).all);  // cannot be decoded
  auto whole = rows(23, image("joe", 1));
  whole.what = Change::What::table;
  EXPECT_TRUE(effect_of(w, whole).all);
  EXPECT_TRUE(effect_of(w, Change{}).all);
  EXPECT_TRUE(effect_of(Watch{}, rows(23, image("joe", 1), "domain")).all);
}

Watch watch_listing(const std::string& query) {
  const auto listing = query::listing_of(query);
  EXPECT_TRUE(listing) << listing.error().detail;
  return watch_of(*listing, "mail", schema());
}

TEST(WatchOfAListing, ReadsTheTablesAndColumnsOfItsParts) {
  // There is a table `domain`, too, whose name is a word of this.
  const auto w = watch_listing("SELECT domain FROM box WHERE k = '%s' AND n = 1");
  EXPECT_THAT(tables(w), ElementsAre("mail.box"));
  EXPECT_THAT(w.tables[0].read, ElementsAre(0U, 1U));
  EXPECT_TRUE(w.timeless && w.snapshots && !w.anything);
  EXPECT_THAT(tables(watch_listing("SELECT 1 FROM box b JOIN domain d ON b.n = d.n WHERE d.k = '%d' OR b.k = '%s'")),
              ElementsAre("mail.domain", "mail.box"));
}

TEST(WatchOfAListing, SaysWhatCannotBeListed) {
  EXPECT_EQ(watch_listing("SELECT 1 FROM seen WHERE k = '%s'").why, "seen is no base table, but a view or the like");
  EXPECT_EQ(watch_listing("SELECT 1 FROM hidden WHERE k = '%s'").why, "the table hidden is not to be seen");
  EXPECT_EQ(watch_listing("SELECT 1 FROM box WHERE n = '%s'").why,
            "the column n of box is no text that compares as ASCII");
  EXPECT_EQ(watch_listing("SELECT 1 FROM box WHERE x = '%s'").why, "the column x of box is not to be seen");
  EXPECT_TRUE(watch_listing("SELECT 1 FROM far WHERE k = '%s'").anything);
}

TEST(WatchOfAListing, MakesTheRowsTextAsTheQueryDoes) {
  const auto texts = [](const std::string& query) {
    return effect_of(watch_listing(query), rows(23, image("joe", 1))).keys;
  };
  EXPECT_THAT(texts("SELECT n FROM box WHERE k = '%d'"), ElementsAre("joe"));
  EXPECT_THAT(texts("SELECT n FROM box WHERE CONCAT(k, '@x') = '%s' OR CONCAT('@', k) = '%s'"),
              ElementsAre("joe@x", "@joe"));
  EXPECT_TRUE(effect_of(watch_listing("SELECT n FROM box WHERE LEFT(k, 2) = '%s'"), rows(23, image("joe", 1))).all);
  EXPECT_TRUE(
      effect_of(watch_listing("SELECT n FROM box WHERE LEFT(k, 2) = '%s' OR k = '%s'"), rows(23, image("joe", 1))).all);
}

}  // namespace
}  // namespace maproom::feed
