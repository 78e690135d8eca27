#pragma once
// The site of the two-Postfix harness: the database, the sinks, the mysql_table(5) files, the daemon that answers from
// them, and Postfix instances whose main.cf differ in the tables alone.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "integration/sample_world.hpp"
#include "integration/two_postfix_maps.hpp"
#include "integration/two_postfix_outcome.hpp"
#include "integration/two_postfix_patterns.hpp"
#include "maproom/map/profile.hpp"
#include "support/process.hpp"

namespace maproom::test::two_postfix {

/// A main.cf, and Maproom's mirror of it.
struct Variant {
  std::string name;
  std::string recipient_delimiter = "+-";
  bool smtputf8 = true;
  bool owner_request_special = true;
  std::string propagate = "canonical, virtual";
  std::string plain_parents = {};  ///< parent_domain_matches_subdomains; empty: the default
  bool star = false;
  bool routing_operators = true;  ///< swap_bangpath, allow_percent_hack
  bool every_row = false;
  std::map<std::string, std::string> main_cf = {};  ///< what else is different
};

inline std::ostream& operator<<(std::ostream& out, const Variant& variant) { return out << variant.name; }

/// One server for all variants.
inline PrivateMariadb& database() {
  static PrivateMariadb server{{"--max-connections=2000"}};
  return server;
}

/// One sink for all instances; the others wait on further loopback addresses, same port.
struct Sinks {
  SmtpSink plain{"127.0.0.1", 0, {"AUTH PLAIN"}};
  SmtpSink parent{"127.1.2.3", plain.port()};
  SmtpSink own_row{"127.0.0.7", plain.port()};
  SmtpSink no_row{"127.0.0.8", plain.port(), {"AUTH PLAIN"}};

