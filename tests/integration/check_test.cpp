// What check warns of, against a real database and a main.cf: things that work, but not as somebody meant them to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CheckTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_mariadb().make_sample_database();
    shared_mariadb().sql(
        "CREATE TABLE plain (k VARCHAR(64), v VARCHAR(64)); INSERT INTO plain SELECT CONCAT('k', seq, '.example'), 'x' "
        "FROM seq_1_to_500;"
        "CREATE TABLE indexed (k VARCHAR(64), v VARCHAR(64), INDEX (k)); INSERT INTO indexed SELECT * FROM plain;"
        "CREATE TABLE routes (k VARCHAR(64) PRIMARY KEY, v VARCHAR(64), w VARCHAR(64));"
        "INSERT INTO routes VALUES ('a.example', 'lmtp:unix:x', NULL), ('b.example', 'virtual', NULL),"
        " ('@s.example', ':[relay.example]', NULL), ('d.example', 'smtp:a', 'smtp:b');"
        "CREATE SQL SECURITY DEFINER VIEW seen AS SELECT * FROM indexed;",
        "mail");
  }

  /// `main_cf`: beside a master.cf-less folder.
  CommandResult check(const std::string& parameter, const std::string& query, const std::string& main_cf = {}) {
    const auto file = folder.write("main.cf", main_cf);
    daemon.configure(
        "[postfix]\nmyorigin = \"o.example\"\nmydestination = []\ninet_interfaces = [\"127.0.0.1\"]\n"
        "proxy_interfaces = []\nrecipient_delimiter = \"+\"\n[mariadb]\nhosts = [\"unix:" +
        shared_mariadb().socket() + "\"]\npassword = \"secret\"\n[maps.it]\nparameter = \"" + parameter +
        "\"\nquery = \"" + query + "\"\n");
    return daemon.run({"check", "--main-cf", file});
  }
  static constexpr const char* agreed =
      "myorigin = o.example\nmydestination =\ninet_interfaces = 127.0.0.1\nrecipient_delimiter = +\n"
      "smtputf8_enable = yes\n";

  TempDir folder;
  Daemon daemon;
};

TEST_F(CheckTest, AQueryThatReadsAWholeTableIsAWarningAndNoError) {
  const auto scan = check("relay_domains", "SELECT v FROM plain WHERE k = '%s'", agreed);
  EXPECT_EQ(scan.status, 0) << scan.err;
  EXPECT_THAT(scan.err, AllOf(HasSubstr("warning: "), HasSubstr(daemon.config() + ":"), HasSubstr("map it: "),
                              HasSubstr("reads all of plain"), HasSubstr("make an index")));
  const auto function = check("relay_domains", "SELECT v FROM indexed WHERE LOWER(k) = '%s'", agreed);
  EXPECT_THAT(function.err, HasSubstr("reads all of indexed"));
  const auto good = check("relay_domains", "SELECT v FROM indexed WHERE k = '%s'", agreed);
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.err, "");
}

TEST_F(CheckTest, AViewThatCannotBeExplainedIsNoWarning) {
  const auto result = check("relay_domains", "SELECT v FROM seen WHERE k = '%s'", agreed);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("note: "), HasSubstr("not judged"), Not(HasSubstr("warning"))));
}

TEST_F(CheckTest, StoredTransportsThatPostfixWouldTakeForSomethingElse) {
  const auto transport = check("transport_maps", "SELECT v FROM routes WHERE k = '%s'", agreed);
  EXPECT_EQ(transport.status, 0);
  EXPECT_THAT(transport.err, AllOf(HasSubstr("of b.example"), HasSubstr("virtual(8)"), Not(HasSubstr("a.example"))));
  const auto sender = check("sender_dependent_default_transport_maps", "SELECT v FROM routes WHERE k = '%s'", agreed);
  EXPECT_THAT(sender.err, AllOf(HasSubstr("of @s.example"), HasSubstr("fatal")));
  const auto several = check("transport_maps", "SELECT v, w FROM routes WHERE k = '%s' AND w IS NOT NULL", agreed);
  EXPECT_THAT(several.err, AllOf(HasSubstr("d.example has 2 values"), HasSubstr("smtp:a,smtp:b")));
  const auto other = check("relay_domains", "SELECT v, w FROM routes WHERE k = '%s'", agreed);
  EXPECT_EQ(other.err, "") << "where a list of values is nothing strange";
}

TEST_F(CheckTest, SettingsThatDifferFromMainCf) {
  const auto result =
      check("relay_domains", "SELECT v FROM indexed WHERE k = '%s'",
            "myorigin = o.example\nmydestination =\ninet_interfaces = 127.0.0.1\nrecipient_delimiter = +-\n"
            "smtputf8_enable = yes\n");
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.err, AllOf(HasSubstr("recipient_delimiter: is \"+\", main.cf has \"+-\""),
                                HasSubstr(daemon.config()), Not(HasSubstr("mydestination"))));
  const auto missing = daemon.run({"check", "--main-cf", folder.path("nothing")});
  EXPECT_EQ(missing.status, 66);
  EXPECT_THAT(missing.err, HasSubstr("nothing"));
}

}  // namespace
}  // namespace maproom::test
