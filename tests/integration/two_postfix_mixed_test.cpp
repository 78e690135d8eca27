// Mixed lists: pattern tables beside SQL ones, in each order, in every kind of parameter. Three Postfix instances with
// the same main.cf but for the tables: one with pcre:, regexp: and cidr: tables of its own beside mysql: ones; one
// whose patterns in front stay in main.cf wherever `maproom import` leaves them there, before a tcp: table; one where
// all tables together are a map, over socketmap:. What the first one does is right by definition.

#include <gtest/gtest.h>

#include <thread>

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
  std::vector<std::thread> threads;
  for (auto& instance : instances) threads.emplace_back([&] { instance->run(dialogues); });
  for (auto& thread : threads) thread.join();
  for (auto& instance : instances) {
    ASSERT_EQ(instance->error(), "");
    add_sunk(instance->outcomes(), site.sinks.messages(), instance->tag());
  }
  auto& right = *instances.front();
  std::string all;
  for (std::size_t i = 0; i < dialogues.size(); ++i) all += describe(dialogues[i], right.outcomes()[i]);
  // Nothing can differ where no pattern decides; and parts of a key are asked of none.
  EXPECT_NE(all.find("pattern"), std::string::npos);
  EXPECT_EQ(all.find("never"), std::string::npos) << all.substr(all.rfind("(EHLO", all.find("never")), 1500);
  for (std::size_t other = 1; other < instances.size(); ++other) {
    int different = 0;
    for (std::size_t i = 0; i < dialogues.size(); ++i) {
      if (right.outcomes()[i] == instances[other]->outcomes()[i] || ++different > 10) continue;
      ADD_FAILURE() << "mysql: " << describe(dialogues[i], right.outcomes()[i]) << instances[other]->tag() << ": "
                    << describe(dialogues[i], instances[other]->outcomes()[i]);
    }
    EXPECT_EQ(different, 0) << "of " << dialogues.size() << " dialogues over " << instances[other]->tag();
  }
}

INSTANTIATE_TEST_SUITE_P(Orders, MixedLists, testing::Values(Order::front, Order::behind, Order::around),
                         [](const auto& each) { return to_string(each.param); });

}  // namespace
}  // namespace maproom::test::two_postfix
