// Passwords (smtp_sasl_password_maps): Postfix gets them through a socket in a folder that only it may enter, and
// nobody else gets to see them anywhere.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

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