  [[nodiscard]] std::vector<SunkMessage> messages() {
    std::vector<SunkMessage> all;
    for (auto* sink : {&plain, &parent, &own_row, &no_row})
      for (const auto& message : sink->messages()) all.push_back(message);
    return all;
  }
};

inline const std::map<std::string, std::string> common_main_cf{
    {"mynetworks", "{mynetworks}"},
    {"mydestination", "{mydestination}"},
    {"inet_interfaces", "127.0.0.1, ::1"},
    {"inet_protocols", "all"},
    {"proxy_interfaces", "192.0.2.25"},
    {"smtp_address_preference", "ipv4"},
    {"virtual_alias_maps", "{virtual_alias_maps}"},
    {"virtual_alias_domains", "{virtual_alias_domains}"},
    {"virtual_mailbox_domains", "{virtual_mailbox_domains}"},
    {"virtual_mailbox_maps", "{virtual_mailbox_maps}"},
    {"relay_domains", "{relay_domains}"},
    {"relay_recipient_maps", "{relay_recipient_maps}"},
    {"local_recipient_maps", "{local_recipient_maps}"},
    {"transport_maps", "{transport_maps}"},
    {"canonical_maps", "{canonical}"},
    {"sender_canonical_maps", "{sender_canonical}"},
    {"recipient_canonical_maps", "{recipient_canonical}"},
    {"sender_bcc_maps", "{sender_bcc}"},
    {"recipient_bcc_maps", "{recipient_bcc}"},
    {"relocated_maps", "{relocated}"},
    {"sender_dependent_relayhost_maps", "{sender_relayhost}"},
    {"sender_dependent_default_transport_maps", "{sender_transport}"},
    {"smtpd_sender_login_maps", "{login_maps}"},
    {"smtpd_sasl_auth_enable", "yes"},
    {"smtp_generic_maps", "{generic}"},
    {"smtp_tls_policy_maps", "{tls_policy}"},
    {"smtp_sasl_password_maps", "{sasl_password}"},
    {"smtp_sasl_auth_enable", "yes"},
    {"smtp_sasl_security_options", ""},
    {"smtp_sender_dependent_authentication", "yes"},
    {"mailbox_transport_maps", "{mailbox_transport}"},
    {"fallback_transport_maps", "{fallback_transport}"},
    {"fast_flush_domains", "{fast_flush}"},
    {"smtpd_client_event_limit_exceptions", "{event_exceptions}"},
    {"smtpd_authorized_xclient_hosts", "127.0.0.1"},
    {"smtpd_relay_restrictions", "permit_mynetworks, reject_unauth_destination"},
    {"smtpd_recipient_restrictions",
     "check_client_access {client_access}, check_reverse_client_hostname_access {reverse_access}, check_helo_access "
     "{helo_access}, check_sasl_access {sasl_access}, check_sender_access {sender_access}, check_recipient_access "
     "{recipient_access}, reject_sender_login_mismatch"},
    {"smtpd_etrn_restrictions", "check_etrn_access {etrn_access}"},
    {"local_header_rewrite_clients", "static:all"},
    {"local_transport", "tlocal:local-hop"},
    {"virtual_transport", "tvirtual"},
    {"relay_transport", "trelay"},
    {"default_transport", "tdefault"},
    {"enable_long_queue_ids", "yes"},
    {"notify_classes", ""},
    // All of one client, all at once, all refused: none of it is to make Postfix slower.
    {"smtpd_error_sleep_time", "0"},
    {"smtpd_soft_error_limit", "100000"},
    {"smtpd_hard_error_limit", "100000"},
    {"smtpd_junk_command_limit", "100000"},
    {"in_flow_delay", "0"},
    {"anvil_rate_time_unit", "1h"},
    // What is deferred is looked at once.
    {"queue_run_delay", "1h"},
    {"minimal_backoff_time", "1h"},
    {"maximal_backoff_time", "2h"},
};

inline std::string toml_list(const std::vector<std::string>& items) {
  std::string all;
  for (const auto& item : items) all += (all.empty() ? "\"" : ", \"") + item + "\"";
  return "[" + all + "]";
}

inline bool is_client_list(const std::string& parameter) {
  return std::set<std::string>{"mynetworks", "smtpd_client_event_limit_exceptions", "smtpd_authorized_xclient_hosts",
                               "smtpd_authorized_xforward_hosts"}
      .contains(parameter);
}

inline bool is_access(const std::string& parameter) { return parameter.starts_with("check_"); }

/// Where a pattern table in front of a list stays in main.cf, as `maproom import` leaves it: in lists that Postfix
/// walks word by word, and where it asks one form of each address.
inline bool stays_in_front(const std::string& parameter) {
  const auto kind = map::profile_of(parameter, {}).value().kind;
  return kind == map::ProfileKind::address_x || kind == map::ProfileKind::exact ||
         kind == map::ProfileKind::domain_tree || kind == map::ProfileKind::client_list;
}

/// The database, the sinks, the mysql_table(5) files and the daemon that answers from them.
class Site {
 public:
  explicit Site(const Variant& variant, Order order = Order::sql_alone)
      : variant_{variant}, maps_{tested_maps(variant.star)} {
    database().make_sample_database();
    database().sql(rows(sinks.plain.port()), "mail");
    make_password_folder();
    std::string toml = postfix_section() +
                       "[socketmap]\nlisten = [\"inet:127.0.0.1:" + std::to_string(ports_["socketmap"]) +
                       "\"]\npasswords = \"unix:" + password_socket() + "\"\n";
    for (const auto& map : maps_) {
      auto& tables = tables_[map.name];
      for (const auto& query : map.queries) tables.push_back({"mysql", mysql_table(map.name, tables.size(), query)});
      // Each file as a map of its own: how it must not be done.
      for (std::size_t i = 0; tables.size() > 1 && i < tables.size(); ++i)
        toml += section(map.name + "_" + std::to_string(i), map.parameter, {tables[i]});
      mix(map.name, order);
      if (is_access(map.parameter)) {
        // Each is a restriction of its own, and those of patterns stay.
        for (const auto& table : tables)
          if (table.type == "mysql") toml += section(map.name, map.parameter, {table});
        continue;
      }
      toml += section(map.name, map.parameter, tables);
      if (const auto rest = behind_the_front(map); rest.size() < tables.size())
        toml += section(map.name + "_rest", map.parameter, rest);
    }
    daemon.configure(toml);
    daemon.start();
  }

  /// {name} in each value becomes that map's table.
  [[nodiscard]] std::map<std::string, std::string> with_tables(std::map<std::string, std::string> main_cf,
                                                               const std::string& protocol) {
    for (auto& [name, value] : main_cf) value = with_tables(value, protocol);
    return main_cf;
  }
  [[nodiscard]] std::string with_tables(std::string text, const std::string& protocol) {
    for (const auto& map : maps_)
      for (auto at = text.find("{" + map.name + "}"); at != std::string::npos; at = text.find("{" + map.name + "}"))
        text.replace(at, map.name.size() + 2, words_of(map, protocol));
    return text;
  }
  [[nodiscard]] std::string tcp_table(const std::string& map) { return "tcp:127.0.0.1:" + std::to_string(ports_[map]); }

  Sinks sinks;
  Daemon daemon;

 private:
  struct Table {
    std::string type, path;
    [[nodiscard]] std::string word() const { return type + ":" + path; }
  };

