#include "maproom/resolver/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

#include "support/fake_backend.hpp"
#include "support/run_coroutine.hpp"
#include "support/served_map.hpp"

namespace maproom::resolver {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class ResolverTest : public testing::Test {
 protected:
  /// A map with one table for each backend.
  std::shared_ptr<ServedMap> make_map(const std::string& parameter,
                                      std::vector<std::shared_ptr<test::FakeBackend>> backends) {
    auto served = std::make_shared<ServedMap>();
    served->map.name = parameter;
    served->map.settings.recipient_delimiter = "+";
    served->map.profile = *map::profile_of(parameter, served->map.settings);
    served->map.freshness = {5min, 30s, 24h, 0s};
    served->map.deadline = 5s;
    for (std::size_t i = 0; i < backends.size(); ++i) {
      const auto number = std::to_string(i);
      served->tables.push_back(test::sql_table(parameter + number, backends[i], nullptr, "t" + number));
    }
    if (served->map.guarded()) served->trust = Trust::unproven;
    return served;
  }

  Answer resolve(const std::shared_ptr<ServedMap>& map, const std::string& key, Trace* trace = nullptr) {
    return test::run_coroutine(context, resolver.resolve(map, key, trace));
  }

  /// Makes every entry of the store as old as if its query had been sent that long ago.
  void put_aged(const std::string& table, const std::string& key, std::optional<std::string> value,
                std::chrono::seconds age) {
    store.erase(table, key);
    store.put(table, key, {std::move(value), std::chrono::steady_clock::now() - age});
  }

