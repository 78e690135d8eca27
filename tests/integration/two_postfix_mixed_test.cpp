// Mixed lists: pattern tables beside SQL ones, in each order, in every kind of parameter. Three Postfix instances with
// the same main.cf but for the tables: one with pcre:, regexp: and cidr: tables of its own beside mysql: ones; one
// whose patterns in front stay in main.cf wherever `maproom import` leaves them there, before a tcp: table; one where
// all tables together are a map, over socketmap:. What the first one does is right by definition.

#include <gtest/gtest.h>

#include "integration/two_postfix_site.hpp"

namespace maproom::test::two_postfix {
namespace {

class MixedLists : public testing::TestWithParam<Order> {};

TEST_P(MixedLists, TheSameDialoguesHaveTheSameOutcome) {
  const Variant variant{.name = "mixed"};
  Site site{variant, GetParam()};
  std::vector<std::unique_ptr<Instance>> instances;
  for (const std::string protocol : {"mysql", "tcp", "socketmap"})
    instances.push_back(std::make_unique<Instance>(site, variant, protocol, protocol));
  const auto dialogues = make_dialogues({.every_row = true, .every_nth = 80, .every_nth_pair = 300});
  run_all(site, dialogues, instances);

  auto& right = *instances.front();
  std::string all;
  for (std::size_t i = 0; i < dialogues.size(); ++i) all += describe(dialogues[i], right.outcomes()[i]);
  // Nothing can differ where no pattern decides; and parts of a key are asked of none.
  EXPECT_NE(all.find("pattern"), std::string::npos);
  EXPECT_EQ(all.find("never"), std::string::npos) << all.substr(all.rfind("(EHLO", all.find("never")), 1500);
  expect_same_outcomes(dialogues, instances);
}

INSTANTIATE_TEST_SUITE_P(Orders, MixedLists, testing::Values(Order::front, Order::behind, Order::around),
                         [](const auto& each) { return to_string(each.param); });

}  // namespace
}  // namespace maproom::test::two_postfix
