// Extension propagation (docs/postfix-lookups.md, 4.1, 5.2) and the address lists it has to read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maproom/map/address_list.hpp"
#include "maproom/map/candidates.hpp"

namespace maproom::map {
namespace {

PostfixSettings document_settings() {
  PostfixSettings settings;
  settings.recipient_delimiter = "+-";
  settings.myorigin = "test.example";
  settings.mydestination = {"test.example"};
  return settings;
}

PostfixSettings without_propagation() {
  auto settings = document_settings();
  settings.propagate_unmatched_extensions.clear();
  return settings;
}

/// The reply to `request` when `row` is the first candidate that has a value.
std::string reply(std::string_view request, std::string_view row, std::string value,
                  const PostfixSettings& settings = document_settings(),
                  std::string_view parameter = "virtual_alias_maps") {
  const auto profile = profile_of(parameter, settings).value();
  for (const auto& candidate : candidates(profile, request, settings)) {
    if (candidate.key == row) return propagate(profile, candidate, std::move(value), settings);
  }
  return "no such candidate";
}

/// The reply for a row found without the extension "+e".
std::string with_e(std::string value, const PostfixSettings& settings = document_settings()) {
  return reply("u+e@alias.example", "u@alias.example", std::move(value), settings);
}

// The worked examples of 5.2.

TEST(Propagation, ReachesEachAddressOfAList) {
  EXPECT_EQ(reply("Joe+Foo-Bar@Alias.Example", "joe@alias.example", "bob@mbox.example, carl@relay.example"),
            "bob+Foo-Bar@mbox.example, carl+Foo-Bar@relay.example");
}

TEST(Propagation, LeavesADomainRowAsItIs) {
  EXPECT_EQ(reply("zed+Ext@old.example", "@old.example", "@mbox.example"), "@mbox.example");
  EXPECT_EQ(reply("+foo@old.example", "@old.example", "x@mbox.example"), "x@mbox.example");
}

TEST(Propagation, SwitchedOffPutsTheUserBeforeADomainValue) {
  EXPECT_EQ(reply("Ann-E+f@alias.example", "ann@alias.example", "@mbox.example", without_propagation()),
            "Ann@mbox.example");
}

TEST(Propagation, WorksForBareNamesOfLocalDomains) {
  EXPECT_EQ(reply("Loc+Y@test.example", "loc", "loc2@mbox.example"), "loc2+Y@mbox.example");
}

TEST(Propagation, AppendsToABareResult) {
  EXPECT_EQ(reply("lp+E@alias.example", "lp@alias.example", "root"), "root+E");
}

TEST(Propagation, KeepsAndAddsQuotesAsNeeded) {
  EXPECT_EQ(reply(R"("q+A b"@alias.example)", "q@alias.example", R"("x y"@mbox.example)"), R"("x y+A b"@mbox.example)");
  EXPECT_EQ(reply(R"("q+A b"@alias.example)", "q@alias.example", "z@mbox.example"), R"("z+A b"@mbox.example)");
}

TEST(Propagation, KeepsTheCaseOfTheExtension) {
  EXPECT_EQ(reply("Joe+Foo@Alias.Example", "joe@alias.example", "bob@mbox.example"), "bob+Foo@mbox.example");
}

TEST(Propagation, ReachesTheAddressItself) {  // 5.2 n1: so Postfix's recursion ends
  EXPECT_EQ(reply("self+X@alias.example", "self@alias.example", "self@alias.example, kop@alias.example"),
            "self+X@alias.example, kop+X@alias.example");
}

// The rules of 4.1.

TEST(Propagation, LeavesAFullMatchAsItIs) {
  EXPECT_EQ(reply("joe+x@alias.example", "joe+x@alias.example", "Full Name <fn@x> , o@x"), "Full Name <fn@x> , o@x");
  EXPECT_EQ(reply("joe@alias.example", "joe@alias.example", "@mbox.example"), "@mbox.example");
}

TEST(Propagation, PutsUserAndExtensionBeforeADomainValue) {
  EXPECT_EQ(reply("zed+Ext@old.example", "zed@old.example", "@new.example"), "zed+Ext@new.example");
  EXPECT_EQ(reply("zed+Ext@old.example", "zed@old.example", "@new.example", without_propagation()), "zed@new.example");
}

TEST(Propagation, TakesADomainValueWithMoreBehindItForOneAddress) {
  EXPECT_EQ(reply("catchtwo+Ext@old.example", "catchtwo@old.example", "@mbox.example, extra@mbox.example"),
            R"("catchtwo@mbox.example, extra+Ext"@mbox.example)");
}

TEST(Propagation, SwitchedOffLeavesListsAsTheyAre) {
  EXPECT_EQ(reply("u+e@alias.example", "u@alias.example", "Full Name <fn@x> (c), o@x", without_propagation()),
            "Full Name <fn@x> (c), o@x");
}

TEST(Propagation, IsSwitchedByClass) {
  auto settings = document_settings();
  settings.propagate_unmatched_extensions = {"canonical"};
  const auto via = [&](std::string_view parameter) {
    return reply("u+e@alias.example", "u@alias.example", "o@x", settings, parameter);
  };
  EXPECT_EQ(via("canonical_maps"), "o+e@x");
  EXPECT_EQ(via("recipient_canonical_maps"), "o+e@x");
  EXPECT_EQ(via("virtual_alias_maps"), "o@x");
  EXPECT_EQ(via("smtp_generic_maps"), "o@x");
  settings.propagate_unmatched_extensions = {"generic", "virtual"};
  EXPECT_EQ(via("smtp_generic_maps"), "o+e@x");
  EXPECT_EQ(via("virtual_alias_maps"), "o+e@x");
  EXPECT_EQ(via("canonical_maps"), "o@x");
}

TEST(Propagation, DoesNotExistForOtherProfiles) {
  for (const char* parameter :
       {"recipient_bcc_maps", "virtual_mailbox_maps", "check_recipient_access", "transport_maps"}) {
    EXPECT_EQ(reply("u+e@alias.example", "u@alias.example", "@x", document_settings(), parameter), "@x") << parameter;
  }
}

TEST(Propagation, RemovesSourceRoutes) {
  EXPECT_EQ(with_e("<@hop:a@m>"), "a+e@m");
  EXPECT_EQ(with_e("x@y, <@hop,@hip:a@m>"), "x+e@y, a+e@m");
}

TEST(Propagation, TurnsOldAddressFormsIntoNewOnes) {
  EXPECT_EQ(with_e("host!user"), "user+e@host");
  EXPECT_EQ(with_e("h1!h2!user"), "h2!user+e@h1");
  EXPECT_EQ(with_e("user%host"), "user+e@host");
  EXPECT_EQ(with_e("user%inner%outer"), "user%inner+e@outer");
  EXPECT_EQ(with_e("a!b%c"), "b%c+e@a");
  EXPECT_EQ(with_e("host!user@d"), "host!user+e@d");
  EXPECT_EQ(with_e("user%host@d"), "user%host+e@d");
}

TEST(Propagation, LeavesOldAddressFormsIfToldSo) {
  auto settings = document_settings();
  settings.swap_bangpath = false;
  EXPECT_EQ(with_e("a!b%c", settings), "a!b+e@c");
  settings.allow_percent_hack = false;
  EXPECT_EQ(with_e("a!b%c", settings), R"("a!b%c+e")");
}

TEST(Propagation, QuotesABareNameThatPostfixWouldTakeForARoute) {
  EXPECT_EQ(with_e(R"("a!b")"), R"("a!b+e")");
  EXPECT_EQ(with_e(R"("a%b")"), R"("a%b+e")");
  EXPECT_EQ(with_e(R"("a@b")"), R"("a@b+e")");
}

TEST(Propagation, KeepsOneAddressOneAddressHoweverOddItsDomain) {
  EXPECT_EQ(with_e(R"(a@"x, y@z")"), R"("a@x, y+e"@z)");
  EXPECT_EQ(with_e(R"(a@"x, y")"), R"(a+e@"x, y")");
  EXPECT_EQ(with_e(R"(a@x\ y)"), R"(a+e@"x y")");
  EXPECT_EQ(with_e("a@x:25"), R"(a+e@"x:25")");
  EXPECT_EQ(with_e("a@[IPv6:2001:db8::1]"), "a+e@[IPv6:2001:db8::1]");
}

TEST(Propagation, WritesABareCommaAsPostfixDoes) { EXPECT_EQ(with_e(",>"), R"(", +e")"); }

TEST(Propagation, RemovesOneDotAtTheEndOfADomain) {
  EXPECT_EQ(with_e("a@x.example."), "a+e@x.example");
  EXPECT_EQ(with_e("a@x.example.."), R"(a+e@"x.example..")");
  EXPECT_EQ(with_e("a."), "a.+e");  // here Postfix sees "a.@test.example"
}

TEST(Propagation, TakesTheNullAddressForAnEmptyName) { EXPECT_EQ(with_e("<>"), "+e"); }

TEST(Propagation, PassesOnAValueWithoutAddresses) {
  for (const char* value : {",", " ", "()", "(only a comment)", "<>,<>", ";"}) EXPECT_EQ(with_e(value), value);
}

TEST(Propagation, ReadsTheDocumentsLists) {
  EXPECT_EQ(with_e("Full Name <fn@x> (c), o@x"), "fn+e@x, o+e@x");
  EXPECT_EQ(with_e("a@x,,b@x"), "a+e@x, b+e@x");
  EXPECT_EQ(with_e("a@x b@x"), "a+e@x, b+e@x");
  EXPECT_EQ(with_e("root"), "root+e");
  EXPECT_EQ(with_e(R"("x y"@m)"), R"("x y+e"@m)");
}

// The list parser.

std::vector<std::string> addresses(std::string_view text) {
  std::vector<std::string> found;
  for (auto& address : parse_address_list(text, document_settings())) {
    found.push_back(address.internal + (address.has_domain ? "" : " (bare)"));
  }
  return found;
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(AddressList, SeparatesAtCommasAndAfterCompleteAddresses) {
  EXPECT_THAT(addresses("a@x,b@y , c@z"), ElementsAre("a@x", "b@y", "c@z"));
  EXPECT_THAT(addresses(",a@x,,b@x,"), ElementsAre("a@x", "b@x"));
  EXPECT_THAT(addresses("a@x b@x\tc@x\nd@x"), ElementsAre("a@x", "b@x", "c@x", "d@x"));
  EXPECT_THAT(addresses("a @ x . y b"), ElementsAre("a@x.y", "b (bare)"));
  EXPECT_THAT(addresses("a b c@d"), ElementsAre("a (bare)", "b (bare)", "c@d"));
}

TEST(AddressList, SkipsCommentsWithNesting) {
  EXPECT_THAT(addresses("a (one (two) \\) three)@(four) x, (b@y)"), ElementsAre("a@x"));
  EXPECT_THAT(addresses("a@x (never closed, b@y"), ElementsAre("a@x"));
  EXPECT_THAT(addresses("a@x) b@y"), ElementsAre("a@x)b@y"));
}

TEST(AddressList, TakesTheAddressBetweenAngleBrackets) {
  EXPECT_THAT(addresses("Full Name <a@x>, \"Name, Other\" <b@y>"), ElementsAre("a@x", "b@y"));
  EXPECT_THAT(addresses("<a@x><b@y>"), ElementsAre("a@x", "b@y"));
  EXPECT_THAT(addresses("Name <a@x> b@y"), ElementsAre("a@x", "b@y"));
  EXPECT_THAT(addresses("Name <a (c) @x>"), ElementsAre("a@x"));
  EXPECT_THAT(addresses("Name <>, a@x"), ElementsAre("a@x"));
  EXPECT_THAT(addresses("a@x>"), ElementsAre("a@x"));
  EXPECT_THAT(addresses("<a@x"), ElementsAre("<a@x"));
}

TEST(AddressList, OpensGroups) {
  EXPECT_THAT(addresses("friends: a@x, Name <b@y>; c@z"), ElementsAre("a@x", "b@y", "c@z"));
  EXPECT_THAT(addresses("nobody:;"), IsEmpty());
  EXPECT_THAT(addresses("a@x: <b@y>"), ElementsAre("a@x", "b@y"));  // no group without its ';'
  EXPECT_THAT(addresses("a@x; b@y"), ElementsAre("a@x", "b@y"));
  EXPECT_THAT(addresses("z@z, one: a@x;, two: b@y;"), ElementsAre("z@z", "a@x", "b@y"));
  // Without the comma Postfix takes all of "one: a@x; two" for the second group's name.
  EXPECT_THAT(addresses("z@z, one: a@x; two: b@y;"), ElementsAre("z@z", "b@y"));
}

TEST(AddressList, UndoesQuotesAndBackslashes) {
  EXPECT_THAT(addresses(R"("x y"@m, "a\"b"@m, "a@b"@m)"), ElementsAre("x y@m", "a\"b@m", "a@b@m"));
  EXPECT_THAT(addresses(R"(a\ b@m)"), ElementsAre("a b@m"));
  EXPECT_THAT(addresses("\"a\r\n\tb\"@m"), ElementsAre("a   b@m"));
  EXPECT_THAT(addresses(R"("never closed@m)"), ElementsAre("never closed@m (bare)"));
  EXPECT_THAT(addresses(R"("x"\)"), ElementsAre("x (bare)", " (bare)"));
}

TEST(AddressList, KeepsAddressLiterals) {
  EXPECT_THAT(addresses("a@[192.0.2.1], b@[IPv6:2001:db8::1]"), ElementsAre("a@[192.0.2.1]", "b@[IPv6:2001:db8::1]"));
  EXPECT_THAT(addresses("a@[192.0.2.1"), ElementsAre("a@[192.0.2.1]"));
}

TEST(AddressList, TakesOddThingsAsPostfixDoes) {
  EXPECT_THAT(addresses("@"), ElementsAre(" (bare)"));
  EXPECT_THAT(addresses("a@"), ElementsAre("a@"));
  EXPECT_THAT(addresses("@x:"), ElementsAre("@x:"));
  EXPECT_THAT(addresses("|command"), ElementsAre("|command (bare)"));
  EXPECT_THAT(addresses("/dev/null"), ElementsAre("/dev/null (bare)"));
  EXPECT_THAT(addresses("<a b@c>"), ElementsAre("ab@c"));
  EXPECT_THAT(addresses("<a,b@c>"), ElementsAre("a, b@c"));
  EXPECT_THAT(addresses(""), IsEmpty());
}

TEST(AddressList, LeavesBytesBeyondAsciiAlone) {
  EXPECT_THAT(addresses("jöe@straße.example"), ElementsAre("jöe@straße.example"));
}

}  // namespace
}  // namespace maproom::map
