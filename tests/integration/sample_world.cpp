#include "integration/sample_world.hpp"

namespace maproom::test {

std::string sample_config(const PrivateMariadb& mariadb, const PrivateRedis* redis, Ports& ports,
                          const std::string& socketmap_path, const std::string& cache) {
  const auto listen = [&](const std::string& map) {
    return "[maps." + map + "]\nlisten = \"inet:127.0.0.1:" + std::to_string(ports[map]) + "\"\n";
  };
  std::string text =
      "[postfix]\nrecipient_delimiter = \"+-\"\nmyorigin = \"test.example\"\nmydestination = [\"test.example\"]\n";
  text += "[mariadb]\nhosts = [\"unix:" + mariadb.socket() + "\"]\npassword = \"secret\"\n";
  if (redis != nullptr) text += "[redis]\nserver = \"unix:" + redis->socket() + "\"\nbudget = \"1 s\"\n";
  text += "[cache]\n" + cache;
  text += "[socketmap]\nlisten = [\"inet:127.0.0.1:" + std::to_string(ports["socketmap"]) +
          "\", \"unix:" + socketmap_path + "\"]\n";
  text += listen("virtual_mailbox_domains") + "query = \"SELECT 1 FROM domain WHERE domain = '%s' AND active = 1\"\n";
  text += listen("virtual_alias_maps") + R"(tables = [
    { query = "SELECT goto FROM alias WHERE address = '%s' AND active = 1" },
    { query = "SELECT alias.goto FROM alias JOIN mr_alias_domain ON mr_alias_domain.alias_domain = '%d' AND alias.address = CONCAT('%u', '@', mr_alias_domain.target_domain) WHERE alias.active = 1 AND mr_alias_domain.active" },
  ]
)";
  text += listen("transport_maps") +
          "query = \"SELECT CONCAT(transport, ':', nexthop) FROM mr_transport WHERE pattern = '%s' AND active\"\n";
  text += listen("mynetworks") +
          "query = \"SELECT action FROM mr_network WHERE list = 'mynetworks' AND active AND INET6_ATON(IF('%s' LIKE "
          "'%%:%%', "
          "'%s', CONCAT('::ffff:', '%s'))) BETWEEN first_addr AND last_addr ORDER BY prefix_len DESC LIMIT 1\"\n";
  text += listen("virtual_mailbox_maps") + "query = \"SELECT 1 FROM mailbox WHERE username = '%s' AND active = 1\"\n";
  text += listen("relay_domains") + "query = \"SELECT 1 FROM mr_relay_domain WHERE domain = '%s' AND active\"\n";
  text += listen("relay_recipient_maps") +
          "query = \"SELECT action FROM mr_relay_recipient WHERE address = '%s' AND active\"\n";
  text += listen("smtp_tls_policy_maps") + R"(tables = [
    { query = "SELECT policy, params FROM mr_tls_policy WHERE destination = '%s' AND active" },
    { query = "SELECT policy, params FROM tlspolicies WHERE domain = '%s'" },
  ]
)";
  return text;
}

std::string table_of(const std::string& map, const std::string& protocol, Ports& ports,
                     const std::string& socketmap_path) {
  if (protocol == "tcp") return "tcp:127.0.0.1:" + std::to_string(ports[map]);
  if (protocol == "socketmap-inet") return "socketmap:inet:127.0.0.1:" + std::to_string(ports["socketmap"]) + ":" + map;
  return "socketmap:unix:" + socketmap_path + ":" + map;
}

PrivateMariadb& shared_mariadb() {
  static PrivateMariadb server;
  return server;
}

}  // namespace maproom::test
