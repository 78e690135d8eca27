#include "maproom/commands/socket_unit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace maproom::commands {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The values of ListenStream=, in order; the first is the empty one that takes the unit's own list away.
std::vector<std::string> streams(const config::Config& config) {
  std::istringstream text{socket_unit(config)};
  std::vector<std::string> all;
  for (std::string line; std::getline(text, line);)
    if (line.starts_with("ListenStream=")) all.push_back(line.substr(13));
  return all;
}

config::Config listening_on(std::initializer_list<const char*> endpoints) {
  config::Config config;
  config.file = "/etc/maproom/maproom.toml";
  for (const char* each : endpoints) config.socketmap_listen.push_back(*Endpoint::parse(each));
  return config;
}

TEST(SocketUnit, ListsMapsSocketmapAndAdminAndNotTheControlSocket) {
  auto config = listening_on({"unix:/var/spool/postfix/maproom/socketmap"});
  config::MapConfig map;
  map.name = "relay_domains";
  map.listen = *Endpoint::parse("inet:127.0.0.1:2001");
  config.maps.push_back(map);
  map.name = "only_by_socketmap";
  map.listen.reset();
  config.maps.push_back(map);
  config.admin_listen = *Endpoint::parse("inet:127.0.0.1:2002");
  EXPECT_THAT(streams(config),
              ElementsAre("", "127.0.0.1:2001", "/var/spool/postfix/maproom/socketmap", "127.0.0.1:2002"));
}

TEST(SocketUnit, AddressesOfVersionSixStandInBrackets) {
  EXPECT_THAT(streams(listening_on({"inet:[::1]:2001", "inet:[2001:DB8:0::1]:2002"})),
              ElementsAre("", "[::1]:2001", "[2001:db8::1]:2002"));
}

TEST(SocketUnit, OneAddressIsListedOnceHoweverItIsSpelled) {
  EXPECT_THAT(streams(listening_on({"inet:[::1]:2001", "inet:[0:0::1]:2001"})), ElementsAre("", "[::1]:2001"));
}

TEST(SocketUnit, WhatTheServiceManagerCannotHoldIsLeftToTheDaemonAndNamed) {
  const auto config = listening_on({"inet:localhost:2001", "unix:/run/maproom/map", "unix:/var/run/maproom/map",
                                    "unix:/srv/a b", "unix:/run/maproomy/map"});
  EXPECT_THAT(streams(config), ElementsAre("", "/run/maproomy/map"));
  const auto text = socket_unit(config);
  EXPECT_THAT(text, HasSubstr("# socketmap: inet:localhost:2001 has a host name"));
  EXPECT_THAT(text, HasSubstr("# socketmap: unix:/run/maproom/map stands in the service's own folder"));
}

TEST(SocketUnit, NothingInAPathIsASpecifierOrALineOfItsOwn) {
  EXPECT_THAT(streams(listening_on({"unix:/srv/%i"})), ElementsAre("", "/srv/%%i"));
  auto config = listening_on({});
  config.file = "/etc/x\nListenStream=1";
  config.socketmap_listen.push_back(Endpoint{Endpoint::Kind::unix_socket, {}, 0, "/srv/x\nListenStream=1"});
  EXPECT_THAT(streams(config), ElementsAre(""));
}

}  // namespace
}  // namespace maproom::commands
