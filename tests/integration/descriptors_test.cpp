// Clients cannot take the last descriptors: a new connection to the database, the control socket and the admin port
// have theirs.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "integration/world.hpp"
#include "maproom/ops/http.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

TEST(Descriptors, AFloodOfClientsLeavesThoseOfTheDatabaseAndTheAdministrator) {
  World world{"[admin]\nlisten = \"inet:127.0.0.1:PORT(admin)\"\n"};
  world.start();
  constexpr rlim_t most = 120;
  const rlimit limit{most, most};
  ASSERT_EQ(::prlimit(world.daemon.pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
  const auto admin = *Endpoint::parse("inet:127.0.0.1:" + std::to_string(world.port("admin")));

  Wire postfix{world.port("virtual_alias_maps")};
  EXPECT_EQ(postfix.ask_tcp("anna@hosted.example"), "200 anna@hosted.example\n");
  std::vector<Wire> flood;
  for (int i = 0; i < 300; ++i) flood.emplace_back(world.port("virtual_mailbox_domains"));
  for (auto& each : flood) each.send("get hosted.example\n");
  ASSERT_TRUE(wait_until([&] { return world.daemon.log_lines({"event=descriptors_reserved"}) > 0; }))
      << world.daemon.log();

  world.mariadb().sql("KILL USER maproom");
  EXPECT_EQ(postfix.ask_tcp("sales@hosted.example"), "200 anna@hosted.example,ben@hosted.example\n");
  EXPECT_EQ(world.daemon.run({"status"}).status, 0);
  const auto health = ops::http_call(admin, "GET", "/healthz", "");
  ASSERT_TRUE(health);
  EXPECT_EQ(health->status, 200U);
  const auto metrics = ops::http_call(admin, "GET", "/metrics", "");
  ASSERT_TRUE(metrics);
  EXPECT_NE(metrics->body.find("\nprocess_max_fds 120\n"), std::string::npos);

  // Whoever waited is served when others go.
  auto last = std::move(flood.back());
  flood.clear();
  EXPECT_EQ(last.line(), "200 1\n");
  EXPECT_EQ(world.daemon.log_lines({"event=accept_failed"}), 0U) << world.daemon.log();
}

}  // namespace
}  // namespace maproom::test
