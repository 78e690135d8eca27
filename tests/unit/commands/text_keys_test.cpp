#include "maproom/commands/verify/text_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace maproom::commands {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr const char* log =
    "Nov 30 10:00:00 mx postfix/smtpd[1]: connect from out.example[192.0.2.7]\n"
    "Nov 30 10:00:00 mx postfix/smtpd[1]: 4F: client=unknown[2001:db8::7], sasl_username=x\n"
    "Nov 30 10:00:01 mx postfix/qmgr[2]: 4F: from=<Joe@A.example>, size=1, nrcpt=1 (queue active)\n"
    "Nov 30 10:00:02 mx postfix/lmtp[3]: 4F: to=<ann@b.example>, orig_to=<info@b.example>, "
    "relay=mx.b.example[private/x]:25, d\n"
    "Nov 30 10:00:02 mx postfix/smtp[3]: 50: to=<>, relay=none, status=deferred\nto=<broken\n@x>";

TEST(TextKeys, ALogTellsWhatWasAskedFor) {
  const auto keys = keys_of_log(log);
  EXPECT_THAT(keys.addresses, UnorderedElementsAre("Joe@A.example", "ann@b.example", "info@b.example"));
  EXPECT_THAT(keys.domains, UnorderedElementsAre("A.example", "b.example", "out.example", "mx.b.example"));
  EXPECT_THAT(keys.clients, UnorderedElementsAre("192.0.2.7", "2001:db8::7"));
  EXPECT_EQ(keys_for_profile(keys, map::ProfileKind::client_list), keys.clients);
  EXPECT_EQ(keys_for_profile(keys, map::ProfileKind::domain_tree), keys.domains);
  EXPECT_EQ(keys_for_profile(keys, map::ProfileKind::address), keys.addresses);
  EXPECT_EQ(keys_for_profile(keys, map::ProfileKind::transport).size(), 7U);
}

TEST(TextKeys, TablesTellTheirLeftHandSides) {
  EXPECT_THAT(keys_of_table("# x\na@b.example  c\n continued\n@d.example e\n", map::FileKind::text),
              ElementsAre("a@b.example", "maproom-anybody@d.example"));
  EXPECT_THAT(
      keys_of_table("192.0.2.0/24 OK\nif 10.0.0.0/8\n10.1.2.3 OK\nendif\n2001:db8::/32 x\n", map::FileKind::cidr),
      ElementsAre("192.0.2.0", "10.1.2.3", "2001:db8::"));
  EXPECT_THAT(keys_of_table("/^a b@c\\.example$/i x\n/^.*@d\\.example$/ y\n!/^z$/ n\n/\\d/ q\nif /x/\n/e@f/ g\nendif\n",
                            map::FileKind::pcre),
              ElementsAre("a b@c.example", "e@f"));
}

TEST(TextKeys, ListsTellNamesAndAddresses) {
  EXPECT_THAT(keys_of_list("a.example, !b.example $mydomain hash:/x /etc/y [::1]/128 192.0.2.0/24 yes 4"),
              ElementsAre("a.example", "b.example", "::1", "192.0.2.0"));
}

TEST(TextKeys, AValueIsShownInShort) {
  EXPECT_EQ(shortened("a\nb"), "a?b");
  EXPECT_EQ(shortened("\x1b[2J \xc2\x9b"
                      "2J \xc3\xa4 \xc2\xa7"),
            "?[2J \xc2?2J \xc3\xa4 \xc2\xa7");
  const auto big = std::string(9000, 'x');
  EXPECT_EQ(shortened(big), std::string(160, 'x') + "... (9000 bytes)");
  auto other = big;
  other[5000] = 'y';
  EXPECT_EQ(shortened(other, big), "..." + std::string(40, 'x') + "y" + std::string(119, 'x') + "... (9000 bytes)");
  EXPECT_EQ(shortened(big, big + "z"), "..." + std::string(40, 'x') + " (9000 bytes)");
}

}  // namespace
}  // namespace maproom::commands
