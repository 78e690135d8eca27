#include "maproom/map/address.hpp"

#include <gtest/gtest.h>

namespace maproom::map {
namespace {

TEST(AddressForms, QuotesOnlyWhereRfc822Asks) {
  const std::pair<const char*, const char*> forms[] = {
      {"joe@x.example", "joe@x.example"},
      {"john smith@x.example", R"("john smith"@x.example)"},
      {"@x.example", R"(""@x.example)"},
      {".a@x", R"(".a"@x)"},
      {"a.@x", R"("a."@x)"},
      {"a..b@x", R"("a..b"@x)"},
      {"a.b@x", "a.b@x"},
      {"a\tb@x", "\"a\tb\"@x"},
      {"a\x7F@x", "\"a\x7F\"@x"},
      {"a(b@x", R"("a(b"@x)"},
      {"a)b@x", R"("a)b"@x)"},
      {"a<b@x", R"("a<b"@x)"},
      {"a>b@x", R"("a>b"@x)"},
      {"a@b@x", R"("a@b"@x)"},
      {"a,b@x", R"("a,b"@x)"},
      {"a;b@x", R"("a;b"@x)"},
      {"a:b@x", R"("a:b"@x)"},
      {R"(a\b@x)", R"("a\\b"@x)"},
      {R"(a"b@x)", R"("a\"b"@x)"},
      {"a[b@x", R"("a[b"@x)"},
      {"a]b@x", R"("a]b"@x)"},
      {"a\rb@x", "\"a\\\rb\"@x"},
      {"jöe@x", "jöe@x"},
      {"a!b%c|d@x", "a!b%c|d@x"},
      {"joe", "joe"},
      {"john smith", R"("john smith")"},
      {"", R"("")"},
      {"<>", R"("<>")"},
  };
  for (const auto& [internal, external] : forms) {
    EXPECT_EQ(external_address(internal), external);
    EXPECT_EQ(internal_address(external), internal);
  }
}

TEST(AddressForms, LeaveASourceRouteAlone) {
  EXPECT_EQ(external_address("@hop,@hip:a b@m"), R"(@hop,@hip:"a b"@m)");
  EXPECT_EQ(internal_address(R"(@hop,@hip:"a b"@m)"), "@hop,@hip:a b@m");
}

TEST(AddressForms, UnquoteWhatIsNoExternalFormToo) {
  EXPECT_EQ(internal_address(R"(back\sl@x)"), "backsl@x");
  EXPECT_EQ(internal_address(R"("a@b)"), "a@b");
  EXPECT_EQ(internal_address(R"(a"b c"d@x)"), "ab cd@x");
  EXPECT_EQ(internal_address(R"(a\)"), "a");
  EXPECT_EQ(internal_address(R"(a@b@"c\d")"), R"(a@b@"c\d")");  // a domain is left as it is
}

TEST(AddressForms, QuoteABareLocalpartWithItsAtSign) {
  EXPECT_EQ(external_localpart("a@b"), R"("a@b")");
  EXPECT_EQ(external_localpart("joe"), "joe");
  EXPECT_EQ(quoted_string("joe"), R"("joe")");
}

struct Split {
  const char* localpart;
  const char* user;       // "" where nothing is split off
  const char* extension;  //
};

void expect_splits(const PostfixSettings& settings, std::initializer_list<Split> splits) {
  for (const auto& expected : splits) {
    const std::string_view localpart = expected.localpart;
    const auto at = find_extension(localpart, settings);
    EXPECT_EQ(at ? localpart.substr(0, *at) : "", expected.user) << localpart;
    EXPECT_EQ(at ? localpart.substr(*at) : "", expected.extension) << localpart;
  }
}

PostfixSettings with_delimiters(std::string set, bool owner_request_special = true) {
  PostfixSettings settings;
  settings.recipient_delimiter = std::move(set);
  settings.owner_request_special = owner_request_special;
  return settings;
}

TEST(Extension, SplitsAtTheFirstOfASetOfCharacters) {
  expect_splits(with_delimiters("+-"), {{"Joe+Foo-Bar", "Joe", "+Foo-Bar"},
                                        {"Ann-E+f", "Ann", "-E+f"},
                                        {"Tst+", "Tst", "+"},
                                        {"+foo", "", ""},
                                        {"+foo+bar", "", ""},
                                        {"-", "", ""},
                                        {"joe", "", ""},
                                        {"", "", ""},
                                        {"a b+X", "a b", "+X"},
                                        {"q+A b", "q", "+A b"},
                                        {"Owner-L+x", "", ""},
                                        {"owner-", "", ""},
                                        {"owners-list", "owners", "-list"},
                                        {"list-request", "", ""},
                                        {"List-REQUEST", "", ""},
                                        {"l+x-request", "", ""},
                                        {"list-request+e", "list", "-request+e"},
                                        {"-request", "", ""},
                                        {"x-request", "", ""},
                                        {"postmaster", "", ""},
                                        {"postmaster+x", "postmaster", "+x"},
                                        {"MAILER-Daemon", "", ""},
                                        {"mailer-daemon+x", "mailer", "-daemon+x"},
                                        {"Double-Bounce", "", ""}});
}

TEST(Extension, KnowsNoOwnersWithoutTheHyphen) {
  expect_splits(with_delimiters("+"), {{"Joe+Foo-Bar", "Joe", "+Foo-Bar"},
                                       {"Ann-E+f", "Ann-E", "+f"},
                                       {"Owner-L+x", "Owner-L", "+x"},
                                       {"l+x-request", "l", "+x-request"},
                                       {"list-request", "", ""},
                                       {"list-request+e", "list-request", "+e"}});
}

TEST(Extension, SplitsAtTheHyphenAlone) {
  expect_splits(with_delimiters("-"), {{"Joe+Foo-Bar", "Joe+Foo", "-Bar"},
                                       {"Ann-E+f", "Ann", "-E+f"},
                                       {"Tst+", "", ""},
                                       {"Owner-L+x", "", ""},
                                       {"list-request", "", ""},
                                       {"double-bounce", "", ""},
                                       {"mailer-daemon", "", ""}});
}

TEST(Extension, SplitsOwnersWhenTheyAreNotSpecial) {
  expect_splits(with_delimiters("+-", false), {{"Owner-L+x", "Owner", "-L+x"},
                                               {"list-request", "list", "-request"},
                                               {"list-request+e", "list", "-request+e"},
                                               {"double-bounce", "", ""},
                                               {"mailer-daemon", "", ""}});
}

TEST(Extension, DoesNotExistWithoutDelimiters) {
  expect_splits(with_delimiters(""), {{"Joe+Foo-Bar", "", ""}, {"a-b", "", ""}, {"", "", ""}});
}

TEST(Extension, SparesTheConfiguredDoubleBounceSender) {
  auto settings = with_delimiters("+-");
  settings.double_bounce_sender = "bounce-straße";
  expect_splits(settings, {{"Bounce-STRASSE", "", ""}, {"double-bounce", "double", "-bounce"}});
  settings.smtputf8_enable = false;
  expect_splits(settings, {{"Bounce-STRASSE", "Bounce", "-STRASSE"}, {"Bounce-StraßE", "", ""}});
}

class LocalDomain : public testing::Test {
 protected:
  PostfixSettings settings = [] {
    PostfixSettings local;
    local.myorigin = "Test.example";
    local.mydestination = {"!not.example", "Host.test.example", "not.example", "straße.example"};
    local.inet_interfaces = {"192.0.2.1", "2001:DB8::1"};
    local.proxy_interfaces = {"198.51.100.1"};
    return local;
  }();
};

TEST_F(LocalDomain, IsMyoriginOrInMydestinationWhateverItsCase) {
  EXPECT_TRUE(is_local_domain("tEST.example", settings));
  EXPECT_TRUE(is_local_domain("host.TEST.example", settings));
  EXPECT_TRUE(is_local_domain("STRASSE.example", settings));
  EXPECT_FALSE(is_local_domain("sub.test.example", settings));
  EXPECT_FALSE(is_local_domain("example", settings));
  EXPECT_FALSE(is_local_domain("", settings));
  EXPECT_FALSE(is_local_domain("", PostfixSettings{}));
}

TEST_F(LocalDomain, MayEndInOneDot) {
  EXPECT_TRUE(is_local_domain("host.test.example.", settings));
  EXPECT_FALSE(is_local_domain("host.test.example..", settings));
  EXPECT_FALSE(is_local_domain(".", settings));
  EXPECT_FALSE(is_local_domain("test.example.", settings));  // $myorigin is compared as it is
}

TEST_F(LocalDomain, CanBeExcludedByAnEarlierEntry) { EXPECT_FALSE(is_local_domain("not.example", settings)); }

TEST_F(LocalDomain, IsAnAddressLiteralOfThisHost) {
  EXPECT_TRUE(is_local_domain("[192.0.2.1]", settings));
  EXPECT_TRUE(is_local_domain("[192.0.2.1].", settings));
  EXPECT_TRUE(is_local_domain("[198.51.100.1]", settings));
  EXPECT_TRUE(is_local_domain("[ipv6:2001:db8:0::1]", settings));
  EXPECT_FALSE(is_local_domain("[192.0.2.2]", settings));
  EXPECT_FALSE(is_local_domain("192.0.2.1", settings));
  EXPECT_FALSE(is_local_domain("[2001:db8::1]", settings));
  EXPECT_FALSE(is_local_domain("[IPv6:192.0.2.1]", settings));
  EXPECT_FALSE(is_local_domain("[]", settings));
  EXPECT_FALSE(is_local_domain("[", settings));
}

}  // namespace
}  // namespace maproom::map
