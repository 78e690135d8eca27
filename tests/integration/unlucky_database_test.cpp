// A database whose administrator kills, locks and forbids, and a Redis that has no room: what is there is never "not
// found", what is known is answered, and all is well again without a restart.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "integration/sample_world.hpp"
#include "support/wire.hpp"

namespace maproom::test {
namespace {

class UnluckyDatabase : public testing::Test {
 protected:
  UnluckyDatabase() {
    shared_mariadb().make_sample_database();
    shared_mariadb().sql(
        "CREATE TABLE box (name VARCHAR(255) PRIMARY KEY, folder VARCHAR(255)) ENGINE=InnoDB; INSERT INTO box SELECT "
        "CONCAT('user', seq, '@d.example'), CONCAT('box', seq) FROM seq_1_to_5000",
        "mail");
  }
  void configure(const std::string& more = {}) {
    daemon.configure("[mariadb]\nhosts = [\"unix:" + shared_mariadb().socket() + "\"]\npassword_file = \"" +
                     password_file + "\"\n" + more + "[maps.boxes]\nparameter = \"exact\"\nlisten = \"inet:127.0.0.1:" +
                     std::to_string(ports["boxes"]) + "\"\ndeadline = \"1 s\"\n" +
                     "query = \"SELECT folder FROM box WHERE name = '%s'\"\n[maps.slow]\nparameter = \"exact\"\n" +
                     "listen = \"inet:127.0.0.1:" + std::to_string(ports["slow"]) + "\"\n" +
                     "query = \"SELECT folder FROM box WHERE name = '%s' AND SLEEP(0.02) = 0\"\n");
  }
  [[nodiscard]] std::string ask(const std::string& map, const std::string& key) {
    return Wire{ports[map]}.ask_tcp(key);
  }
  [[nodiscard]] std::string ask_for(int number, const std::string& map = "boxes") {
    return ask(map, "user" + std::to_string(number) + "@d.example");
  }
  static std::string box(int number) { return "200 box" + std::to_string(number) + "\n"; }
  static bool is_temporary(const std::string& line) { return line.starts_with("400 "); }
  [[nodiscard]] bool soon(int number) {
    return wait_until([&] { return ask_for(number) == box(number); });
  }
  /// Statements again and again, until it is destroyed.
  class Loop {
   public:
    explicit Loop(std::string statements)
        : thread_{[this, statements = std::move(statements)] {
            while (!stop_) {
              shared_mariadb().sql(statements);
              ++rounds;
            }
          }} {}
    ~Loop() {
      stop_ = true;
      thread_.join();
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    std::atomic<int> rounds{0};

   private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
  };
  /// Keys that were not asked before, until the loop has had so many rounds. Each answer is right or temporary.
  void ask_while(const Loop& loop, const std::string& map) {
    int put_off = 0;
    int right = 0;
    for (int i = 1; loop.rounds < 40 && i <= 5'000; ++i) {
      const auto line = ask_for(i, map);
      if (line == box(i))
        ++right;
      else
        ++put_off;
      ASSERT_TRUE(line == box(i) || is_temporary(line)) << i << ": " << line;
    }
    std::printf("%d right, %d put off\n", right, put_off);
    EXPECT_GT(right, 0);
  }

