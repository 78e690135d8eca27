#include "maproom/commands/check_findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(CheckFindings, SettingsThatDifferAreNamedWithBothValues) {
  map::PostfixSettings ours;
  auto theirs = ours;
  EXPECT_THAT(commands::differing_settings(ours, theirs), IsEmpty());
  ours.recipient_delimiter = "+-";
  theirs.recipient_delimiter = "-+";
  ours.mydestination = {"a.example", "b.example"};
  theirs.mydestination = {"b.example", "a.example", "a.example"};
  EXPECT_THAT(commands::differing_settings(ours, theirs), IsEmpty()) << "sets have no order";
  theirs.recipient_delimiter = "+";
  theirs.swap_bangpath = false;
  theirs.mydestination = {};
  EXPECT_THAT(commands::differing_settings(ours, theirs),
              ElementsAre(AllOf(HasSubstr("recipient_delimiter"), HasSubstr("\"+-\""), HasSubstr("\"+\"")),
                          AllOf(HasSubstr("mydestination"), HasSubstr("\"a.example, b.example\""), HasSubstr("\"\"")),
                          AllOf(HasSubstr("swap_bangpath"), HasSubstr("is yes"), HasSubstr("has no"))));
}

query::ResultSet plan(const char* table, const char* type, const char* possible, const char* rows, const char* extra) {
  const auto text = [](const char* value) {
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
  };
  query::ResultSet set;
  set.rows.push_back({text("1"), text("SIMPLE"), text(table), text(type), text(possible), std::nullopt, std::nullopt,
                      std::nullopt, text(rows), text(extra)});
  return set;
}

TEST(CheckFindings, ATableReadFromEndToEndIsNamed) {
  EXPECT_THAT(commands::judge_plan(plan("t", "ALL", nullptr, "500", "Using where")).scans,
              ElementsAre("t (about 500 rows)"));
  EXPECT_THAT(commands::judge_plan(plan("t", "index", nullptr, "500", "Using where")).scans,
              ElementsAre("t (about 500 rows)"));
  EXPECT_THAT(commands::judge_plan(plan("t", "ALL", nullptr, "20", "Using where")).scans, IsEmpty()) << "a few rows";
  EXPECT_THAT(commands::judge_plan(plan("t", "ALL", "IX_1", "500", "Using where")).scans, IsEmpty())
      << "it has an index";
  EXPECT_THAT(commands::judge_plan(plan("t", "ALL", "IX_1", "5000", "Using where")).scans, testing::SizeIs(1));
  EXPECT_THAT(commands::judge_plan(plan("t", "ref", "IX_1", "5000", "Using where")).scans, IsEmpty());
  EXPECT_THAT(commands::judge_plan(plan("<union1,2>", "ALL", nullptr, "500", "")).scans, IsEmpty());
}

TEST(CheckFindings, APlanWithoutATableTellsNothing) {
  EXPECT_EQ(commands::judge_plan(plan(nullptr, nullptr, nullptr, nullptr, "Impossible WHERE")).not_judged,
            "Impossible WHERE");
  EXPECT_EQ(commands::judge_plan(
                plan(nullptr, nullptr, nullptr, nullptr, "Impossible WHERE noticed after reading const tables"))
                .not_judged,
            "");
  query::ResultSet odd;
  odd.rows.push_back({"1"});
  EXPECT_NE(commands::judge_plan(odd).not_judged, "");
}

}  // namespace
}  // namespace maproom::app
