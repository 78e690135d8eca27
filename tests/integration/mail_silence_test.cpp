// The network loses every packet between the daemon and MariaDB; or MariaDB takes queries and does not answer them.

#include "integration/mail_outage.hpp"

namespace maproom::test {
namespace {

class MailBlackHoleTest : public MailOutageTest {
 protected:
  MailBlackHoleTest() : MailOutageTest{Through::gate} {}
};

TEST_F(MailBlackHoleTest, MailToKnownRecipientsFlowsWhileTheNetworkLosesEverything) {
  gate.set(SqlGate::Way::black_hole);
  flows_through_the_outage();
  gate.set(SqlGate::Way::open);
  recovers();
}

class MailHungQueriesTest : public MailOutageTest {
 protected:
  // It takes three of them to know.
  MailHungQueriesTest() : MailOutageTest{Through::gate, "deadline = \"1 s\""} {}
};

TEST_F(MailHungQueriesTest, MailToKnownRecipientsFlowsWhileQueriesHang) {
  gate.set(SqlGate::Way::hang);
  flows_through_the_outage();
  gate.set(SqlGate::Way::open);
  recovers();
}

}  // namespace
}  // namespace maproom::test
