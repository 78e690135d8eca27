// MariaDB is up and turns the daemon away: its account is locked, its password is another one, or others have used up
// the connections.

#include <mysql.h>
#include <mysqld_error.h>

#include <csignal>
#include <fstream>

#include "integration/mail_outage.hpp"

namespace maproom::test {
namespace {

/// Connections that somebody else has.
class Crowd {
 public:
  Crowd(const PrivateMariadb& mariadb, std::string user, std::string password)
      : mariadb_{mariadb}, user_{std::move(user)}, password_{std::move(password)} {}
  ~Crowd() { leave(); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Takes all that are left; the error that says so.
  unsigned fill() {
    for (;;) {
      MYSQL* mysql = ::mysql_init(nullptr);
      if (::mysql_real_connect(mysql, "localhost", user_.c_str(), password_.c_str(), nullptr, 0,
                               mariadb_.socket().c_str(), 0) != nullptr) {
        links_.push_back(mysql);
        continue;
      }
      const unsigned error = ::mysql_errno(mysql);
      ::mysql_close(mysql);
      return error;
    }
  }
  /// Comma separated, as the server numbers them.
  [[nodiscard]] std::string ids() const {
    std::string ids = "0";
    for (MYSQL* mysql : links_) ids += "," + std::to_string(::mysql_thread_id(mysql));
    return ids;
  }
  void leave() {
    for (MYSQL* mysql : links_) ::mysql_close(mysql);
    links_.clear();
  }

 private:
  const PrivateMariadb& mariadb_;
  std::string user_, password_;
  std::vector<MYSQL*> links_;
};

class MailRefusedTest : public MailOutageTest {
 protected:
  explicit MailRefusedTest(const std::vector<std::string>& server_options = {})
      : MailOutageTest{Through::socket, {}, server_options} {}
  void lock(bool locked) {
    for (const char* host : {"localhost", "127.0.0.1"})
      mariadb.sql("ALTER USER maproom@'" + std::string{host} + "' ACCOUNT " + (locked ? "LOCK" : "UNLOCK"));
  }
  void set_password(const std::string& password) {
    for (const char* host : {"localhost", "127.0.0.1"})
      mariadb.sql("SET PASSWORD FOR maproom@'" + std::string{host} + "' = PASSWORD('" + password + "')");
  }
  /// Until the daemon has no connection left.
  void crowd_out(Crowd& crowd, unsigned error) {
    ASSERT_TRUE(wait_until([&] {
      EXPECT_EQ(crowd.fill(), error);
      kill_links(crowd.ids());
      EXPECT_EQ(crowd.fill(), error);
      return links_to_the_server(crowd.ids()) == 0;
    }));
  }
  void outage(unsigned error, Crowd& crowd) {
    crowd_out(crowd, error);
    flows_through_the_outage();
    EXPECT_GT(daemon.log_lines({"event=database_down", "(" + std::to_string(error) + ")"}), 0U) << daemon.log();
    EXPECT_EQ(links_to_the_server(crowd.ids()), 0);
    crowd.leave();
    recovers();
  }
};

TEST_F(MailRefusedTest, MailToKnownRecipientsFlowsWhileTheAccountIsLocked) {
  lock(true);
  kill_links();
  flows_through_the_outage();
  EXPECT_EQ(links_to_the_server(), 0);
  lock(false);
  recovers();
}

TEST_F(MailRefusedTest, MailToKnownRecipientsFlowsWhileThePasswordIsAnotherOne) {
  set_password("new");
  kill_links();
  flows_through_the_outage();
  EXPECT_GT(daemon.log_lines({"event=database_down", "(" + std::to_string(ER_ACCESS_DENIED_ERROR) + ")"}), 0U)
      << daemon.log();
  EXPECT_EQ(links_to_the_server(), 0);
  set_password("secret");
  recovers();
}

TEST_F(MailRefusedTest, AnotherPasswordIsUsedAfterAReload) {
  set_password("new");
  kill_links();
  flows_through_the_outage();
  auto text = read_text(daemon.config());
  text.replace(text.find("\"secret\""), 8, "\"new\"");
  std::ofstream{daemon.config()} << text;
  daemon.signal(SIGHUP);
  recovers();
}

TEST_F(MailRefusedTest, MailToKnownRecipientsFlowsWhileOthersHaveAllConnections) {
  mariadb.sql("CREATE USER crowd@localhost; SET GLOBAL max_connections = 20");
  Crowd crowd{mariadb, "crowd", ""};
  outage(ER_CON_COUNT_ERROR, crowd);
}

TEST_F(MailRefusedTest, MailToKnownRecipientsFlowsWhileTheAccountHasNoConnectionLeft) {
  mariadb.sql("ALTER USER maproom@localhost WITH MAX_USER_CONNECTIONS 15");
  Crowd crowd{mariadb, "maproom", "secret"};
  outage(ER_USER_LIMIT_REACHED, crowd);
}

class MailLimitTest : public MailRefusedTest {
 protected:
  // The server takes a limit for all accounts only if it had one when it started.
  MailLimitTest() : MailRefusedTest{{"--max-user-connections=1000"}} {}
};

TEST_F(MailLimitTest, MailToKnownRecipientsFlowsWhileEachAccountsLimitIsReached) {
  mariadb.sql("SET GLOBAL max_user_connections = 15");
  Crowd crowd{mariadb, "maproom", "secret"};
  outage(ER_TOO_MANY_USER_CONNECTIONS, crowd);
}

}  // namespace
}  // namespace maproom::test
