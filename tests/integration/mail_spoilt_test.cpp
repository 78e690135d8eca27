// MariaDB takes connections, and its answers are of no use: cut in the middle, errors, or none of them arrives.

#include "integration/mail_outage.hpp"

namespace maproom::test {
namespace {

class MailSpoiltTest : public MailOutageTest {
 protected:
  MailSpoiltTest() : MailOutageTest{Through::gate} {}
  void outage(SqlGate::Way way) {
    gate.set(way);
    flows_through_the_outage();
    gate.set(SqlGate::Way::open);
    recovers();
  }
};

TEST_F(MailSpoiltTest, MailToKnownRecipientsFlowsWhileEveryResultIsCut) {
  outage(SqlGate::Way::cut_mid_row);
  EXPECT_GT(gate.spoilt(), 3);
}

TEST_F(MailSpoiltTest, MailToKnownRecipientsFlowsWhileTheRightIsRevoked) {
  for (const char* host : {"localhost", "127.0.0.1"})
    mariadb.sql("REVOKE SELECT ON mail.* FROM maproom@'" + std::string{host} + "'");
  // Those who are connected keep the database's rights.
  kill_links();
  flows_through_the_outage();
  for (const char* host : {"localhost", "127.0.0.1"})
    mariadb.sql("GRANT SELECT ON mail.* TO maproom@'" + std::string{host} + "'");
  recovers();
}

TEST_F(MailSpoiltTest, MailToKnownRecipientsFlowsWhileEveryLookupIsAnErrorAndTheFeedLives) {
  gate.say(1194, "Table 'mailbox' is marked as crashed and should be repaired");
  outage(SqlGate::Way::errors);
  EXPECT_EQ(daemon.log_lines({"event=feed_stalled"}), 0U);
}

TEST_F(MailSpoiltTest, MailToKnownRecipientsFlowsWhileEveryQueryIsAnErrorTheFeedsToo) {
  gate.say(1021, "Disk full");
  outage(SqlGate::Way::all_errors);
}

TEST_F(MailSpoiltTest, MailToKnownRecipientsFlowsWhileTheServerSaysThatItServesNobody) {
  gate.say(1047, "WSREP has not yet prepared node for application use");
  outage(SqlGate::Way::all_errors);
}

}  // namespace
}  // namespace maproom::test