  boost::asio::io_context context{1};
  cache::Store store{1 << 20};
  feed::Ledger ledger;
  Resolver resolver{context.get_executor(), store, nullptr, ledger};
  std::shared_ptr<test::FakeBackend> database = std::make_shared<test::FakeBackend>();
};

TEST_F(ResolverTest, AKeyOfThousandsOfPartsIsAnErrorAndAsksNothing) {
  const auto map = make_map("relay_domains", {database});
  std::string parts;
  for (int i = 0; i < 4'999; ++i) parts += "a.";
  const auto answer = resolve(map, parts + "aa");
  EXPECT_TRUE(answer.is_temporary());
  EXPECT_THAT(database->asked, IsEmpty());
  EXPECT_FALSE(resolver.from_memory(*map, parts + "aa"));
  // Longer than any key: "not found", as ever.
  EXPECT_EQ(resolve(map, parts + "aaa"), Answer::not_found());
  EXPECT_THAT(database->asked, IsEmpty());
}

/// A table that is a file, beside those of SQL.
std::shared_ptr<map::CurrentFile> add_file(ServedMap& map, map::FileKind kind, std::string_view text) {
  auto current = std::make_shared<map::CurrentFile>();
  current->kind = kind;
  current->table = std::make_shared<const map::FileTable>(map::FileTable::parse(kind, text, true).value());
  map.tables.push_back({std::shared_ptr<const map::CurrentFile>{current}, "file"});
  return current;
}
void write(map::CurrentFile& file, std::string_view text) {
  file.table = std::make_shared<const map::FileTable>(map::FileTable::parse(file.kind, text, true).value());
}

TEST_F(ResolverTest, AClientListIsProvenAnewWhenOneOfItsFilesChanges) {
  const auto map = make_map("mynetworks", {database});
  const auto file = add_file(*map, map::FileKind::pcre, "/^192\\.0\\.2\\./ ok\n");
  EXPECT_EQ(resolve(map, "192.0.2.1"), Answer::found("ok"));
  EXPECT_EQ(map->standing(), Trust::trusted);
  write(*file, "/./ everybody\n");
  EXPECT_EQ(map->standing(), Trust::unproven);
  EXPECT_FALSE(resolver.from_memory(*map, "192.0.2.1"));
  EXPECT_TRUE(resolve(map, "192.0.2.1").is_temporary());
  EXPECT_EQ(map->standing(), Trust::refused);
  write(*file, "/^192\\.0\\.2\\./ mended\n");
  EXPECT_EQ(map->standing(), Trust::unproven);
  EXPECT_EQ(resolve(map, "192.0.2.1"), Answer::found("mended"));
}

TEST_F(ResolverTest, AClientListWhoseFileChangesWhileTheDatabaseIsAskedIsProvenAnewBeforeItAnswers) {
  const auto map = make_map("mynetworks", {database});
  const auto file = add_file(*map, map::FileKind::pcre, "/^192\\.0\\.2\\./ ok\n");
  ASSERT_EQ(resolve(map, "192.0.2.1"), Answer::found("ok"));
  database->hold = true;
  context.restart();
  std::optional<Answer> answer;
  boost::asio::co_spawn(context, test::keep(resolver.resolve(map, "192.0.2.2"), answer), boost::asio::detached);
  while (database->held() == 0) ASSERT_EQ(context.run_one(), 1U);
  write(*file, "/./ everybody\n");
  database->release();
  while (!answer) ASSERT_EQ(context.run_one(), 1U);
  EXPECT_TRUE(answer->is_temporary());
  EXPECT_EQ(map->standing(), Trust::refused);
}

// Each line ends just within its own bound, which counts steps and no time: all together take some six times the
// table's bound, on any machine.
TEST_F(ResolverTest, LinesOfAPatternTableThatTogetherTakeTooLongAreAnError) {
  const auto map = make_map("virtual_alias_maps", {});
  std::string lines;
  for (int i = 0; i < 4'000; ++i) lines += "/[0-9]+.*[0-9]+-dyn" + std::to_string(i) + "/ v\n";
  add_file(*map, map::FileKind::pcre, lines);
  EXPECT_TRUE(resolve(map, std::string(60, '7') + "@d.example").is_temporary());
  EXPECT_FALSE(resolver.from_memory(*map, std::string(60, '7') + "@d.example"));
}

TEST_F(ResolverTest, APatternTableWithinItsTimeIsNotFoundWhereNoLineFits) {
  const auto map = make_map("virtual_alias_maps", {});
  add_file(*map, map::FileKind::pcre, "/[0-9]+.*[0-9]+-dyn1/ v\n/^postmaster@/ v\n");
  EXPECT_EQ(resolve(map, "joe@d.example"), Answer::not_found());
}

TEST_F(ResolverTest, CandidatesAreAskedInOrderUntilTheFirstHit) {
  const auto map = make_map("virtual_alias_maps", {database});
  database->rows["@alias.example"] = "catch@mbox.example";
  EXPECT_EQ(resolve(map, "Joe+X@Alias.Example"), Answer::found("catch@mbox.example"));
  EXPECT_THAT(database->asked, ElementsAre("joe+x@alias.example", "joe@alias.example", "@alias.example"));
}

TEST_F(ResolverTest, UnmatchedExtensionIsPropagated) {
  const auto map = make_map("virtual_alias_maps", {database});
  database->rows["joe@alias.example"] = "bob@mbox.example";
  EXPECT_EQ(resolve(map, "Joe+X@Alias.Example"), Answer::found("bob+X@mbox.example"));
}

TEST_F(ResolverTest, TablesAreWalkedWithinEachCandidate) {
  const auto second = std::make_shared<test::FakeBackend>();
  const auto map = make_map("virtual_mailbox_maps", {database, second});
  database->rows["@d.example"] = "catch-all of the first table";
  second->rows["a@d.example"] = "exact row of the second";
  EXPECT_EQ(resolve(map, "a@d.example"), Answer::found("exact row of the second"));
}

TEST_F(ResolverTest, SecondLookupCostsNoQueryFoundOrNot) {
  const auto map = make_map("relay_recipient_maps", {database});
  database->rows["a@d.example"] = "OK";
  resolve(map, "a@d.example");
  resolve(map, "b@d.example");
  const auto asked = database->asked.size();
  EXPECT_EQ(resolve(map, "a@d.example"), Answer::found("OK"));
  EXPECT_EQ(resolve(map, "B@d.example"), Answer::not_found());
  EXPECT_EQ(resolver.from_memory(*map, "b@d.example"), Answer::not_found());
  EXPECT_EQ(database->asked.size(), asked);
}

TEST_F(ResolverTest, FromMemorySaysNothingWhenOneCandidateIsUnknown) {
  const auto map = make_map("relay_recipient_maps", {database});
  put_aged("relay_recipient_maps0", "a@d.example", std::nullopt, 0s);
  EXPECT_EQ(resolver.from_memory(*map, "a@d.example"), std::nullopt) << "@d.example was never asked";
}

TEST_F(ResolverTest, ErrorOfOneCandidateEndsTheLookup) {
  const auto map = make_map("virtual_mailbox_maps", {database});
  put_aged("virtual_mailbox_maps0", "@d.example", "catch-all", 0s);
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_EQ(resolve(map, "a@d.example"), Answer::temporary("gone"));
}

TEST_F(ResolverTest, ErrorIsNeverStored) {
  const auto map = make_map("virtual_mailbox_maps", {database});
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_TRUE(resolve(map, "a@d.example").is_temporary());
  EXPECT_EQ(store.size(), 0U);
  database->down.reset();
  database->rows["a@d.example"] = "x";
  EXPECT_EQ(resolve(map, "a@d.example"), Answer::found("x"));
}

TEST_F(ResolverTest, NegativeEntryPastItsTimeIsAskedAnewAndNeverServedWhileTheDatabaseIsAway) {
  const auto map = make_map("relay_domains", {database});
  put_aged("relay_domains0", "d.example", std::nullopt, 31s);
  put_aged("relay_domains0", "example", std::nullopt, 0s);
  database->down = fail(Errc::timeout, "hung");
  EXPECT_EQ(resolve(map, "d.example"), Answer::temporary("hung"));
  database->down.reset();
  database->rows["d.example"] = "OK";
  EXPECT_EQ(resolve(map, "d.example"), Answer::found("OK"));
}

TEST_F(ResolverTest, PositiveEntryPastItsTimeIsServedOnlyWhileTheDatabaseIsAway) {
  const auto map = make_map("virtual_mailbox_maps", {database});
  put_aged("virtual_mailbox_maps0", "a@d.example", "old", 301s);
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_EQ(resolve(map, "a@d.example"), Answer::found("old"));
  EXPECT_EQ(map->counters->stale, 1U);
  database->down.reset();
  EXPECT_EQ(resolve(map, "a@d.example"), Answer::not_found()) << "the database's word counts again at once";
}

TEST_F(ResolverTest, PositiveEntryPastTheStaleLimitIsNotServed) {
  const auto map = make_map("virtual_mailbox_maps", {database});
  put_aged("virtual_mailbox_maps0", "a@d.example", "old", std::chrono::hours{25});
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_TRUE(resolve(map, "a@d.example").is_temporary());
}

TEST_F(ResolverTest, SimultaneousMissesAreOneQuery) {
  const auto map = make_map("virtual_mailbox_domains", {database});
  database->rows["d.example"] = "1";
  database->hold = true;
  std::vector<std::optional<Answer>> answers(10);
  for (auto& answer : answers)
    boost::asio::co_spawn(context, test::keep(resolver.resolve(map, "d.example"), answer), boost::asio::detached);
  while (database->held() == 0) context.run_one();
  context.poll();
  database->release();
  context.run();
  EXPECT_THAT(answers, testing::Each(testing::Optional(Answer::found("1"))));
  EXPECT_EQ(database->asked.size(), 1U);
}

TEST_F(ResolverTest, HungDatabaseEndsAtTheDeadlineWithATemporaryError) {
  const auto map = make_map("virtual_mailbox_domains", {database});
  map->map.deadline = 20ms;
  database->hold = true;
  EXPECT_TRUE(resolve(map, "d.example").is_temporary());
}

TEST_F(ResolverTest, LookupThatJoinsAnothersQueryKeepsToItsOwnDeadline) {
  const auto map = make_map("virtual_mailbox_domains", {database});
  map->map.deadline = 3s;
  database->hold = true;
  std::optional<Answer> patient;
  boost::asio::co_spawn(context, test::keep(resolver.resolve(map, "d.example"), patient), boost::asio::detached);
  while (database->held() == 0) context.run_one();
  map->map.deadline = 20ms;
  EXPECT_TRUE(resolve(map, "d.example").is_temporary());
  EXPECT_EQ(patient, std::nullopt) << "the query goes on for the other lookup";
  EXPECT_EQ(database->asked.size(), 1U);
  database->release();
  context.run();
  EXPECT_EQ(patient, Answer::not_found());
}

TEST_F(ResolverTest, AnswerOfAQuerySentBeforeAFlushIsNotStored) {
  const auto map = make_map("virtual_mailbox_domains", {database});
  database->hold = true;
  std::optional<Answer> answer;
  boost::asio::co_spawn(context, test::keep(resolver.resolve(map, "new.example"), answer), boost::asio::detached);
  while (database->held() == 0) context.run_one();
  resolver.forget(*map, "new.example");
  database->release();
  context.run();
  EXPECT_EQ(answer, Answer::not_found());
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(ResolverTest, KeyThatMysqlWouldNotAskIsNotFoundWithoutAQuery) {
  const auto map = make_map("virtual_mailbox_domains", {database});
  EXPECT_EQ(resolve(map, ""), Answer::not_found());
  EXPECT_EQ(resolve(map, "\xff"), Answer::not_found());
  EXPECT_EQ(resolve(map, std::string(10'001, 'k')), Answer::not_found());
  EXPECT_THAT(database->asked, IsEmpty());
}

TEST_F(ResolverTest, ColumnThatIsNotUtf8IsATemporaryErrorAndNotStored) {
  const auto map = make_map("virtual_mailbox_domains", {database});
  database->rows["d.example"] = "\xff";
  EXPECT_TRUE(resolve(map, "d.example").is_temporary());
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(ResolverTest, TraceTellsEachStep) {
  const auto map = make_map("relay_recipient_maps", {database});
  put_aged("relay_recipient_maps0", "a@d.example", std::nullopt, 2s);
  database->rows["@d.example"] = "OK";
  Trace trace;
  resolve(map, "a@d.example", &trace);
  ASSERT_EQ(trace.steps.size(), 2U);
  EXPECT_EQ(trace.steps[0].tier, Tier::memory);
  EXPECT_GE(trace.steps[0].age, 2s);
  EXPECT_EQ(trace.steps[1].tier, Tier::database);
  EXPECT_EQ(trace.steps[1].value, "OK");
}

class MynetworksTest : public ResolverTest {
 protected:
  MynetworksTest() { map->map.addresses_only = true; }
  std::shared_ptr<ServedMap> map = make_map("mynetworks", {database});
};

TEST_F(MynetworksTest, HostNameIsNeverFoundAndCostsNoQuery) {
  EXPECT_EQ(resolve(map, "unknown"), Answer::not_found());
  EXPECT_EQ(resolve(map, "host.example.net"), Answer::not_found());
  EXPECT_THAT(database->asked, IsEmpty());
}

TEST_F(MynetworksTest, AddressIsAskedInItsCanonicalSpelling) {
  database->rows["2001:db8::9"] = "OK";
  database->rows["192.0.2.7"] = "OK";
  EXPECT_EQ(resolve(map, "2001:DB8:0:0:0:0:0:9"), Answer::found("OK"));
  EXPECT_EQ(resolve(map, "::ffff:192.0.2.7"), Answer::found("OK"));
}

TEST_F(MynetworksTest, TableThatAnswersUnknownIsRefusedUntilItNoLongerDoes) {
  database->rows["192.0.2.7"] = "OK";
  database->rows["unknown"] = "OK";
  EXPECT_TRUE(resolve(map, "192.0.2.7").is_temporary());
  EXPECT_EQ(map->trust, Trust::refused);
  EXPECT_TRUE(resolve(map, "192.0.2.8").is_temporary()) << "nor is anybody told not found";
  database->rows.erase("unknown");
  test::run_coroutine(context, [](Resolver& r, std::shared_ptr<ServedMap> m) -> boost::asio::awaitable<int> {
    co_await r.prove(m, std::chrono::steady_clock::now() + m->map.deadline);
    co_return 0;
  }(resolver, map));
  EXPECT_EQ(resolve(map, "192.0.2.7"), Answer::found("OK"));
}

TEST_F(MynetworksTest, NothingIsAnsweredBeforeTheDatabaseHasProvenIt) {
  put_aged("mynetworks0", "192.0.2.7", "OK", 0s);
  database->down = fail(Errc::unavailable, "gone");
  EXPECT_TRUE(resolve(map, "192.0.2.7").is_temporary());
  EXPECT_EQ(resolver.from_memory(*map, "192.0.2.7"), std::nullopt);
}

TEST_F(MynetworksTest, ProbesOfAnUnprovenListHaveTheDeadlineOfTheLookupThatWaitsForThem) {
  map->map.addresses_only = false;
  resolve(map, "192.0.2.7");
  ASSERT_THAT(database->asked, ElementsAre("unknown", "maproom-probe.invalid", "192.0.2.7"));
  EXPECT_THAT(database->deadlines, testing::Each(database->deadlines.front()));
}

}  // namespace
}  // namespace maproom::resolver
