// The network loses every packet between the daemon and MariaDB.

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

}  // namespace
}  // namespace maproom::test
