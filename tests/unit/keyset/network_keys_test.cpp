#include "maproom/keyset/network_keys.hpp"

#include <gtest/gtest.h>

namespace maproom::keyset {
namespace {

NetworkKeys keys_of(const std::vector<std::string>& networks) {
  NetworkKeys keys;
  for (const auto& network : networks) EXPECT_TRUE(keys.add(network).has_value()) << network;
  keys.seal();
  return keys;
}

TEST(NetworkKeys, HoldTheAddressesOfTheirNetworks) {
  const auto keys = keys_of({"192.0.2.77/24", "198.51.100.7", "2001:db8::/32", "10.0.0.0/31"});
  for (const char* inside : {"192.0.2.0", "192.0.2.255", "198.51.100.7", "2001:db8::", "2001:db8:ffff::1", "10.0.0.1",
                             "::ffff:192.0.2.1", "2001:DB8:0:0::5"})
    EXPECT_TRUE(keys.may_hold(inside)) << inside;
  for (const char* outside : {"192.0.1.255", "192.0.3.0", "198.51.100.6", "198.51.100.8", "2001:db7:ffff::1",
                              "2001:db9::", "10.0.0.2", "9.255.255.255", "::1", "::"})
    EXPECT_FALSE(keys.may_hold(outside)) << outside;
}

TEST(NetworkKeys, WhatIsNoAddressMayAlwaysBeHeld) {
  const auto keys = keys_of({"192.0.2.0/24"});
  for (const char* key : {"unknown", "mail.example.org", "192.0.2", "1.2.3.4.5", "[1.2.3.4]"})
    EXPECT_TRUE(keys.may_hold(key)) << key;
}

TEST(NetworkKeys, NetworksThatOverlapCountOnce) {
  const auto keys = keys_of({"10.0.0.0/8", "10.1.0.0/16", "10.255.255.255", "9.0.0.0/8", "0.0.0.0/32"});
  EXPECT_TRUE(keys.may_hold("10.1.2.3"));
  EXPECT_TRUE(keys.may_hold("10.200.0.1"));
  EXPECT_TRUE(keys.may_hold("9.1.1.1"));
  EXPECT_FALSE(keys.may_hold("11.0.0.0"));
  EXPECT_EQ(keys.size(), 3U);
}

TEST(NetworkKeys, RangesIncludeBothEnds) {
  NetworkKeys keys;
  EXPECT_TRUE(keys.add("192.0.2.10", "192.0.2.20").has_value());
  EXPECT_TRUE(keys.add("::ffff:192.0.2.30", "192.0.2.31").has_value());
  EXPECT_TRUE(keys.add("192.0.2.99", "192.0.2.98").has_value());
  keys.seal();
  for (const char* inside : {"192.0.2.10", "192.0.2.20", "192.0.2.30", "192.0.2.31"})
    EXPECT_TRUE(keys.may_hold(inside)) << inside;
  for (const char* outside : {"192.0.2.9", "192.0.2.21", "192.0.2.29", "192.0.2.98", "192.0.2.99"})
    EXPECT_FALSE(keys.may_hold(outside)) << outside;
}

TEST(NetworkKeys, WholeFamilies) {
  EXPECT_TRUE(keys_of({"0.0.0.0/0"}).may_hold("203.0.113.1"));
  EXPECT_FALSE(keys_of({"0.0.0.0/0"}).may_hold("2001:db8::1"));
  EXPECT_TRUE(keys_of({"::/0"}).may_hold("203.0.113.1"));
  EXPECT_FALSE(keys_of({}).may_hold("203.0.113.1"));
}

TEST(NetworkKeys, WhatIsNoNetworkIsNamed) {
  NetworkKeys keys;
  for (const char* bad : {"192.0.2.0/33", "2001:db8::/129", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/8x", "net", ""}) {
    const auto added = keys.add(bad);
    ASSERT_FALSE(added.has_value()) << bad;
    EXPECT_NE(added.error().detail.find(bad), std::string::npos);
  }
  EXPECT_FALSE(keys.add("192.0.2.1", "x").has_value());
}

}  // namespace
}  // namespace maproom::keyset
