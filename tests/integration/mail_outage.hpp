#pragma once
// Real mail through an outage of MariaDB that outlasts every time to live: what was known is taken and arrives, from
// clients and senders never seen before; what was not known is put off, and nobody is refused who would not have been.
// Each kind of outage has a test program of its own, so that they run side by side. The maps keep the domains of their
// keys alone, so that an unknown recipient is asked for; layout_outage_test has whole keys.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "integration/feed_world.hpp"
#include "integration/sample_world.hpp"
#include "support/private_postfix.hpp"
#include "support/smtp.hpp"
#include "support/sql_gate.hpp"

namespace maproom::test {

class MailOutageTest : public testing::Test {
 protected:
  enum class Through : bool { socket, gate };
  /// `each_map`: a line for each map's section; `server_options`: further ones of mariadbd.
  explicit MailOutageTest(Through through = Through::socket, std::string each_map = {},
                          const std::vector<std::string>& server_options = {});
  void SetUp() override;

  /// Mail to a mailbox, through an alias and to a relayed domain is taken and arrives, and a known client's to
  /// anywhere.
  void goes_where_the_tables_say();
  /// Until the daemon knows of the outage that has just begun, and everything cached is past its time to live.
  void wait_for_the_outage();
  /// What must hold as long as it lasts.
  void flows_through_the_outage();
  /// It has ended: everything is as it was, and changes are seen.
  void recovers();
  SmtpReply try_recipient(const std::string& recipient);
  /// Connections of the daemon that the server has; `others`: ids of those that bear its name and are somebody else's.
  [[nodiscard]] int links_to_the_server(const std::string& others = "0") const;
  /// Ends them.
  void kill_links(const std::string& others = "0") const;
  /// As root. The connection that is kept for root beside all others is taken for a moment by each that is refused.
  [[nodiscard]] std::string sql_in_a_crowd(const std::string& statement) const;

  PrivateMariadb mariadb;
  SqlGate gate{mariadb.port()};
  SmtpSink mailbox, relay;
  Ports ports;
  Daemon daemon;
  std::unique_ptr<PrivatePostfix> postfix;

 private:
  [[nodiscard]] bool knows_all_keys(const std::string& map) const;
  std::string deliver(const std::string& recipient);
  void arrives(SmtpSink& sink, const std::string& subject, const std::vector<std::string>& recipients);
  const Through through_;
  const std::string each_map_;
  int count_ = 0;
};

}  // namespace maproom::test
