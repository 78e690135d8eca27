// MariaDB stopped, and hung.

#include "integration/mail_outage.hpp"

namespace maproom::test {
namespace {

TEST_F(MailOutageTest, MailToKnownRecipientsFlowsWhileMariadbIsStopped) {
  mariadb.stop();
  flows_through_the_outage();
  mariadb.start();
  recovers();
}

TEST_F(MailOutageTest, MailToKnownRecipientsFlowsWhileMariadbHangs) {
  mariadb.pause();
  flows_through_the_outage();
  mariadb.resume();
  recovers();
}

}  // namespace
}  // namespace maproom::test
