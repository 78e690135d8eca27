#include "maproom/import/addresses.hpp"

#include "maproom/import/words.hpp"
#include "parameter_facts.hpp"

namespace maproom::imports {
namespace {

/// inet_protocols (postconf(5)); a word that Postfix does not know stops it, so it does not matter here.
Families families_of(std::string_view inet_protocols) {
  Families found{false, false};
  for (const auto& word : split_words(inet_protocols)) {
    found.ipv4 = found.ipv4 || word.text == "ipv4" || word.text == "all";
    found.ipv6 = found.ipv6 || word.text == "ipv6" || word.text == "all";
  }
  return found.ipv4 || found.ipv6 ? found : Families{};
}

}  // namespace

std::string Addresses::socket_folder() const { return prefix.empty() ? "maproom" : "maproom-" + prefix; }

std::string Addresses::socketmap() const {
  if (via == Via::socketmap_unix) return "unix:" + queue_directory + "/" + socket_folder() + "/socketmap";
  return "inet:" + host + ":" + std::to_string(base_port + socketmap_offset);
}

std::string Addresses::password_folder() const { return socket_folder() + "-passwords"; }

std::string Addresses::password_word(const std::string& map) const {
  return "socketmap:unix:" + password_folder() + "/socketmap:" + map;
}

std::string Addresses::map_name(std::string_view name) const {
  return (prefix.empty() ? std::string{} : prefix + "_") + std::string{name};
}

std::string Addresses::control() const {
  return prefix.empty() ? std::string{} : "/run/maproom-" + prefix + "/control";
}

std::string Addresses::word(const std::string& map, int port) const {
  if (port != 0) return "tcp:" + host + ":" + std::to_string(port);
  return "socketmap:" + (via == Via::socketmap_unix ? "unix:" + socket_folder() + "/socketmap" : socketmap()) + ":" +
         map;
}

Families common_families(const PostfixParameters& parameters, const std::vector<Service>& services) {
  auto common = families_of(parameters.value("inet_protocols"));
  for (const auto& service : services)
    for (const auto& [name, value] : service.parameters) {
      if (name != "inet_protocols") continue;
      const auto expanded = parameters.expand(value);
      const auto own = families_of(expanded ? expanded->text : value);
      common.ipv4 = common.ipv4 && own.ipv4;
      common.ipv6 = common.ipv6 && own.ipv6;
    }
  return common;
}

Addresses choose_addresses(const PostfixParameters& parameters, const std::vector<Service>& services,
                           const AddressChoices& choices, std::vector<std::string>& warnings) {
  Addresses chosen;
  chosen.via = choices.via.value_or(Via::tcp);
  chosen.base_port = choices.base_port;
  chosen.prefix = choices.prefix;
  if (auto directory = parameters.value("queue_directory"); directory.starts_with('/'))
    chosen.queue_directory = std::move(directory);
  // Its processes have the primary group of this user, which bears the same name wherever it is made by a package.
  if (auto owner = parameters.value("mail_owner"); !owner.empty()) chosen.postfix_group = std::move(owner);
  const auto common = common_families(parameters, services);
  if (common.ipv4) return chosen;
  chosen.host = "[::1]";
  if (common.ipv6 || chosen.via == Via::socketmap_unix) return chosen;
  chosen.host = "127.0.0.1";
  chosen.via = Via::socketmap_unix;
  std::string who = "inet_protocols = " + parameters.value("inet_protocols");
  for (const auto& service : services)
    for (const auto& [name, value] : service.parameters)
      if (name == "inet_protocols") who += ", " + service.name + "/" + service.type + " sets " + value;
  warnings.push_back("inet_protocols: no address of this host can be reached by all services (" + who +
                     "): the maps get a Unix socket");
  return chosen;
}

}  // namespace maproom::imports
