// Where the maps of an import listen: an address that all of Postfix reaches, as a person chose, beside another
// instance.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maproom/import/output.hpp"
#include "unit/import/import_world.hpp"

namespace maproom::app {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const char* const one_map = "relay_domains = mysql:/a.cf\n";

imports::AddressChoices via(imports::Via way) { return {way, imports::usual_base_port, {}}; }

TEST(ImportAddresses, APostfixWithoutIPv4IsGivenTheIPv6Loopback) {
  for (const auto* const protocols : {"ipv6", "$mine", "ipv6,"}) {
    const auto plan = planned(std::string{one_map} + "mine = ipv6\ninet_protocols = " + protocols + "\n");
    EXPECT_EQ(switched(plan, "relay_domains"), "tcp:[::1]:10045") << protocols;
    const auto toml = imports::to_toml(plan, "/etc/postfix/main.cf");
    EXPECT_THAT(toml, AllOf(HasSubstr("listen = \"inet:[::1]:10045\""), HasSubstr("listen = [\"inet:[::1]:10048\"]"),
                            HasSubstr("listen = \"inet:[::1]:10049\""), Not(HasSubstr("127.0.0.1"))));
    EXPECT_THAT(plan.warnings, IsEmpty());
  }
  for (const auto* const protocols : {"ipv4", "all", "ipv4 ipv6", "ipv6,ipv4"})
    EXPECT_EQ(switched(planned(std::string{one_map} + "inet_protocols = " + protocols + "\n"), "relay_domains"),
              "tcp:127.0.0.1:10045")
        << protocols;
}

TEST(ImportAddresses, OneServiceWithoutIPv4IsEnough) {
  const std::string smtp6 = "smtp6 unix - - y - - smtp -o inet_protocols=ipv6\n";
  EXPECT_EQ(switched(planned(one_map, smtp6.c_str()), "relay_domains"), "tcp:[::1]:10045");
  const auto none = planned(one_map, (smtp6 + "smtp4 unix - - y - - smtp -o inet_protocols=ipv4\n").c_str());
  EXPECT_EQ(switched(none, "relay_domains"), "socketmap:unix:maproom/socketmap:relay_domains");
  EXPECT_THAT(none.warnings, Contains(AllOf(HasSubstr("smtp6/unix"), HasSubstr("smtp4/unix"), HasSubstr("Unix"))));
}

TEST(ImportAddresses, TheUnixSocketIsNamedFromTheQueueDirectory) {
  const auto plan =
      planned(std::string{one_map} + "queue_directory = /var/spool/mx\n", "", via(imports::Via::socketmap_unix));
  EXPECT_EQ(switched(plan, "relay_domains"), "socketmap:unix:maproom/socketmap:relay_domains")
      << "chrooted or not, Postfix's processes work there";
  EXPECT_EQ(maps(plan), "relay_domains 0 /a.cf\n");
  EXPECT_THAT(imports::to_toml(plan, "/etc/postfix/main.cf"),
              AllOf(HasSubstr("listen = [\"unix:/var/spool/mx/maproom/socketmap\"]"),
                    HasSubstr("[maps.relay_domains]\nmysql_table")));
  EXPECT_THAT(imports::to_commands(plan, "/etc/postfix", "/x"), HasSubstr("'/var/spool/mx/maproom'\n"));
}

TEST(ImportAddresses, TheSocketmapOverTcpHasOnePort) {
  const auto plan =
      planned(std::string{one_map} + "transport_maps = mysql:/b.cf\n", "", via(imports::Via::socketmap_inet));
  EXPECT_EQ(switched(plan, "relay_domains"), "socketmap:inet:127.0.0.1:10048:relay_domains");
  EXPECT_EQ(maps(plan), "transport_maps 0 /b.cf\nrelay_domains 0 /a.cf\n");
}

TEST(ImportAddresses, ASecondInstanceHasItsOwnPortsNamesAndSockets) {
  const auto plan = planned(std::string{one_map} + "sender_bcc_maps = mysql:/b.cf\ncanonical_maps = mysql:/c.cf\n", "",
                            {std::nullopt, 9000, "two"});
  EXPECT_EQ(maps(plan),
            "two_relay_domains 9005 /a.cf\ntwo_canonical_maps 9010 /c.cf\ntwo_sender_bcc_maps 9011 /b.cf\n");
  EXPECT_EQ(switched(plan, "relay_domains"), "tcp:127.0.0.1:9005");
  EXPECT_THAT(imports::to_toml(plan, "/etc/postfix/main.cf"),
              AllOf(HasSubstr("[\"inet:127.0.0.1:9008\"]"), HasSubstr("\"inet:127.0.0.1:9009\""),
                    HasSubstr("control = \"unix:/run/maproom-two/control\""),
                    HasSubstr("[maps.two_relay_domains]\nlisten = \"inet:127.0.0.1:9005\"\nparameter = "
                              "\"relay_domains\"\n")));
  const auto unix_socket = planned(one_map, "", {imports::Via::socketmap_unix, 10040, "two"});
  EXPECT_EQ(switched(unix_socket, "relay_domains"), "socketmap:unix:maproom-two/socketmap:two_relay_domains");
}

}  // namespace
}  // namespace maproom::app
