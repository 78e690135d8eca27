#include "maproom/commands/stored_values.hpp"

#include <algorithm>
#include <array>

#include "maproom/commands/verify/text_keys.hpp"
#include "maproom/config/main_cf_syntax.hpp"
#include "maproom/core/fold.hpp"
#include "maproom/core/ip_address.hpp"
#include "maproom/core/logical_lines.hpp"

namespace maproom::commands {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// trivial-rewrite takes what stands before the first colon for a transport, a service of master.cf.
std::optional<std::string> judge_transport(std::string_view value, bool virtual_is_wrong) {
  if (virtual_is_wrong && (value == "virtual" || value.starts_with("virtual:")))
    return "sends mail to virtual(8), which is ViMbAdmin's default for domain.transport; for LMTP store the transport "
           "of main.cf's virtual_transport, or take these domains out of the table";
  const auto name = value.substr(0, value.find(':'));
  const auto rest = value.substr(std::min(name.size() + 1, value.size()));
  // A service's name may have a dot; with a port behind it, or nothing, it is a host's.
  const bool host = name.find('.') != std::string_view::npos && (rest.empty() || all_digits(rest));
  if (name.starts_with('[') || parse_ip_address(name) || host)
    return "has no transport: Postfix takes \"" + shortened(name) +
           "\" for one, which master.cf lacks, and mail waits; write smtp:" + shortened(value) +
           " (or relay:, as main.cf's relay_transport)";
  return std::nullopt;
}

/// A host with an optional port, and no transport before it.
std::optional<std::string> judge_relayhost(std::string_view value) {
  const auto colon = value.find(':');
  if (colon == std::string_view::npos || value.starts_with('[')) return std::nullopt;
  const auto name = value.substr(0, colon);
  const auto rest = value.substr(colon + 1);
  const bool transport =
      name.empty() || (name.find('.') == std::string_view::npos &&
                       (rest.starts_with('[') || rest.find_first_of(".:") != std::string_view::npos));
  if (!transport) return std::nullopt;
  return "is a transport, and this parameter takes a host: Postfix looks for a host \"" + shortened(name) +
         "\", and mail waits; write " + shortened(rest) +
         ", or use sender_dependent_default_transport_maps for transports";
}

/// sender_dependent_relayhost_maps: one or more of them, with commas or blanks between (Postfix 3.5 and later).
std::optional<std::string> judge_relayhosts(std::string_view value) {
  for (const auto& host : config::split_list(value))
    if (auto wrong = judge_relayhost(host)) return wrong;
  return std::nullopt;
}

/// smtpd takes the first word for an action or a restriction; of one that it does not know it makes a 451.
std::optional<std::string> judge_action(std::string_view value) {
  const auto words = config::split_list(value);
  if (words.empty()) return std::nullopt;
  const auto& first = words.front();
  if (first.find('@') == std::string::npos && !parse_ip_address(first)) return std::nullopt;
  return "is an address and no action, and Postfix answers 451 to such mail; select OK, REJECT or another action of "
         "access(5)";
}

std::optional<std::string> judge_tls_policy(std::string_view value) {
  const auto words = config::split_list(value);
  if (words.empty()) return std::nullopt;
  static constexpr auto levels = std::to_array<std::string_view>(
      {"none", "may", "encrypt", "fingerprint", "half-dane", "dane", "dane-only", "verify", "secure"});
  const auto is_one_of = [](std::string_view word, const auto& known) {
    return std::any_of(known.begin(), known.end(), [&](auto each) { return equals_ignoring_ascii_case(word, each); });
  };
  const std::string then = ", which Postfix refuses, and mail to there waits";
  if (!is_one_of(words.front(), levels))
    return "begins with \"" + shortened(words.front()) + "\"" + then +
           "; expected none, may, encrypt, dane, dane-only, fingerprint, verify or secure";
  // Of attributes without TLS Postfix warns ("ignoring attribute"), and delivers.
  if (equals_ignoring_ascii_case(words.front(), "none")) return std::nullopt;
  if (value.find('{') != std::string_view::npos) return std::nullopt;
  static constexpr auto attributes = std::to_array<std::string_view>(
      {"ciphers", "connection_reuse", "enable_rpk", "exclude", "match", "protocols", "servername", "tafile"});
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals == std::string::npos || !is_one_of(words[i].substr(0, equals), attributes))
      return "has the attribute \"" + shortened(words[i]) + "\"" + then +
             "; expected match=, protocols=, ciphers=, exclude=, servername= or tafile=";
  }
  return std::nullopt;
}

bool is_access(std::string_view parameter) {
  return parameter.ends_with("_access") || parameter == "smtpd_access_maps";
}

}  // namespace

std::optional<std::string> judge_value(std::string_view parameter, std::string_view value, bool virtual_is_wrong) {
  value = trim(value);
  if (value.empty()) return std::nullopt;
  if (parameter == "transport_maps") return judge_transport(value, virtual_is_wrong);
  if (parameter == "sender_dependent_default_transport_maps") {
    if (value.starts_with(':'))
      return "has no transport before the colon, and trivial-rewrite(8) stops at it with a fatal error: no mail moves; "
             "write transport:nexthop (smtp:[relay.example]:587)";
    return judge_transport(value, virtual_is_wrong);
  }
  if (parameter == "sender_dependent_relayhost_maps") return judge_relayhosts(value);
  if (parameter == "smtp_tls_policy_maps" || parameter == "lmtp_tls_policy_maps") return judge_tls_policy(value);
  if (is_access(parameter)) return judge_action(value);
  return std::nullopt;
}

bool takes_one_value(std::string_view parameter) {
  return parameter == "transport_maps" || parameter == "sender_dependent_default_transport_maps" ||
         is_access(parameter);
}

std::vector<std::string> alias_targets(std::string_view value) {
  auto targets = config::split_list(value);
  for (auto& target : targets)
    std::transform(target.begin(), target.end(), target.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return targets;
}

std::optional<std::string> alias_loop(const Aliases& aliases, const std::string& start) {
  // The way so far, and of each address on it which target comes next.
  std::vector<std::pair<std::string, std::size_t>> way{{start, 0}};
  std::vector<std::string> done;
  while (!way.empty()) {
    auto& [address, next] = way.back();
    const auto found = aliases.find(address);
    // Postfix expands an address that is among its own targets no further (cleanup_map1n.c).
    const bool ends = found == aliases.end() || next >= found->second.size() ||
                      std::find(found->second.begin(), found->second.end(), address) != found->second.end();
    if (ends) {
      done.push_back(address);
      way.pop_back();
      continue;
    }
    const auto target = found->second[next++];
    const auto seen = std::find_if(way.begin(), way.end(), [&](const auto& each) { return each.first == target; });
    if (seen != way.end()) {
      std::string text;
      for (auto each = seen; each != way.end(); ++each) text += each->first + " -> ";
      return text + target;
    }
    if (std::find(done.begin(), done.end(), target) == done.end()) way.emplace_back(target, 0);
  }
  return std::nullopt;
}

}  // namespace maproom::commands
