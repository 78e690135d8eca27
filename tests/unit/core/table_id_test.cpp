#include "maproom/core/table_id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace maproom::cache {
namespace {

TEST(TableId, IsTheBeginningOfASha256OfTheFields) {
  // printf '1:a,2:bc,' | sha256sum
  EXPECT_EQ(table_id({"a", "bc"}), "d16f37a638ba770e");
}

TEST(TableId, DiffersWheneverTheFieldsDo) {
  const std::set<TableId> ids{table_id({}),
                              table_id({""}),
                              table_id({"", ""}),
                              table_id({"ab", "c"}),
                              table_id({"a", "bc"}),
                              table_id({"abc"}),
                              table_id({"c", "ab"}),
                              table_id({"a,1:b"}),
                              table_id({"a", "b"}),
                              table_id({"a,", "b"}),
                              table_id({std::string("a\0", 2)})};
  EXPECT_EQ(ids.size(), 11U);
}

}  // namespace
}  // namespace maproom::cache
