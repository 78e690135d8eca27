// virtual_alias_maps in an outage: "not found" of a recipient that another map knows, or whose domain is on no list,
// and every doubt that forbids it.

#include <gtest/gtest.h>

#include "maproom/resolver/resolver.hpp"
#include "support/fake_backend.hpp"
#include "support/run_coroutine.hpp"

namespace maproom::resolver {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class HarmlessTest : public testing::Test {
 protected:
  HarmlessTest() {
    aliases->recipients = {mailboxes};
    ledger.begin(feed::Position::parse("0-1-10").value(), {"bin.000001", 7, 1});
    ledger.confirm(ledger.dispatched());
    database->down = fail(Errc::unavailable, "gone");
    hold("virtual_mailbox_maps", "joe@d.example", "1", 1h);
  }
  std::shared_ptr<ServedMap> make_map(const std::string& parameter) {
    auto served = std::make_shared<ServedMap>();
    served->map.name = parameter;
    served->map.settings.recipient_delimiter = "+";
    served->map.profile = *map::profile_of(parameter, served->map.settings);
    served->map.freshness = {5min, 30s, 24h, 0s, 6h};
    served->map.key_set = map::KeySet::keys;
    served->map.deadline = 5s;
    map::TableSettings settings;
    settings.query = "SELECT v FROM t WHERE k = '%s'";
    served->map.tables.push_back({parameter, std::move(*map::Table::compile(settings, true)), nullptr, "test:1"});
    served->backends.push_back(database);
    served->followed.push_back(ledger.table(parameter));
    return served;
  }
  void hold(const std::string& table, const std::string& key, std::optional<std::string> value, Clock::duration age) {
    store.erase(table, key);
    store.put(table, key, {std::move(value), Clock::now() - age, ledger.now().value()});
  }
  void change_alias(const std::string& key) {
    const auto mark = ledger.dispatch({0, 1, ++sequence});
    ledger.drop_key(*aliases->followed[0], key);
    ledger.confirm(mark);
  }
  Answer resolve(const std::string& key) { return test::run_coroutine(context, resolver.resolve(aliases, key)); }

