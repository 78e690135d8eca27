// Passwords (smtp_sasl_password_maps): Postfix gets them through a socket in a folder that only it may enter, and
// nobody else gets to see them anywhere.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>

#include "integration/sample_world.hpp"
#include "maproom/ops/http.hpp"
#include "support/private_redis.hpp"
#include "support/process.hpp"

namespace maproom::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class PasswordTest : public testing::Test {
 protected:
  static constexpr auto secret = "Sesame-open-7319";

  PasswordTest() {
    shared_mariadb().make_sample_database();
    shared_mariadb().sql(
        "CREATE TABLE relay_login (relay VARCHAR(255) PRIMARY KEY, login VARCHAR(255)) CHARACTER SET utf8mb4; "
        "INSERT INTO relay_login VALUES ('relay.example', 'user:" +
            std::string{secret} + "'), ('ann@d.example', 'ann:" + secret + "')",
        "mail");
    std::filesystem::create_directory(folder);
    EXPECT_EQ(run_command({"chgrp", "postfix", folder}).status, 0);
    set_mode(0750);
    daemon.configure(
        "[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() +
        "\"]\npassword = \"secret\"\n[redis]\nserver = \"unix:" + redis.socket() +
        "\"\n[log]\nlevel = \"trace\"\n[admin]\nlisten = \"inet:127.0.0.1:" + std::to_string(ports["admin"]) +
        "\"\n[socketmap]\nlisten = [\"unix:" + usual() + "\"]\npasswords = \"unix:" + socket() +
        "\"\n[maps.smtp_sasl_password_maps]\nquery = \"SELECT login FROM relay_login WHERE relay = '%s'\"\n"
        "[maps.relay_domains]\nquery = \"SELECT domain FROM domain WHERE domain = '%s'\"\n");
  }

  void set_mode(mode_t mode) const { ASSERT_EQ(::chmod(folder.c_str(), mode), 0); }
  [[nodiscard]] std::string socket() const { return folder + "/socketmap"; }
  [[nodiscard]] std::string usual() const { return dir.path("usual"); }
  [[nodiscard]] Judged ask(const std::string& key, const std::string& path, const std::string& map) {
    return postmap.query(key, "socketmap:unix:" + path + ":" + map);
  }
  [[nodiscard]] Judged ask(const std::string& key) { return ask(key, socket(), "smtp_sasl_password_maps"); }

  TempDir dir;
  std::string folder = dir.path("passwords");
  Ports ports;
  PrivateRedis redis;
  Postmap postmap;
  Daemon daemon;
};

TEST_F(PasswordTest, PostfixGetsThemAndNobodySeesThem) {
  daemon.start();
  EXPECT_EQ(ask("relay.example"), found("user:" + std::string{secret}));
  EXPECT_EQ(ask("Ann@d.example"), found("ann:" + std::string{secret}));
  EXPECT_EQ(ask("other.example"), not_found());
  EXPECT_EQ(ask("hosted.example", usual(), "relay_domains"), found("hosted.example"));
  // What is not a password's goes to Redis at once; so would these have gone by now.
  ASSERT_TRUE(wait_until([&] { return redis.command({"DBSIZE"}) != "0"; }));
  std::string in_redis;
  for (const auto& key : {redis.command({"KEYS", "*"})}) in_redis += key + "\n";
  EXPECT_EQ(redis.command({"EVAL",
                           "for _, k in ipairs(redis.call('KEYS', '*')) do local v = redis.call('DUMP', k) if "
                           "string.find(k, 'relay.example', 1, true) or string.find(k, 'ann@d.example', 1, true) or "
                           "string.find(v, 'Sesame', 1, true) then return 'seen' end end return 'none'",
                           "0"}),
            "none")
      << in_redis;

  std::string shown;
  for (const auto& command :
       std::vector<std::vector<std::string>>{{"query", "smtp_sasl_password_maps", "relay.example"},
                                             {"query", "smtp_sasl_password_maps", "relay.example", "--explain"},
                                             {"query", "smtp_sasl_password_maps", "relay.example", "--json"},
                                             {"status"},
                                             {"status", "--json"},
                                             {"check", "--main-cf", "none"},
                                             {"config", "--all"},
                                             {"verify", "smtp_sasl_password_maps"}}) {
    const auto ran = daemon.run(command);
    EXPECT_EQ(ran.status, 0) << command[0] << ": " << ran.err;
    shown += ran.out + ran.err;
  }
  const Endpoint admin{Endpoint::Kind::inet, "127.0.0.1", static_cast<std::uint16_t>(ports["admin"]), {}};
  for (const auto* const page : {"/", "/status", "/metrics"}) shown += ops::http_call(admin, "GET", page, "")->body;
  EXPECT_THAT(shown, Not(HasSubstr(secret)));
  EXPECT_THAT(shown, HasSubstr("a password, which is not shown"));
  EXPECT_THAT(shown, HasSubstr("passwords = \"unix:" + socket() + "\"")) << "a path is none";
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_THAT(daemon.log(), Not(HasSubstr(secret)));
}