  /// Pattern tables in their places of the list.
  void mix(const std::string& map, Order order) {
    const auto table_of = [&](const Patterns& patterns, const std::string& place) {
      std::vector<Table> one;
      if (!patterns.lines.empty()) one.push_back({patterns.type, dir_.write(map + "." + place, patterns.lines, 0644)});
      return one;
    };
    auto& tables = tables_[map];
    const auto insert = [&tables](std::size_t at, const std::vector<Table>& one) {
      tables.insert(tables.begin() + static_cast<std::ptrdiff_t>(at), one.begin(), one.end());
    };
    if (order == Order::behind) insert(tables.size(), table_of(last_patterns(map), "last"));
    if (order == Order::around) insert(1, table_of(last_patterns(map), "last"));
    if (order == Order::front || order == Order::around) insert(0, table_of(first_patterns(map), "first"));
  }
  /// What a map has to answer where the patterns in front stay in main.cf.
  [[nodiscard]] std::vector<Table> behind_the_front(const TestedMap& map) const {
    auto rest = tables_.at(map.name);
    if (stays_in_front(map.parameter) && rest.front().type != "mysql") rest.erase(rest.begin());
    return rest;
  }

  [[nodiscard]] std::string socketmap_table(const std::string& map) {
    return "socketmap:inet:127.0.0.1:" + std::to_string(ports_["socketmap"]) + ":" + map;
  }
  [[nodiscard]] std::string served(const TestedMap& map, const std::string& name, const std::string& protocol) {
    if (map::holds_passwords(map.parameter)) return "socketmap:unix:" + password_socket() + ":" + name;
    return protocol == "tcp" ? tcp_table(name) : socketmap_table(name);
  }
  [[nodiscard]] std::string words_of(const TestedMap& map, const std::string& protocol) {
    const auto& tables = tables_.at(map.name);
    std::vector<std::string> words;
    if (protocol == "mysql") {
      for (const auto& table : tables) words.push_back(table.word());
    } else if (is_access(map.parameter)) {
      for (const auto& table : tables)
        words.push_back(table.type == "mysql" ? served(map, map.name, protocol) : table.word());
    } else if (const auto rest = behind_the_front(map); protocol == "tcp" && rest.size() < tables.size()) {
      words = {tables.front().word(), served(map, map.name + "_rest", protocol)};
    } else {
      words = {served(map, map.name, protocol)};
    }
    const auto between = is_access(map.parameter) ? ", " + map.parameter + " " : std::string{","};
    std::string all;
    for (const auto& word : words) all += (all.empty() ? "" : between) + word;
    return all;
  }
  [[nodiscard]] std::string section(const std::string& map, const std::string& parameter,
                                    const std::vector<Table>& tables) {
    std::string all = "[maps." + map + "]\nparameter = \"" + parameter + "\"\ntables = [";
    for (const auto& table : tables)
      all += "{ " + (table.type == "mysql" ? "mysql_table" : table.type) + " = \"" + table.path + "\" }, ";
    all += "]\n";
    if (!map::holds_passwords(parameter)) all += "listen = \"inet:127.0.0.1:" + std::to_string(ports_[map]) + "\"\n";
    // Its default, that a host name is never found, is what mysql: does not do.
    return all + (is_client_list(parameter) ? "addresses_only = false\n" : "");
  }
  [[nodiscard]] std::string password_socket() const { return dir_.path("passwords") + "/socketmap"; }
  void make_password_folder() const {
    const auto folder = dir_.path("passwords");
    std::filesystem::create_directory(folder);
    run_command({"chgrp", "postfix", folder});
    run_command({"chmod", "0750", folder});
  }
  [[nodiscard]] std::string mysql_table(const std::string& map, std::size_t number, const std::string& query) const {
    return dir_.write(map + "_" + std::to_string(number) + ".cf",
                      "hosts = inet:127.0.0.1:" + std::to_string(database().port()) +
                          "\nuser = maproom\npassword = secret\ndbname = mail\nquery = " + query +
                          "\nexpansion_limit = 1\n",
                      0644);
  }
  [[nodiscard]] std::string postfix_section() const {
    const auto boolean = [](bool value) { return value ? "true\n" : "false\n"; };
    return "[postfix]\nrecipient_delimiter = \"" + variant_.recipient_delimiter +
           "\"\nsmtputf8_enable = " + boolean(variant_.smtputf8) +
           "owner_request_special = " + boolean(variant_.owner_request_special) +
           "swap_bangpath = " + boolean(variant_.routing_operators) +
           "allow_percent_hack = " + boolean(variant_.routing_operators) + "propagate_unmatched_extensions = \"" +
           variant_.propagate + "\"\n" +
           (variant_.plain_parents.empty()
                ? ""
                : "parent_domain_matches_subdomains = \"" + variant_.plain_parents + "\"\n") +
           "myorigin = \"test.example\"\ninet_interfaces = \"127.0.0.1, ::1\"\nproxy_interfaces = \"192.0.2.25\"\n" +
           "mydestination = " + toml_list(keys_of("mydestination")) + "\n";
  }