  boost::asio::io_context context{1};
  cache::Store store{1 << 20};
  feed::Ledger ledger;
  Resolver resolver{context.get_executor(), store, nullptr, ledger};
  std::shared_ptr<test::FakeBackend> database = std::make_shared<test::FakeBackend>();
  std::shared_ptr<ServedMap> mailboxes = make_map("virtual_mailbox_maps");
  std::shared_ptr<ServedMap> aliases = make_map("virtual_alias_maps");
  std::uint64_t sequence = 10;
};

TEST_F(HarmlessTest, AKnownMailboxHasNoAlias) {
  EXPECT_EQ(resolve("Joe@d.example"), Answer::not_found());
  EXPECT_EQ(aliases->counters->not_found, 1U);
  EXPECT_EQ(aliases->counters->temporary, 0U);
  EXPECT_EQ(aliases->counters->stale, 1U);
  hold("virtual_alias_maps", "joe@d.example", std::nullopt, 1h);
  EXPECT_EQ(resolve("joe@d.example"), Answer::not_found()) << "an old absence speaks for no alias";
}

TEST_F(HarmlessTest, NobodyElseIsNotFound) {
  EXPECT_TRUE(resolve("ann@d.example").is_temporary());
  EXPECT_TRUE(resolve("joe+x@d.example").is_temporary()) << "not the whole address";
  hold("virtual_mailbox_maps", "@d.example", "catch-all", 1s);
  EXPECT_TRUE(resolve("ann@d.example").is_temporary()) << "a catch-all mailbox knows nobody";
  EXPECT_EQ(aliases->counters->temporary, 3U);
  hold("virtual_mailbox_maps", "d.example", "1", 1s);
  EXPECT_TRUE(resolve("d.example").is_temporary()) << "a domain is no recipient";
}

TEST_F(HarmlessTest, AnErrorWhileTheDatabaseAnswersIsAnError) {
  database->down = fail(Errc::timeout, "slow");
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
  EXPECT_EQ(database->asked.size(), 1U) << "nor is it asked for more";
}

TEST_F(HarmlessTest, AnAbsentRecipientIsNotKnown) {
  hold("virtual_mailbox_maps", "joe@d.example", std::nullopt, 1s);
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
}

TEST_F(HarmlessTest, ARecipientPastItsStaleLimitIsNotKnown) {
  hold("virtual_mailbox_maps", "joe@d.example", "1", 25h);
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
}

TEST_F(HarmlessTest, ARecipientFromBeforeAGapIsNotKnown) {
  ledger.end();
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
}

TEST_F(HarmlessTest, AnAliasThatIsTooOldToBeServedIsNotAbsent) {
  hold("virtual_alias_maps", "joe@d.example", "elsewhere@d.example", 25h);
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
}

TEST_F(HarmlessTest, ACatchAllMightHaveTakenIt) {
  hold("virtual_alias_maps", "@d.example", "all@d.example", 1h);
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
  hold("virtual_alias_maps", "@d.example", "all@d.example", 25h);
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
}

TEST_F(HarmlessTest, AnAliasThatChangedAfterTheRecipientWasSeenIsADoubt) {
  change_alias("joe@d.example");
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
  hold("virtual_mailbox_maps", "joe@d.example", "1", 1s);
  EXPECT_EQ(resolve("joe@d.example"), Answer::not_found()) << "both were asked for since";
  change_alias("@d.example");
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
}

TEST_F(HarmlessTest, AnAliasThatIsListedIsADoubt) {
  auto& set = aliases->followed[0]->set;
  set.begin_load(Clock::now());
  set.touch("joe@d.example");
  set.end_load(keyset::TextKeys{});
  ASSERT_TRUE(set.complete());
  EXPECT_TRUE(resolve("joe@d.example").is_temporary());
  hold("virtual_mailbox_maps", "ann@d.example", "1", 1s);
  EXPECT_EQ(resolve("ann@d.example"), Answer::not_found());
}

TEST_F(HarmlessTest, ADomainThatIsListedIsNone) {
  auto& set = aliases->followed[0]->set;
  set.begin_load(Clock::now());
  keyset::TextKeys keys{keyset::Of::domains};
  keys.add("ann@d.example");
  set.end_load(std::move(keys));
  EXPECT_EQ(resolve("joe@d.example"), Answer::not_found());
}

/// Of a recipient at a domain that is on no list.
class ForeignTest : public HarmlessTest {
 protected:
  ForeignTest() {
    for (const auto& list : {domains, relayed}) {
      list->map.freshness.stale_keys_limit = 24h;
      aliases->domain_lists.push_back(list);
    }
    know(*domains, {"d.example"}, keyset::Of::keys);
    know(*relayed, {"r.example"}, keyset::Of::keys);
    know(*aliases, {"info@d.example", "@only-aliases.example"}, keyset::Of::domains);
    ledger.prove(Clock::now() - 1h);
  }
  static void know(const ServedMap& map, const std::vector<std::string>& all, keyset::Of of) {
    keyset::TextKeys keys{of};
    for (const auto& each : all) keys.add(each);
    map.followed[0]->set.begin_load(Clock::now());
    map.followed[0]->set.end_load(std::move(keys));
  }
  [[nodiscard]] bool is_doubt() { return resolve("someone+x@foreign.example").is_temporary(); }
  std::shared_ptr<ServedMap> domains = make_map("virtual_mailbox_domains");
  std::shared_ptr<ServedMap> relayed = make_map("relay_domains");
};

TEST_F(ForeignTest, HasNoAlias) {
  EXPECT_EQ(resolve("someone+x@Foreign.example"), Answer::not_found());
  EXPECT_EQ(aliases->counters->stale, 1U);
  know(*aliases, {"info@d.example"}, keyset::Of::keys);
  EXPECT_FALSE(is_doubt()) << "the keys themselves tell the same";
}

TEST_F(ForeignTest, ADomainOfOursIsNot) {
  for (const auto* ours :
       {"x@d.example", "x@D.Example", "x@r.example", "x@sub.r.example", "x@only-aliases.example", "x@d.example."})
    EXPECT_TRUE(resolve(ours).is_temporary()) << ours;
  aliases->map.settings.mydestination = {"foreign.example"};
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, ABareDomainIsNoRecipient) { EXPECT_TRUE(resolve("foreign.example").is_temporary()); }

TEST_F(ForeignTest, WithoutListsNothingIsForeign) {
  aliases->domain_lists.clear();
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, AListThatDoesNotKnowAllIsADoubt) {
  relayed->followed[0]->set.lose();
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, AListPastItsLimitIsADoubt) {
  relayed->map.freshness.stale_keys_limit = 30min;
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, AliasesThatAreNotAllKnownAreADoubt) {
  aliases->followed[0]->set.lose();
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, AliasesPastTheirLimitAreADoubt) {
  aliases->map.freshness.stale_limit = 30min;
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, AnAliasThatWasMadeBeforeTheOutageIsADoubt) {
  change_alias("first@foreign.example");
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, AGapIsADoubt) {
  ledger.end();
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, ADatabaseThatAnswersIsADoubt) {
  const auto other = std::make_shared<test::FakeBackend>();
  other->down = fail(Errc::timeout, "slow");
  aliases->backends[0] = other;
  EXPECT_TRUE(is_doubt());
}

TEST_F(ForeignTest, AnAliasOfWhateverAgeIsADoubt) {
  hold("virtual_alias_maps", "@foreign.example", "joe@d.example", 25h);
  EXPECT_TRUE(is_doubt());
}

}  // namespace
}  // namespace maproom::resolver