TEST_F(PasswordTest, EachSocketAnswersItsOwnMaps) {
  daemon.start();
  EXPECT_EQ(ask("relay.example", usual(), "smtp_sasl_password_maps").kind, Judged::Kind::error);
  EXPECT_EQ(ask("hosted.example", socket(), "relay_domains").kind, Judged::Kind::error);
  EXPECT_EQ(ask("relay.example"), found("user:" + std::string{secret}));
  EXPECT_EQ(ask("relay.example", usual(), "smtp_sasl_password_maps").kind, Judged::Kind::error) << "nor when cached";
  struct stat status {};
  ASSERT_EQ(::stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0750U);
}

TEST_F(PasswordTest, WhoWasLetInAtASocketThatHasMovedIsNotAnswered) {
  daemon.start();
  boost::asio::io_context io;
  boost::asio::local::stream_protocol::socket client{io};
  client.connect({socket()});
  const timeval limit{20, 0};
  ASSERT_EQ(::setsockopt(client.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
  const std::string key = "smtp_sasl_password_maps relay.example";
  const auto request = std::to_string(key.size()) + ":" + key + ",";
  std::array<char, 256> reply{};
  boost::asio::write(client, boost::asio::buffer(request));
  const auto size = ::recv(client.native_handle(), reply.data(), reply.size(), 0);
  ASSERT_GT(size, 0);
  EXPECT_THAT((std::string{reply.data(), static_cast<std::size_t>(size)}), HasSubstr("OK user:"));

  const auto moved = dir.path("moved");
  std::filesystem::create_directory(moved);
  ASSERT_EQ(run_command({"chgrp", "postfix", moved}).status, 0);
  ASSERT_EQ(::chmod(moved.c_str(), 0750), 0);
  auto text = read_text(daemon.config());
  text.replace(text.find(socket()), socket().size(), moved + "/socketmap");
  std::ofstream{daemon.config()} << text;
  const auto reloaded = daemon.run({"reload"});
  ASSERT_EQ(reloaded.status, 0) << reloaded.err;
  EXPECT_EQ(::recv(client.native_handle(), reply.data(), reply.size(), 0), 0) << "the end";
  EXPECT_EQ(ask("relay.example", moved + "/socketmap", "smtp_sasl_password_maps").kind, Judged::Kind::found);
}

TEST_F(PasswordTest, AFolderThatOthersMayEnterIsRefusedAtStartAndAtReload) {
  set_mode(0755);
  EXPECT_THROW(daemon.start(), std::runtime_error);
  EXPECT_THAT(daemon.log(), HasSubstr("lets everybody of this host at the passwords"));
  EXPECT_FALSE(std::filesystem::exists(socket()));
  set_mode(0750);
  daemon.start();
  set_mode(0751);
  const auto reloaded = daemon.run({"reload"});
  EXPECT_NE(reloaded.status, 0);
  EXPECT_THAT(reloaded.err, HasSubstr("socketmap.passwords: " + folder + " (mode 0751)"));
}

}  // namespace
}  // namespace maproom::test
