#include "maproom/commands/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::commands {
namespace {

using testing::ElementsAre;

TEST(Columns, AreAsWideAsTheirWidestCell) {
  const std::string name = "a_map_whose_name_is_longer_than_anybody_thought_of";
  EXPECT_THAT(
      in_columns({{"map", "found", "none", "remark"}, {name, "12345678901", "0", "all known"}, {"b", "1", "2"}}, 3, 6),
      ElementsAre("map" + std::string(name.size() - 3, ' ') + "       found   none  remark",
                  name + " 12345678901      0  all known",
                  "b" + std::string(name.size() - 1, ' ') + "           1      2"));
}

TEST(Columns, ARowMayBeShortOrEmpty) {
  EXPECT_THAT(in_columns({{"a"}, {}, {"b", "1", ""}}, 2, 2), ElementsAre("a", "", "b  1"));
  EXPECT_THAT(in_columns({}, 2, 2), ElementsAre());
}

}  // namespace
}  // namespace maproom::commands
