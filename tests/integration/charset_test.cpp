// An option file must not choose the character set of the connection: in gbk a key's last byte would swallow the
// backslash before a quote, and the rest of the key would be SQL. Postfix's mysql: reads the [client] group by default,
// and so do we.

#include <gtest/gtest.h>

#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

class CharsetTest : public testing::Test {
 protected:
  void SetUp() override {
    shared_mariadb().make_sample_database();
    const auto options = folder.write("client.cnf", "[client]\ndefault-character-set = gbk\n");
    const auto table = folder.write("mailboxes.cf",
                                    "hosts = unix:" + shared_mariadb().socket() +
                                        "\nuser = maproom\npassword = secret\ndbname = mail\noption_file = " + options +
                                        "\nquery = SELECT username FROM mailbox WHERE username = '%s'\n");
    daemon.configure("[socketmap]\nlisten = [\"unix:" + daemon.path("socketmap") +
                     "\"]\n[maps.mailboxes]\nparameter = \"exact\"\nmysql_table = \"" + table + "\"\n");
    daemon.start();
  }
  Judged ask(const std::string& key) {
    return postmap.query(key, "socketmap:unix:" + daemon.path("socketmap") + ":mailboxes");
  }

  TempDir folder;
  Daemon daemon;
  Postmap postmap;
};

TEST_F(CharsetTest, OptionFileCannotLetAKeyOutOfItsLiteral) {
  ASSERT_EQ(ask("ben@hosted.example"), found("ben@hosted.example"));
  EXPECT_EQ(ask("\u20ac' or 1=1 -- "), not_found());
  EXPECT_EQ(ask("\u00fc' or 1=1 -- "), not_found());
  EXPECT_EQ(ask("jörg@müller.example"), found("jörg@müller.example"));
}

}  // namespace
}  // namespace maproom::test
