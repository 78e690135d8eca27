#include "maproom/core/endpoint.hpp"

#include <gtest/gtest.h>

namespace maproom::net {
namespace {

TEST(Endpoint, ReadsPostfixNotationBothWays) {
  for (const char* text :
       {"inet:127.0.0.1:10040", "inet:[::1]:10040", "inet:db2.example.net:3306", "unix:/run/maproom/control"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
}

TEST(Endpoint, TakesTheDefaultPortWhereThereIsOne) {
  EXPECT_EQ(Endpoint::parse("inet:db", 3306)->port, 3306);
  EXPECT_EQ(Endpoint::parse("inet:[2001:db8::1]", 3306)->host, "2001:db8::1");
  EXPECT_FALSE(Endpoint::parse("inet:db"));
}

TEST(Endpoint, RefusesWhatCouldMeanTwoThings) {
  for (const std::string text :
       {"", "127.0.0.1:25", "inet:", "inet::25", "inet:a:0", "inet:a:65536", "inet:a:25x", "inet:::1:25",
        "inet:[::1:25", "inet:[::1]x25", "unix:relative", "unix:", "tcp:127.0.0.1:25"})
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  EXPECT_TRUE(Endpoint::parse("unix:/" + std::string(106, 'x')));
  EXPECT_FALSE(Endpoint::parse("unix:/" + std::string(107, 'x'))) << "sockaddr_un holds 107 bytes and a NUL";
}

}  // namespace
}  // namespace maproom::net
