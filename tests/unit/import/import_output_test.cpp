// maproom.toml as an import writes it, read again; and the commands, read by a shell.

#include "maproom/import/output.hpp"
#include "support/process.hpp"
#include "unit/config/config_file.hpp"

namespace maproom::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImportOutput : public ConfigFile {
 protected:
  ImportOutput() {
    sql = write("it's \"a\" \\ table.cf", "dbname = mail\nquery = SELECT 1 FROM t WHERE a = '%s'\n");
    text = write("virtual", "a@b.example c@d.example\n", 0644);
  }
  std::string sql, text;
};

TEST_F(ImportOutput, TheConfigurationSaysWhatThePlanSays) {
  imports::ImportPlan plan;
  plan.postfix.recipient_delimiter = "+\"\\";
  plan.postfix.smtputf8_enable = false;
  plan.postfix.owner_request_special = false;
  plan.postfix.double_bounce_sender = "nobody";
  plan.postfix.myorigin = "example.org";
  plan.postfix.mydestination = {"a.example", "[192.0.2.1]"};
  plan.postfix.inet_interfaces = {"192.0.2.1", "2001:db8::1"};
  plan.postfix.proxy_interfaces = {"192.0.2.2"};
  plan.postfix.propagate_unmatched_extensions = {};
  plan.postfix.parent_domain_matches_subdomains = {"relay_domains"};
  plan.postfix.swap_bangpath = false;
  plan.postfix.allow_percent_hack = false;
  plan.maps = {{"relay_domains", "relay_domains", 10045, {{false, sql}}},
               {"virtual_alias_maps", "virtual_alias_maps", 10041, {{true, text}, {false, sql}}},
               {"check_recipient_access_2", "check_recipient_access", 10050, {{false, sql}, {false, sql}}}};
  plan.changes = {{"relay_domains", "tcp:127.0.0.1:10045", "mysql:\x01\xff\t$x"}};
  const auto config = good(imports::to_toml(plan, "/etc/postfix/\nmain.cf"));
  EXPECT_EQ(config.postfix, plan.postfix);
  ASSERT_EQ(config.maps.size(), 3U);
  EXPECT_EQ(config.maps[0].name, "relay_domains");
  EXPECT_EQ(config.maps[0].listen->port, 10045);
  ASSERT_EQ(config.maps[0].tables.size(), 1U);
  EXPECT_EQ(config.maps[0].tables[0].origin, sql);
  ASSERT_EQ(config.maps[1].tables.size(), 2U);
  EXPECT_EQ(config.maps[1].tables[0].text_file, text);
  EXPECT_EQ(config.maps[1].tables[1].origin, sql);
  EXPECT_EQ(config.maps[2].parameter, "check_recipient_access");
  EXPECT_EQ(config.maps[2].tables.size(), 2U);
  EXPECT_EQ(config.socketmap_listen.size(), 1U);
}

TEST_F(ImportOutput, DefaultsNeedNoLine) {
  imports::ImportPlan plan;
  plan.maps = {{"relay_domains", "relay_domains", 10045, {{false, sql}}}};
  const auto toml = imports::to_toml(plan, "/etc/postfix/main.cf");
  EXPECT_THAT(toml, HasSubstr("[postfix]\n\n"));
  EXPECT_EQ(good(toml).postfix, map::PostfixSettings{});
}

TEST_F(ImportOutput, PasswordsHaveASocketInAFolderThatOnlyPostfixMayEnter) {
  imports::ImportPlan plan;
  plan.addresses.queue_directory = "/var/spool/pf";
  plan.addresses.postfix_group = "pf";
  plan.maps = {{"relay_domains", "relay_domains", 10045, {{false, sql}}},
               {"smtp_sasl_password_maps", "smtp_sasl_password_maps", 0, {{false, sql}}, true}};
  const auto config = good(imports::to_toml(plan, "/etc/postfix/main.cf"));
  ASSERT_TRUE(config.passwords);
  EXPECT_EQ(config.passwords->path, "/var/spool/pf/maproom-passwords/socketmap");
  EXPECT_EQ(config.passwords_group, "pf");
  EXPECT_FALSE(config.maps[1].listen);
  const auto commands = imports::to_commands(plan, "/etc/postfix", "/x.toml");
  EXPECT_THAT(commands, HasSubstr("install -d -o maproom -g 'pf' -m 0750 '/var/spool/pf/maproom-passwords'\n"));
  EXPECT_THAT(commands, HasSubstr("ReadWritePaths=/var/spool/pf/maproom-passwords\n"));
  plan.maps.pop_back();
  EXPECT_FALSE(good(imports::to_toml(plan, "/etc/postfix/main.cf")).passwords);
  EXPECT_THAT(imports::to_commands(plan, "/etc/postfix", "/x.toml"), testing::Not(HasSubstr("passwords")));
}

/// What a shell would run, word by word, with "|" between the words.
std::vector<std::string> commands_of(const std::string& script) {
  const auto result = test::run_command({"sh"},
                                        "say() { for word; do printf '%s|' \"$word\"; done; echo; }\n"
                                        "postconf() { say postconf \"$@\"; }\npostfix() { say postfix \"$@\"; }\n"
                                        "maproom() { say maproom \"$@\"; }\n" +
                                            script);
  EXPECT_EQ(result.err, "");
  std::vector<std::string> lines;
  std::istringstream all{result.out};
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

TEST_F(ImportOutput, TheCommandsSurviveAShellAndTheWayBackIsTheOtherWayRound) {
  imports::ImportPlan plan;
  plan.changes = {{"a_maps", "tcp:127.0.0.1:10050", "mysql:$dir/it's.cf, `x` \"$y\" \\ !z"},
                  {"b_maps", "tcp:127.0.0.1:10051", std::nullopt}};
  EXPECT_THAT(
      commands_of(imports::to_commands(plan, "/etc/postfix", "/tmp/new folder/maproom.toml")),
      ElementsAre("maproom|check|--config|/tmp/new folder/maproom.toml|", "postconf|-e|a_maps = tcp:127.0.0.1:10050|",
                  "postconf|-e|b_maps = tcp:127.0.0.1:10051|", "postfix|reload|", "postconf|-X|b_maps|",
                  "postconf|-e|a_maps = mysql:$dir/it's.cf, `x` \"$y\" \\ !z|", "postfix|reload|"));
}

TEST_F(ImportOutput, AnotherInstanceIsNamed) {
  imports::ImportPlan plan;
  plan.changes = {{"a_maps", "tcp:127.0.0.1:10050", "x"}};
  EXPECT_THAT(commands_of(imports::to_commands(plan, "/etc/post fix", "/x")),
              ElementsAre("maproom|check|--config|/x|", "postconf|-c|/etc/post fix|-e|a_maps = tcp:127.0.0.1:10050|",
                          "postfix|-c|/etc/post fix|reload|", "postconf|-c|/etc/post fix|-e|a_maps = x|",
                          "postfix|-c|/etc/post fix|reload|"));
}

}  // namespace
}  // namespace maproom::app
