// The admin port against clients that mean no good: other names, slow readers and writers, long headers.

#include <gtest/gtest.h>

#include <filesystem>

#include "integration/world.hpp"
#include "maproom/ops/http.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

constexpr int places = 64;

std::string sections(const std::string& hosts) {
  return "[admin]\nlisten = \"inet:127.0.0.1:PORT(admin)\"\nhosts = [" + hosts + "]\n";
}

class AdminPortTest : public testing::Test {
 protected:
  AdminPortTest() { world.start(); }

  /// The status that is answered to these bytes; empty: the connection is closed without a word.
  std::string status_of(const std::string& request) {
    Wire client{world.port("admin")};
    client.send(request);
    const auto line = client.line();
    return line.starts_with("HTTP/1.") && line.size() > 12 ? line.substr(9, 3) : line;
  }
  std::string get(const std::string& path, const std::string& headers) {
    return status_of("GET " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n");
  }
  std::string healthz() { return get("/healthz", "Host: localhost\r\n"); }
  std::size_t descriptors() const {
    std::size_t count = 0;
    const auto folder = "/proc/" + std::to_string(world.daemon.pid()) + "/fd";
    for (auto at = std::filesystem::directory_iterator{folder}; at != std::filesystem::directory_iterator{}; ++at)
      ++count;
    return count;
  }

  World world{sections("\"mx1.example.net\"")};
};

TEST_F(AdminPortTest, AnswersUnderItsNamesAlone) {
  const auto port = std::to_string(world.port("admin"));
  const std::vector<std::string> pages{"/", "/status", "/metrics", "/healthz", "/readyz"};
  const std::vector<std::string> ours{"127.0.0.1:" + port, "localhost", "[::1]:" + port, "mx1.example.net:" + port,
                                      "MX1.EXAMPLE.NET"};
  const std::vector<std::string> strangers{"evil.example", "evil.example:10049", "mx1.example.net.evil.example", ""};
  for (const auto& page : pages) {
    for (const auto& host : ours) EXPECT_EQ(get(page, "Host: " + host + "\r\n"), "200") << page << ' ' << host;
    for (const auto& host : strangers) EXPECT_EQ(get(page, "Host: " + host + "\r\n"), "421") << page << ' ' << host;
    EXPECT_EQ(get(page, ""), "400") << page;
    EXPECT_EQ(get(page, "Host: localhost\r\nHost: evil.example\r\n"), "400") << page;
    EXPECT_EQ(status_of("GET " + page + " HTTP/1.0\r\n\r\n"), "200") << page;
    EXPECT_EQ(status_of("GET " + page + " HTTP/1.0\r\nHost: evil.example\r\n\r\n"), "421") << page;
  }
  const auto told = world.daemon.log_lines({"event=admin_host_refused"});
  EXPECT_GE(told, 1U);
  EXPECT_LT(told, pages.size() * strangers.size());
  EXPECT_EQ(world.daemon.run({"status"}).status, 0) << "the control socket has no names";
}

TEST_F(AdminPortTest, TakesOtherNamesOnAReload) {
  EXPECT_EQ(get("/", "Host: monitor.example\r\n"), "421");
  world.configure(sections("\"monitor.example\""));
  EXPECT_EQ(world.daemon.run({"reload"}).status, 0);
  EXPECT_EQ(get("/", "Host: monitor.example\r\n"), "200");
  EXPECT_EQ(get("/", "Host: mx1.example.net\r\n"), "421");
}

TEST_F(AdminPortTest, RefusesLongHeadersAndBodiesAndWhatIsNoRequest) {
  const std::string host = "Host: localhost\r\n";
  EXPECT_EQ(get("/healthz", host + "X: " + std::string(7'000, 'x') + "\r\n"), "200");
  EXPECT_EQ(get("/healthz", host + "X: " + std::string(9'000, 'x') + "\r\n"), "431");
  EXPECT_EQ(status_of("POST /flush HTTP/1.1\r\n" + host + "Content-Length: 100000\r\n\r\n"), "413");
  EXPECT_EQ(status_of("nonsense\r\n\r\n"), "400");
  EXPECT_EQ(healthz(), "200");
}

TEST_F(AdminPortTest, AClientMoreTakesThePlaceOfTheSlowestAndWaitsForNobody) {
  std::vector<Wire> slow;
  for (int i = 0; i < places; ++i) {
    slow.emplace_back(world.port("admin"));
    slow.back().send("GET /healthz HTTP/1.1\r\nHost: loc");
  }
  // All of them are in, for the last one of 65 takes the place of the first.
  EXPECT_EQ(healthz(), "200");
  EXPECT_EQ(healthz(), "200");
  int ended = 0;
  for (const auto& each : slow) ended += each.readable_within(std::chrono::milliseconds{0}) ? 1 : 0;
  EXPECT_GE(ended, 1);
  EXPECT_LE(ended, 2) << "the others would have been waited for";
  slow.back().send("alhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(slow.back().line(), "HTTP/1.1 200 OK\r\n");
}

TEST_F(AdminPortTest, AClientThatTakesNoAnswerLosesItsConnection) {
  const auto before = descriptors();
  std::vector<Wire> slow;
  std::string pages;
  for (int i = 0; i < 1000; ++i) pages += "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";  // more than sockets hold
  for (int i = 0; i < 2; ++i) {
    slow.emplace_back(world.port("admin"));
    slow.back().send(pages);
  }
  ASSERT_TRUE(wait_until([&] { return descriptors() >= before + 2; }));
  EXPECT_EQ(healthz(), "200");
  EXPECT_TRUE(wait_until([&] { return descriptors() <= before; })) << descriptors() << " of " << before;
  EXPECT_EQ(healthz(), "200");
}

}  // namespace
}  // namespace maproom::test
