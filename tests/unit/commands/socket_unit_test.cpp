#include "maproom/commands/socket_unit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace maproom::commands {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The values of ListenStream=, in order; the first is the empty one that takes the unit's own list away.
std::vector<std::string> streams(const std::vector<ListenSetting>& settings) {
  std::istringstream text{socket_unit("/etc/maproom/maproom.toml", settings)};
  std::vector<std::string> all;
  for (std::string line; std::getline(text, line);)
    if (line.starts_with("ListenStream=")) all.push_back(line.substr(13));
  return all;
}

std::vector<ListenSetting> listening_on(std::initializer_list<const char*> endpoints) {
  std::vector<ListenSetting> settings;
  for (const char* each : endpoints) settings.push_back({"socketmap", *Endpoint::parse(each)});
  return settings;
}

TEST(SocketUnit, EachAddressIsListedBehindItsSetting) {
  EXPECT_EQ(socket_unit("/etc/maproom/maproom.toml",
                        {{"maps.relay_domains", *Endpoint::parse("inet:127.0.0.1:2001")},
                         {"socketmap", *Endpoint::parse("unix:/var/spool/postfix/maproom/socketmap")}}),
            "# What /etc/maproom/maproom.toml listens on, made of it by \"maproom sockets\".\n"
            "[Socket]\nListenStream=\nBindIPv6Only=ipv6-only\nRemoveOnStop=yes\n"
            "# maps.relay_domains\nListenStream=127.0.0.1:2001\n"
            "# socketmap\nListenStream=/var/spool/postfix/maproom/socketmap\n");
}

TEST(SocketUnit, AddressesOfVersionSixStandInBrackets) {
  EXPECT_THAT(streams(listening_on({"inet:[::1]:2001", "inet:[2001:DB8:0::1]:2002"})),
              ElementsAre("", "[::1]:2001", "[2001:db8::1]:2002"));
}

TEST(SocketUnit, OneAddressIsListedOnceHoweverItIsSpelled) {
  EXPECT_THAT(streams(listening_on({"inet:[::1]:2001", "inet:[0:0::1]:2001"})), ElementsAre("", "[::1]:2001"));
}

TEST(SocketUnit, WhatTheServiceManagerCannotHoldIsLeftToTheDaemonAndNamed) {
  const auto settings = listening_on({"inet:localhost:2001", "unix:/run/maproom/map", "unix:/var/run/maproom/map",
                                      "unix:/srv/a b", "unix:/run/maproomy/map"});
  EXPECT_THAT(streams(settings), ElementsAre("", "/run/maproomy/map"));
  const auto text = socket_unit("x", settings);
  EXPECT_THAT(text, HasSubstr("# socketmap: inet:localhost:2001 has a host name"));
  EXPECT_THAT(text, HasSubstr("# socketmap: unix:/run/maproom/map stands in the service's own folder"));
}

TEST(SocketUnit, NothingInAPathIsASpecifierOrALineOfItsOwn) {
  EXPECT_THAT(streams(listening_on({"unix:/srv/%i"})), ElementsAre("", "/srv/%%i"));
  const Endpoint odd{Endpoint::Kind::unix_socket, {}, 0, "/srv/x\nListenStream=1"};
  const auto text = socket_unit("/etc/x\nListenStream=1", {{"maps.x\nListenStream=1", odd}});
  EXPECT_THAT(text, Not(HasSubstr("\nListenStream=1")));
}

}  // namespace
}  // namespace maproom::commands
