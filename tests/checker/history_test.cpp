// The judge judged: histories that are in order, and such as must be found out.

#include "checker/history.hpp"

#include <gtest/gtest.h>

namespace maproom::checker {
namespace {

using namespace std::chrono_literals;

Time at(int ms) { return Time{} + 1h + std::chrono::milliseconds{ms}; }

class Judgement : public testing::Test {
 protected:
  // a is there until 100..110, then moves to the catch-all in one transaction, and is gone at 300..310.
  History history{{{"a@g", "1"}}, {{at(100), at(110), {{"@g", "2"}}, "move"}, {at(300), at(310), {}, "delete"}}};
  Verdict of(int called, int returned, std::optional<std::string> value, std::chrono::milliseconds bound = 50ms) {
    return judge(history, {at(called), at(returned), {"a@g", "@g"}, std::move(value)}, bound);
  }
};

TEST_F(Judgement, TheTrueAnswerIsRight) {
  EXPECT_EQ(of(10, 20, "1"), Verdict::right);
  EXPECT_EQ(of(200, 210, "2"), Verdict::right);
  EXPECT_EQ(of(400, 410, std::nullopt), Verdict::right);
}

TEST_F(Judgement, WhileACommitIsUnderWayBothAreRight) {
  EXPECT_EQ(of(102, 105, "1"), Verdict::right);
  EXPECT_EQ(of(102, 105, "2"), Verdict::right);
}

TEST_F(Judgement, WithinTheBoundTheOldAnswerIsRight) {
  EXPECT_EQ(of(155, 156, "1"), Verdict::right);
  EXPECT_EQ(of(161, 162, "1"), Verdict::too_old);
  EXPECT_EQ(of(161, 162, "1", 51ms), Verdict::right);
}

TEST_F(Judgement, AnAnswerFromTheFutureIsNot) {
  EXPECT_EQ(of(90, 99, "2"), Verdict::never_true);
  EXPECT_EQ(of(290, 299, std::nullopt), Verdict::never_true);
}

TEST_F(Judgement, AKeyThatMovedWasNeverAbsent) {
  EXPECT_EQ(of(100, 110, std::nullopt), Verdict::never_true);
  EXPECT_EQ(of(200, 210, std::nullopt), Verdict::never_true);
  EXPECT_EQ(of(305, 306, std::nullopt), Verdict::right);
}

TEST_F(Judgement, AValueMayNotPassOverACandidateThatWasThereAllTheTime) {
  history.before = {{"a@g", "1"}, {"@g", "9"}};
  EXPECT_EQ(of(10, 20, "9"), Verdict::never_true);
  EXPECT_EQ(of(105, 120, "9"), Verdict::right);  // its row went while the lookup was under way
  EXPECT_EQ(of(200, 210, "9"), Verdict::too_old);
}

TEST_F(Judgement, AValueThatWasNeverThereIsFoundOut) { EXPECT_EQ(of(200, 210, "3"), Verdict::never_true); }

TEST_F(Judgement, ALookupThatTakesLongMayMeanAnyMomentOfIt) {
  EXPECT_EQ(of(10, 400, "2"), Verdict::right);
  EXPECT_EQ(of(10, 400, std::nullopt), Verdict::right);
}

}  // namespace
}  // namespace maproom::checker
