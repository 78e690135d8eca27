#include "maproom/ops/http_host.hpp"

#include <gtest/gtest.h>

namespace maproom::ops {
namespace {

const std::vector<std::string> names{"mx1.example.net", "Monitoring.Example"};

TEST(HttpHost, AnAddressIsNobodysName) {
  for (const auto* host : {"127.0.0.1", "127.0.0.1:10049", "192.0.2.7:80", "[::1]", "[::1]:10049", "[2001:db8::7]:1"})
    EXPECT_TRUE(host_allowed(host, {})) << host;
}

TEST(HttpHost, LocalhostIsThisHost) {
  for (const auto* host : {"localhost", "LocalHost:10049", "localhost."}) EXPECT_TRUE(host_allowed(host, {})) << host;
}

TEST(HttpHost, ANameIsAllowedIfTheOperatorGaveIt) {
  for (const auto* host : {"mx1.example.net", "MX1.example.net:10049", "mx1.example.net.", "monitoring.example:80"})
    EXPECT_TRUE(host_allowed(host, names)) << host;
  EXPECT_FALSE(host_allowed("mx1.example.net", {}));
}

TEST(HttpHost, EverythingElseIsRefused) {
  for (const auto* host : {"",
                           ":10049",
                           "evil.example",
                           "mx1.example.net.evil.example",
                           "evil.mx1.example.net",
                           "localhost.evil.example",
                           "127.0.0.1.evil.example",
                           "127.0.0.1:80:90",
                           "127.0.0.1:x",
                           "localhost:123456",
                           "[::1",
                           "[::1]x",
                           "[::1]:x",
                           "[127.0.0.1]",
                           "[evil.example]",
                           "::1",
                           "127.0.0.1 ",
                           " localhost",
                           "local\xc5\xbfhost",
                           "127.1",
                           "0x7f.1"})
    EXPECT_FALSE(host_allowed(host, names)) << host;
}

}  // namespace
}  // namespace maproom::ops
