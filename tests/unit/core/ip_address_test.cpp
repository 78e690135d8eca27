#include "maproom/core/ip_address.hpp"

#include <gtest/gtest.h>

#include "maproom/map/host_address.hpp"

namespace maproom {
namespace {

std::string canonical(std::string_view text) {
  const auto address = parse_ip_address(text);
  return address ? to_string(*address) : "not an address";
}

TEST(IpAddress, HasOneCanonicalText) {
  EXPECT_EQ(canonical("192.0.2.55"), "192.0.2.55");
  EXPECT_EQ(canonical("0.0.0.0"), "0.0.0.0");
  EXPECT_EQ(canonical("2001:DB8:0:0:9::1"), "2001:db8::9:0:0:1");
  EXPECT_EQ(canonical("2001:0db8:0000:0000:0009:0000:0000:0001"), "2001:db8::9:0:0:1");
  EXPECT_EQ(canonical("::"), "::");
  EXPECT_EQ(canonical("::ffff:198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(canonical("::FFFF:c633:6407"), "198.51.100.7");
}

TEST(IpAddress, IsReadStrictly) {
  const std::string with_nul{"192.0.2.55\0", 11};
  for (const std::string_view text : {std::string_view{""},
                                      std::string_view{"unknown"},
                                      std::string_view{"192.0.2"},
                                      std::string_view{"192.0.2.256"},
                                      std::string_view{"192.0.2.055"},
                                      std::string_view{"192.0.2.55."},
                                      std::string_view{" 192.0.2.55"},
                                      std::string_view{"192.0.2.55 "},
                                      std::string_view{"192.0.2.0/24"},
                                      std::string_view{"[192.0.2.55]"},
                                      std::string_view{"0x7f.0.0.1"},
                                      std::string_view{"3221226039"},
                                      std::string_view{"1.2.3.4.5"},
                                      std::string_view{"IPv6:2001:db8::1"},
                                      std::string_view{"[2001:db8::1]"},
                                      std::string_view{"fe80::1%eth0"},
                                      std::string_view{"2001:db8::/32"},
                                      std::string_view{"1:2:3"},
                                      std::string_view{"::1::"},
                                      std::string_view{"2001:db8::1.example"},
                                      std::string_view{with_nul},
                                      std::string_view{"1111111111111111111111111111111111111111111111111111"}}) {
    EXPECT_FALSE(parse_ip_address(text)) << text;
  }
}

// The verdicts below are those of Postfix's valid_hostaddr(3).
TEST(HostAddress, IsPostfixsOwnLooserNotion) {
  for (const char* text : {"192.0.2.55", "010.0.0.1", "0.0.0.0", "000.0.0.0", "::", "::1", "1::", "1:2:3",
                           "2001:DB8::9", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:192.0.2.1"}) {
    EXPECT_TRUE(map::is_host_address(text)) << text;
  }
  for (const char* text : {"",
                           "mail.example",
                           "192.0.2",
                           "192.0.2.256",
                           "192.0.2.1.",
                           ".192.0.2.1",
                           "192..0.2",
                           "1.2.3.4.5",
                           "0.1.2.3",
                           "192.0.2.a",
                           "[192.0.2.1]",
                           "1:2",
                           ":1:2:3",
                           "1:2:3:",
                           ":::",
                           "1::2::3",
                           "12345::",
                           "g::1",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:192.0.2.1",
                           "::192.0.2",
                           "1:192.0.2.1",
                           "::1.2.3.4:5",
                           ":",
                           "IPv6:::1"}) {
    EXPECT_FALSE(map::is_host_address(text)) << text;
  }
}

}  // namespace
}  // namespace maproom
