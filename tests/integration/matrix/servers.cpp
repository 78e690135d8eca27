#include "integration/matrix/servers.hpp"

#include <stdexcept>

#include "integration/feed_world.hpp"
#include "integration/matrix/case.hpp"

namespace maproom::test::matrix {

Servers::Servers(std::vector<std::string> options, bool replica) {
  run_command({"chmod", "755", files_.path()});
  const auto keys = files_.write("keys", "1;770A8A65DA156D24EE2A093277530142\n", 0644);
  auto all = binlog_options(replica ? 2 : 1);
  for (const auto& option : options) all.push_back(filled_in(option, {{"keys", keys}}));
  asked_ = std::make_unique<PrivateMariadb>(all);
  if (!replica) return;
  primary_ = std::make_unique<PrivateMariadb>(binlog_options(1));
  primary_->sql(
      "CREATE USER repl@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1'");
  asked_->sql(
      "RESET MASTER; CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = " + std::to_string(primary_->port()) +
      ", MASTER_USER = 'repl', MASTER_PASSWORD = 'secret', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = "
      "slave_pos; START SLAVE");
  catch_up();
}

void Servers::catch_up() {
  if (!primary_) return;
  auto position = primary_->sql("SELECT @@global.gtid_binlog_pos");
  position.pop_back();
  if (asked_->sql("SELECT MASTER_GTID_WAIT('" + position + "', 20)") != "0\n")
    throw std::runtime_error{"the replica stays behind: " + asked_->sql("SHOW SLAVE STATUS")};
}

}  // namespace maproom::test::matrix