  const Variant& variant_;
  std::vector<TestedMap> maps_;
  TempDir dir_;
  Ports ports_;
  std::map<std::string, std::vector<Table>> tables_;
};

/// A Postfix with the variant's main.cf, and smtpd(8)s for what the usual one cannot show.
class Instance {
 public:
  /// `tag` names it; `others`: what is different from the variant's main.cf.
  Instance(Site& site, const Variant& variant, const std::string& tag, const std::string& protocol,
           const std::map<std::string, std::string>& others = {})
      : tag_{tag} {
    auto main_cf = common_main_cf;
    main_cf["recipient_delimiter"] = variant.recipient_delimiter;
    main_cf["smtputf8_enable"] = variant.smtputf8 ? "yes" : "no";
    main_cf["owner_request_special"] = variant.owner_request_special ? "yes" : "no";
    main_cf["swap_bangpath"] = main_cf["allow_percent_hack"] = variant.routing_operators ? "yes" : "no";
    main_cf["propagate_unmatched_extensions"] = variant.propagate;
    if (!variant.plain_parents.empty()) main_cf["parent_domain_matches_subdomains"] = variant.plain_parents;
    main_cf["smtp_tcp_port"] = std::to_string(site.sinks.plain.port());
    for (const auto& [name, value] : variant.main_cf) main_cf[name] = value;
    for (const auto& [name, value] : others) main_cf[name] = value;
    const auto smtpd = [&](const std::string& service, const std::string& options) {
      ports_[service] = free_port();
      return "127.0.0.1:" + std::to_string(ports_[service]) + " inet n - n - - smtpd " + options + "\n";
    };
    const auto postscreen = [&](const std::string& options) {
      ports_["postscreen"] = free_port();
      return "127.0.0.1:" + std::to_string(ports_["postscreen"]) + " inet n - n - 1 postscreen " + options +
             " -o postscreen_denylist_action=drop -o postscreen_greet_wait=1s\nsmtpd pass - - n - - smtpd\n";
    };
    services_ = transports() +
                smtpd("limited", "-o smtpd_authorized_xclient_hosts= -o smtpd_client_message_rate_limit=1") +
                postscreen(site.with_tables("-o postscreen_access_list={postscreen}", protocol)) +
                smtpd("xclient", site.with_tables("-o smtpd_authorized_xclient_hosts={xclient_hosts}", protocol)) +
                smtpd("xforward", site.with_tables("-o smtpd_authorized_xforward_hosts={xforward_hosts}", protocol));
    main_cf_ = site.with_tables(main_cf, protocol);
  }

  /// From start to stop, so that the instances need not wait for each other.
  void run(const std::vector<Dialogue>& dialogues) {
    try {
      const PrivatePostfix postfix{main_cf_, services_};
      ports_["smtp"] = postfix.port();
      outcomes_ = hold(dialogues, ports_, tag_);
      settle(outcomes_, postfix);
    } catch (const std::exception& error) {
      error_ = tag_ + ": " + error.what();
    }
  }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::vector<Outcome>& outcomes() { return outcomes_; }
  [[nodiscard]] const std::string& tag() const { return tag_; }

 private:
  std::string tag_;
  ServicePorts ports_;
  std::map<std::string, std::string> main_cf_;
  std::string services_;
  std::vector<Outcome> outcomes_;
  std::string error_;
};

using Instances = std::vector<std::unique_ptr<Instance>>;

inline void run_all(Site& site, const std::vector<Dialogue>& dialogues, Instances& instances) {
  std::vector<std::thread> threads;
  for (auto& instance : instances) threads.emplace_back([&] { instance->run(dialogues); });
  for (auto& thread : threads) thread.join();
  for (auto& instance : instances) {
    if (!instance->error().empty()) throw std::runtime_error{instance->error()};
    add_sunk(instance->outcomes(), site.sinks.messages(), instance->tag());
  }
}

/// What the first one did is right.
inline void expect_same_outcomes(const std::vector<Dialogue>& dialogues, Instances& instances) {
  auto& right = *instances.front();
  for (std::size_t other = 1; other < instances.size(); ++other) {
    int different = 0;
    for (std::size_t i = 0; i < dialogues.size(); ++i) {
      if (right.outcomes()[i] == instances[other]->outcomes()[i] || ++different > 10) continue;
      ADD_FAILURE() << right.tag() << ": " << describe(dialogues[i], right.outcomes()[i]) << instances[other]->tag()
                    << ": " << describe(dialogues[i], instances[other]->outcomes()[i]);
    }
    EXPECT_EQ(different, 0) << "of " << dialogues.size() << " dialogues over " << instances[other]->tag();
  }
}

}  // namespace maproom::test::two_postfix
