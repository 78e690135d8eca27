#include "maproom/feed/foreign_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "binlog_bytes.hpp"
#include "maproom/feed/watch.hpp"

namespace maproom::feed {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// kid -> parent -> other.grand; tree -> tree; box -> domain, which acts in no way.
std::vector<ForeignKey> keys() {
  return {{"mail", "kid", "mail", "parent", {"k"}},
          {"mail", "parent", "other", "grand", {"k"}},
          {"mail", "tree", "mail", "tree", {"n"}},
          {"mail", "box", "mail", "domain", {"n"}, false, false}};
}

std::vector<std::string> above(const std::string& table) {
  std::vector<std::string> names;
  for (const auto& key : keys_upwards({{"mail", table}}, keys())) names.push_back(key.parent);
  return names;
}

TEST(ForeignKeys, LeadUpwardsOverAnyNumberOfTablesAndDatabases) {
  EXPECT_THAT(above("Kid"), ElementsAre("parent", "grand"));
  EXPECT_THAT(above("parent"), ElementsAre("grand"));
  EXPECT_THAT(above("tree"), ElementsAre("tree"));
  EXPECT_THAT(above("grand"), IsEmpty());
}

TEST(ForeignKeys, WithoutAnActionLeadNowhere) { EXPECT_THAT(above("box"), IsEmpty()); }

Change rows(int type, const std::string& images, const char* table = "parent") {
  Change change;
  change.what = Change::What::rows;
  change.table =
      std::make_shared<const TableMap>(std::get<TableMap>(parse_binlog_event(table_map_event(5, table)).body));
  change.rows = std::get<RowsEvent>(parse_binlog_event(rows_event(type, 5, images)).body);
  return change;
}

TEST(ForeignKeys, ADeletedOrChangedParentReachesItsChildren) {
  const Parent parent{"mail", "parent", 2, {0}};
  EXPECT_TRUE(reaches_children(parent, rows(25, image("a", 1))));
  EXPECT_TRUE(reaches_children(parent, rows(24, image("a", 1) + image("b", 1))));
  EXPECT_FALSE(reaches_children(parent, rows(24, image("a", 1) + image("a", 2)))) << "not what is referred to";
  EXPECT_FALSE(reaches_children(parent, rows(23, image("a", 1)))) << "a new row has no children";
  EXPECT_FALSE(reaches_children(parent, rows(25, image("a", 1), "another")));
  auto whole = rows(23, image("a", 1));
  whole.what = Change::What::table;
  EXPECT_TRUE(reaches_children(parent, whole));
}

TEST(ForeignKeys, OnlyAsFarAsTheyAct) {
  const Parent on_update{"mail", "parent", 2, {0}, true, false};
  EXPECT_FALSE(reaches_children(on_update, rows(25, image("a", 1))));
  const Parent on_delete{"mail", "parent", 2, {0}, false, true};
  EXPECT_FALSE(reaches_children(on_delete, rows(24, image("a", 1) + image("b", 1))));
}

TEST(ForeignKeys, OfAParentWhoseColumnsAreNotKnownReachAll) {
  EXPECT_TRUE(reaches_children({"mail", "parent", 0, {}}, rows(24, image("a", 1) + image("a", 2))));
  EXPECT_TRUE(reaches_children({"mail", "parent", 3, {0}}, rows(24, image("a", 1) + image("a", 2))));
  EXPECT_TRUE(reaches_children({"mail", "parent", 2, {0}}, rows(24, image("a", 1) + "x"))) << "cannot be decoded";
}

Schema schema() {
  Schema schema;
  for (const char* name : {"kid", "parent", "tree", "box", "domain"})
    schema.tables.push_back({"mail", name, "BASE TABLE", "InnoDB", {{"k", true, false}, {"n", false, false}}});
  schema.tables.push_back({"other", "grand", "BASE TABLE", "InnoDB", {{"k", true, false}}});
  schema.foreign_keys = keys();
  return schema;
}

Watch watch(const Schema& schema, const std::string& table) {
  return watch_of("SELECT n FROM " + table + " WHERE k = '%s'", "mail", schema, {{table, "k"}});
}

TEST(ForeignKeys, AChangeOfAParentIsOneOfAllKeysOfItsChildren) {
  const auto kid = watch(schema(), "kid");
  EXPECT_TRUE(kid.timeless);
  EXPECT_TRUE(effect_of(kid, rows(25, image("a", 1))).all);
  EXPECT_FALSE(effect_of(kid, rows(25, image("a", 1), "kid")).all);
  EXPECT_THAT(effect_of(kid, rows(25, image("a", 1), "kid")).keys, ElementsAre("a"));
  EXPECT_FALSE(effect_of(kid, rows(25, image("a", 1), "domain")).all);
  const auto tree = watch(schema(), "tree");
  EXPECT_TRUE(effect_of(tree, rows(25, image("a", 1), "tree")).all) << "it refers to itself";
  EXPECT_FALSE(effect_of(tree, rows(23, image("a", 1), "tree")).all);
  EXPECT_FALSE(effect_of(watch(schema(), "box"), rows(25, image("a", 1), "domain")).all);
}

TEST(ForeignKeys, ThatAreNotToBeSeenLeavePlainTimesToLive) {
  auto hidden = schema();
  hidden.tables.pop_back();  // no right to other.grand
  EXPECT_FALSE(watch(hidden, "kid").timeless);
  EXPECT_THAT(watch(hidden, "kid").why, testing::HasSubstr("other.grand"));
  EXPECT_TRUE(watch(hidden, "tree").timeless);
  auto partly = schema();
  partly.tables[0].partly = true;
  EXPECT_FALSE(watch(partly, "kid").timeless);
}

}  // namespace
}  // namespace maproom::feed
