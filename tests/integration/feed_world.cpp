#include "integration/feed_world.hpp"

#include <nlohmann/json.hpp>

#include "support/wire.hpp"

namespace maproom::test {

std::vector<std::string> binlog_options(int server_id) {
  return {"--log-bin=mysql-bin", "--server-id=" + std::to_string(server_id),
          "--binlog-format=ROW", "--binlog-row-image=FULL",
          "--sync-binlog=0",     "--log-slave-updates=ON",
          "--gtid-domain-id=0"};
}

void make_followed_database(const PrivateMariadb& mariadb) {
  mariadb.sql(R"(
DROP DATABASE IF EXISTS mail;
CREATE DATABASE mail CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE mail.mailbox (username VARCHAR(255) NOT NULL PRIMARY KEY, maildir VARCHAR(255), active TINYINT NOT NULL DEFAULT 1,
  size BIGINT NULL) ENGINE=InnoDB;
CREATE TABLE mail.alias (address VARCHAR(255) NOT NULL PRIMARY KEY, goto LONGTEXT, active TINYINT NOT NULL DEFAULT 1) ENGINE=InnoDB;
CREATE TABLE mail.parent (id INT PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE mail.child (name VARCHAR(64) PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES mail.parent (id) ON DELETE CASCADE) ENGINE=InnoDB;
CREATE TABLE mail.numbers (id INT PRIMARY KEY, n INT) ENGINE=InnoDB;
INSERT INTO mail.mailbox (username, maildir) VALUES ('joe@d.example', 'joe/'), ('ann@d.example', 'ann/'), ('jorg@d.example', 'jorg/');
INSERT INTO mail.alias (address, goto) VALUES ('info@d.example', 'joe@d.example'), ('@catch.example', 'ann@d.example');
INSERT INTO mail.parent VALUES (1); INSERT INTO mail.child VALUES ('kid', 1); INSERT INTO mail.numbers VALUES (1, 10);
)");
  for (const char* host : {"localhost", "127.0.0.1"})
    mariadb.sql("CREATE USER IF NOT EXISTS maproom@'" + std::string{host} +
                "' IDENTIFIED BY 'secret'; GRANT SELECT ON mail.* TO maproom@'" + host +
                "'; GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO maproom@'" + host + "'");
}

Followed::Followed(const Wish& wish) {
  std::string toml = "[postfix]\nrecipient_delimiter = \"+\"\n[mariadb]\nhosts = [" +
                     (wish.hosts.empty() ? "\"unix:" + wish.mariadb.socket() + "\"" : wish.hosts) +
                     "]\npassword = \"secret\"\n" + (wish.user.empty() ? "" : "user = \"" + wish.user + "\"\n") +
                     (wish.database.empty() ? "" : "database = \"" + wish.database + "\"\n") + "[cache]\n" +
                     (wish.cache.find("keys_memory") == std::string::npos ? "keys_memory = \"0 B\"\n" : "") +
                     wish.cache + "\n[feed]\nbinlog = true\n" + wish.feed + "\n";
  if (wish.redis != nullptr) toml += "[redis]\nserver = \"unix:" + wish.redis->socket() + "\"\n";
  const auto listen = [this](const std::string& map) {
    return "listen = \"inet:127.0.0.1:" + std::to_string(ports[map]) + "\"\n";
  };
  toml += "[maps.mailboxes]\nparameter = \"virtual_mailbox_maps\"\n" + listen("mailboxes") +
          "query = \"SELECT maildir FROM mailbox WHERE username = '%s' AND active = 1\"\n";
  toml += "[maps.aliases]\nparameter = \"virtual_alias_maps\"\n" + listen("aliases") +
          "query = \"SELECT goto FROM alias WHERE address = '%s' AND active = 1\"\n";
  toml += wish.maps;
  daemon.configure(toml);
}

void Followed::start() {
  daemon.start();
  if (!wait_healthy()) throw std::runtime_error{"the feed does not become healthy: " + daemon.log()};
}

std::string Followed::feed(const std::string& name) const {
  const auto status = nlohmann::json::parse(daemon.run({"status", "--json"}).out);
  const auto& value = status.at("feed").at(name);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool Followed::healthy() const { return feed("healthy") == "true" && feed("layout_known") == "true"; }
bool Followed::wait_healthy() const {
  return wait_until([this] { return healthy(); });
}

Judged Followed::ask(const std::string& map, const std::string& key) {
  return postmap_.query(key, "tcp:127.0.0.1:" + std::to_string(ports[map]));
}

std::string metric(const Daemon& daemon, const std::string& name) {
  Wire wire{daemon.path("control")};
  wire.send("GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  for (auto line = wire.line(); !line.empty(); line = wire.line())
    if (line.starts_with(name + ' ')) return line.substr(name.size() + 1);
  return "none";
}

}  // namespace maproom::test
