// What `maproom config` prints: each value in force with the place it came from, and no secret.

#include "maproom/config/in_force.hpp"

#include "config_file.hpp"

namespace maproom::app {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class InForce : public ConfigFile {
 protected:
  std::string text(const std::string& toml, bool all) const {
    const auto settings = config::read_settings_in_force(write("maproom.toml", toml));
    EXPECT_TRUE(settings) << (settings ? "" : settings.error().detail);
    return settings ? config::to_text(*settings, all) : std::string{};
  }
};

TEST_F(InForce, AValueHasItsLineAndADefaultSaysSo) {
  const auto all =
      text("[cache]\nnegative_ttl = \"60 s\"\n[redis]\nserver = \"inet:127.0.0.1:6379\"\n" + one_map, true);
  EXPECT_THAT(all,
              AllOf(ContainsRegex("\\[cache\\]\n"), ContainsRegex("negative_ttl = \"1 min\" +# .*maproom.toml:2\n"),
                    ContainsRegex("\npositive_ttl = \"5 min\" +# default\n"),
                    ContainsRegex("server = \"inet:127.0.0.1:6379\" +# .*maproom.toml:4\n"),
                    ContainsRegex("smtputf8_enable = true +# default\n"),
                    ContainsRegex("negative_ttl = \"1 min\" +# \\[cache\\]\n")));
  EXPECT_THAT(all, AllOf(ContainsRegex("binlog = false +# default\n"), ContainsRegex("# listen is not set +# default"),
                         ContainsRegex("control = \"unix:/run/maproom/control\" +# default\n")));
}

TEST_F(InForce, OnlyWhatIsChangedIfAskedSo) {
  const auto changed = text("[cache]\nnegative_ttl = \"60 s\"\n" + one_map, false);
  EXPECT_THAT(changed, ContainsRegex("^\\[cache\\]\nnegative_ttl = \"1 min\" +# [^\n]*:2\n\n\\[maps.relay_domains\\]\n"
                                     "query = \"SELECT 1 FROM d WHERE n = '%s'\" +# [^\n]*:4\n$"));
}

TEST_F(InForce, SecretsAreMasked) {
  const auto file = write("password", "hush-file\n");
  const auto table = write("t.cf", "dbname = mail\npassword = hush-table\nquery = SELECT 1 FROM t WHERE a = '%s'\n");
  const auto all = text("[mariadb]\npassword = \"hush-inline\"\n[feed]\nuser = \"f\"\npassword_file = \"" + file +
                            "\"\n[maps.relay_domains]\nmysql_table = \"" + table + "\"\n",
                        true);
  EXPECT_THAT(all, Not(HasSubstr("hush")));
  EXPECT_THAT(all, ContainsRegex("password = \"\\*+\" +# [^\n]*maproom.toml:2\n"));
  EXPECT_THAT(all, ContainsRegex("password = \"\\*+\" +# " + file + "\n")) << "where it really came from";
}

TEST_F(InForce, AMysqlTableFileIsNamedWithItsLines) {
  const auto table =
      write("t.cf", "# mail\ndbname = mail\nquery = SELECT 1 FROM t WHERE a = '%s'\nhosts = inet:db:3306\n");
  const auto all = text("[maps.relay_domains]\nmysql_table = \"" + table + "\"\n", true);
  EXPECT_THAT(all, AllOf(ContainsRegex("#   hosts = inet:db:3306 +# " + table + ":4\n"),
                         ContainsRegex("#   result_format = %s +# " + table + ": default\n")));
}

TEST_F(InForce, WhatIsPrintedIsAConfiguration) {
  const auto toml =
      "[postfix]\nmydestination = \"a.example, b.example\"\n[mariadb]\nhosts = \"unix:/x\"\n"
      "[socketmap]\nlisten = \"inet:127.0.0.1:1\"\n[maps.relay_domains]\ntables = [{ query = \"SELECT 1\\n"
      "FROM t WHERE a = '%s'\" }, { query = \"SELECT 2 FROM t WHERE a = '%s'\" }]\n";
  const auto before = good(toml);
  const auto again = good(text(toml, true));
  EXPECT_EQ(again.postfix, before.postfix);
  EXPECT_EQ(again.postfix.mydestination.size(), 2U);
  EXPECT_EQ(again.cache, before.cache);
  EXPECT_EQ(again.mariadb, before.mariadb);
  EXPECT_EQ(again.socketmap_listen, before.socketmap_listen);
  ASSERT_EQ(again.maps.size(), 1U);
  ASSERT_EQ(again.maps[0].tables.size(), 2U);
  EXPECT_EQ(again.maps[0].tables[0].settings.query, before.maps[0].tables[0].settings.query);
  EXPECT_EQ(again.maps[0].complete_keys, before.maps[0].complete_keys);
}

TEST_F(InForce, ABrokenFileIsNotInForce) {
  EXPECT_FALSE(config::read_settings_in_force(write("maproom.toml", "[cache]\nmemory = 1\n" + one_map)));
}

}  // namespace
}  // namespace maproom::app
