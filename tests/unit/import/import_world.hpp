#pragma once
// A host for imports: a few files, and what its names stand for.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "maproom/import/plan.hpp"

namespace maproom::app {

inline imports::ImportWorld import_world() {
  static const std::string good = "dbname = mail\nquery = SELECT 1 FROM t WHERE a = '%s'\n";
  static const std::map<std::string, std::string> files{
      {"/a.cf", good},
      {"/b.cf", good},
      {"/c.cf", good},
      {"/d.cf", good},
      {"/e.cf", good},
      {"/f.cf", good},
      {"/etc/postfix/a.cf", good},
      {"/bare.cf", "dbname = mail\nquery = SELECT 1 FROM t WHERE a = %s\n"},
      {"/nodb.cf", "query = SELECT 1 FROM t WHERE a = '%s'\n"},
      {"/etc/postfix/virtual", "# local names\nroot@example.org joe@example.org\n"},
      {"/etc/aliases", "# See man 5 aliases\npostmaster: root\n"},
      {"/etc/mailname", "mail.example.org\n"},
      {"/patterns", "/^joe@/ ann@example.org\n"},
      {"/networks", "192.0.2.0/24 OK\n"},
      {"/back", "/^(joe)\\1@/ ann@example.org\n"},
      {"/etc/names", "one.example # and\ntwo.example\n"},
  };
  return {[](const std::string& path) -> Result<std::string> {
            const auto found = files.find(path);
            if (found == files.end()) return fail(Errc::invalid, path + ": cannot be read: No such file or directory");
            return found->second;
          },
          [](const std::string& word) -> std::vector<std::string> {
            if (word == "all") return {"192.0.2.1", "127.0.0.1"};
            if (word == "proxy.example") return {"198.51.100.1"};
            return {};
          },
          "/new",
          {}};
}

/// At compatibility level 3.6, and with inet_interfaces, unless `main_cf` is meant to be the whole of it (master null).
inline imports::ImportPlan planned(const std::string& main_cf, const char* master = "",
                                   const imports::AddressChoices& choices = {}) {
  const auto parameters = imports::PostfixParameters::by_itself(
      (master != nullptr ? "compatibility_level = 3.6\ninet_interfaces = 192.0.2.1\n" : "") + main_cf, "/etc/postfix",
      "host.example.net");
  EXPECT_TRUE(parameters) << (parameters ? "" : parameters.error().detail);
  auto world = import_world();
  world.choices = choices;
  return imports::make_plan(*parameters, imports::parse_master_cf(master != nullptr ? master : ""), world);
}

/// "NAME PORT TABLE..." a line.
inline std::string maps(const imports::ImportPlan& plan) {
  std::string out;
  for (const auto& map : plan.maps) {
    out += map.name + " " + std::to_string(map.port);
    for (const auto& table : map.tables)
      out += (table.is_file ? " " + std::string{to_string(table.kind)} + ":" : " ") + table.path;
    out += "\n";
  }
  return out;
}

inline const imports::Change* change_of(const imports::ImportPlan& plan, const std::string& parameter) {
  for (const auto& change : plan.changes)
    if (change.parameter == parameter) return &change;
  return nullptr;
}

inline std::string switched(const imports::ImportPlan& plan, const std::string& parameter) {
  const auto* const change = change_of(plan, parameter);
  return change == nullptr ? "(not switched)" : change->value;
}

inline std::string before(const imports::ImportPlan& plan, const std::string& parameter) {
  const auto* const change = change_of(plan, parameter);
  return change == nullptr ? "(not switched)" : change->before.value_or("(not set)");
}

}  // namespace maproom::app