  TempDir dir;
  const std::string password_file = dir.write("password", "secret\n");
  Ports ports;
  Daemon daemon;
};

TEST_F(UnluckyDatabase, ConnectionsThatAreKilledAgainAndAgainNeverMakeARowBeMissing) {
  configure();
  daemon.start();
  {
    const Loop loop{"KILL USER maproom"};
    ask_while(loop, "boxes");
  }
  EXPECT_TRUE(soon(5'000));
}

TEST_F(UnluckyDatabase, NorDoQueriesThatAreKilledInTheMiddle) {
  configure();
  daemon.start();
  {
    const Loop loop{"KILL QUERY USER maproom"};
    ask_while(loop, "slow");
  }
  EXPECT_TRUE(soon(5'000));
}

TEST_F(UnluckyDatabase, ALockedTableIsATemporaryErrorByTheDeadlineAndWhatIsKnownIsAnswered) {
  configure();
  daemon.start();
  EXPECT_EQ(ask_for(1), box(1));
  {
    Process locks{{"mariadb", "--no-defaults", "-uroot", "-S", shared_mariadb().socket(), "mail", "-e",
                   "LOCK TABLES box WRITE; SELECT SLEEP(600)"},
                  dir.path("log")};
    ASSERT_TRUE(wait_until([] {
      return shared_mariadb().sql(
                 "SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'SELECT SLEEP(600)'") == "1\n";
    }));
    EXPECT_EQ(ask_for(1), box(1));
    EXPECT_TRUE(is_temporary(ask_for(2)));
    EXPECT_TRUE(is_temporary(ask("boxes", "nobody@d.example"))) << "not known to be absent";
    locks.stop(SIGKILL);
    shared_mariadb().sql("KILL USER root@localhost", "");
  }
  EXPECT_TRUE(soon(2));
  EXPECT_EQ(ask("boxes", "nobody@d.example").substr(0, 4), "500 ");
}

TEST_F(UnluckyDatabase, AReadOnlyServerIsAllThatIsNeeded) {
  configure();
  daemon.start();
  shared_mariadb().sql("SET GLOBAL read_only = 1");
  EXPECT_EQ(ask_for(1), box(1));
  EXPECT_EQ(ask("boxes", "nobody@d.example").substr(0, 4), "500 ");
  shared_mariadb().sql("SET GLOBAL read_only = 0");
}

TEST_F(UnluckyDatabase, AChangedPasswordIsTemporaryUntilTheFileIsChangedAndReadAgain) {
  configure();
  daemon.start();
  EXPECT_EQ(ask_for(1), box(1));
  const auto set_password = [](const std::string& password) {
    shared_mariadb().sql("SET PASSWORD FOR maproom@localhost = PASSWORD('" + password + "')");
  };
  set_password("another");
  EXPECT_EQ(ask_for(2), box(2)) << "connections that stand go on";
  shared_mariadb().sql("KILL USER maproom");
  EXPECT_TRUE(wait_until([&] { return is_temporary(ask("boxes", "nobody@d.example")); }));
  EXPECT_EQ(ask_for(1), box(1)) << "what is known is answered";
  EXPECT_TRUE(wait_until([&] { return daemon.log_lines({"event=database_down", "Access denied"}) > 0; }));
  static_cast<void>(dir.write("password", "another\n"));
  EXPECT_EQ(daemon.run({"reload"}).status, 0);
  EXPECT_TRUE(soon(3));
  EXPECT_EQ(ask("boxes", "nobody@d.example").substr(0, 4), "500 ");
  set_password("secret");
}

TEST_F(UnluckyDatabase, ARedisWithoutRoomChangesNoAnswer) {
  const PrivateRedis redis{{"--maxmemory", "1mb", "--maxmemory-policy", "noeviction"}};
  configure("[redis]\nserver = \"unix:" + redis.socket() + "\"\nbudget = \"1 s\"\n");
  daemon.start();
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(ask_for(i), box(i));
  EXPECT_EQ(ask("boxes", "nobody@d.example").substr(0, 4), "500 ");
  EXPECT_TRUE(wait_until([&] { return daemon.log_lines({"event=redis_refused", "OOM"}) > 0; })) << daemon.log();
  // A new row is seen, and "not found" is not taken from there.
  EXPECT_EQ(daemon.run({"flush"}).status, 0);
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(ask_for(i), box(i));
  EXPECT_EQ(daemon.log_lines({"event=redis_down"}), 0U) << daemon.log();
}

}  // namespace
}  // namespace maproom::test
