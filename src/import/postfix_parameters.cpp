#include "maproom/import/postfix_parameters.hpp"

#include <array>

#include "maproom/core/logical_lines.hpp"

namespace maproom::imports {
namespace {

struct Default {
  std::string_view name, value;
};

// postconf -d of Postfix 3.7: what holds tables or lists, what the daemon's [postfix] section mirrors, and what those
// refer to. mynetworks has no text of its own: its default is made of the host's addresses and holds no table.
constexpr auto defaults = std::to_array<Default>({
    {"address_verify_sender_dependent_default_transport_maps", "$sender_dependent_default_transport_maps"},
    {"address_verify_sender_dependent_relayhost_maps", "$sender_dependent_relayhost_maps"},
    {"address_verify_transport_maps", "$transport_maps"},
    {"alias_database", "hash:/etc/aliases"},
    {"alias_maps", "hash:/etc/aliases, nis:mail.aliases"},
    {"allow_percent_hack", "yes"},
    {"canonical_maps", ""},
    {"command_directory", "/usr/sbin"},
    {"compatibility_level", "0"},
    {"daemon_directory", "/usr/lib/postfix/sbin"},
    {"data_directory", "/var/lib/postfix"},
    {"debug_peer_list", ""},
    {"double_bounce_sender", "double-bounce"},
    {"fallback_transport_maps", ""},
    {"fast_flush_domains", "$relay_domains"},
    {"inet_interfaces", "all"},
    {"inet_protocols", "all"},
    {"lmtp_generic_maps", ""},
    {"lmtp_sasl_password_maps", ""},
    {"lmtp_tls_policy_maps", ""},
    {"local_recipient_maps", "proxy:unix:passwd.byname $alias_maps"},
    {"mail_spool_directory", "/var/mail"},
    {"mailbox_transport_maps", ""},
    {"mydestination", "$myhostname, localhost.$mydomain, localhost"},
    {"mynetworks", ""},
    {"myorigin", "$myhostname"},
    {"owner_request_special", "yes"},
    {"parent_domain_matches_subdomains",
     "debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,relay_domains,"
     "smtpd_access_maps"},
    {"permit_mx_backup_networks", ""},
    {"postscreen_access_list", "permit_mynetworks"},
    {"propagate_unmatched_extensions", "canonical, virtual"},
    {"proxy_interfaces", ""},
    {"qmqpd_authorized_clients", ""},
    {"queue_directory", "/var/spool/postfix"},
    {"rbl_reply_maps", ""},
    {"recipient_bcc_maps", ""},
    {"recipient_canonical_maps", ""},
    {"recipient_delimiter", ""},
    {"relay_clientcerts", ""},
    {"relay_domains", "${{$compatibility_level} <level {2} ? {$mydestination} : {}}"},
    {"relay_recipient_maps", ""},
    {"relocated_maps", ""},
    {"sender_bcc_maps", ""},
    {"sender_canonical_maps", ""},
    {"sender_dependent_default_transport_maps", ""},
    {"sender_dependent_relayhost_maps", ""},
    {"smtp_generic_maps", ""},
    {"smtp_sasl_password_maps", ""},
    {"smtp_tls_policy_maps", ""},
    {"smtpd_authorized_xclient_hosts", ""},
    {"smtpd_authorized_xforward_hosts", ""},
    {"smtpd_client_connection_limit_exceptions", ""},
    {"smtpd_client_event_limit_exceptions", "${smtpd_client_connection_limit_exceptions:$mynetworks}"},
    {"smtpd_client_restrictions", ""},
    {"smtpd_data_restrictions", ""},
    {"smtpd_end_of_data_restrictions", ""},
    {"smtpd_etrn_restrictions", ""},
    {"smtpd_forbid_bare_newline_exclusions", "$mynetworks"},
    {"smtpd_helo_restrictions", ""},
    {"smtpd_recipient_restrictions", ""},
    {"smtpd_relay_restrictions",
     "${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, permit_sasl_authenticated, "
     "defer_unauth_destination}}"},
    {"smtpd_restriction_classes", ""},
    {"smtpd_sender_login_maps", ""},
    {"smtpd_sender_restrictions", ""},
    {"smtputf8_enable", "${{$compatibility_level} <level {1} ? {no} : {yes}}"},
    {"stress", ""},
    {"swap_bangpath", "yes"},
    {"transport_maps", ""},
    {"virtual_alias_domains", "$virtual_alias_maps"},
    {"virtual_alias_maps", "$virtual_maps"},
    {"virtual_gid_maps", ""},
    {"virtual_mailbox_domains", "$virtual_mailbox_maps"},
    {"virtual_mailbox_maps", ""},
    {"virtual_maps", ""},
    {"virtual_transport", "virtual"},
    {"virtual_uid_maps", ""},
});

}  // namespace

std::string with_single_blanks(std::string_view text) {
  std::string out;
  for (const char c : trim(text)) {
    const bool blank = white_space.find(c) != std::string_view::npos;
    if (!blank)
      out += c;
    else if (!out.ends_with(' '))
      out += ' ';
  }
  return out;
}

Result<PostfixParameters> PostfixParameters::parse(std::string_view main_cf) {
  auto definitions = config::parse_main_cf(main_cf);
  if (!definitions) return definitions.error();
  PostfixParameters parameters;
  parameters.given_ = std::move(definitions->all);
  parameters.warnings_ = std::move(definitions->warnings);
  return parameters;
}

Result<PostfixParameters> PostfixParameters::by_itself(std::string_view main_cf, const std::string& directory,
                                                       const std::string& host_name) {
  auto parameters = parse(main_cf);
  if (!parameters) return parameters;
  auto& known = parameters->defaults_;
  for (const auto& [name, value] : defaults) known[std::string{name}] = {std::string{value}, false};
  // The folder is where the file was found, whatever the file itself may say.
  parameters->given_.erase("config_directory");
  known["config_directory"] = {directory, true};
  // global/mail_params.c: a name without a dot gets the domain, and the domain is what follows the first dot.
  const auto domain = parameters->value("mydomain");
  known["myhostname"] = {host_name.find('.') == std::string::npos
                             ? host_name + "." + (domain.empty() ? "localdomain" : domain)
                             : host_name,
                         true};
  const auto full = parameters->value("myhostname");
  const auto dot = full.find('.');
  known["mydomain"] = {dot == std::string::npos ? "localdomain" : full.substr(dot + 1), true};
  return parameters;
}

Result<PostfixParameters> PostfixParameters::with_postconf(std::string_view main_cf, std::string_view postconf_x) {
  auto parameters = parse(main_cf);
  if (!parameters) return parameters;
  parameters->has_postconf_ = true;
  parameters->given_.erase("config_directory");
  for (std::size_t at = 0; at < postconf_x.size();) {
    const auto end = std::min(postconf_x.find('\n', at), postconf_x.size());
    const auto line = postconf_x.substr(at, end - at);
    at = end + 1;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name{trim(line.substr(0, equals))};
    std::string value{trim(line.substr(equals + 1))};
    if (parameters->given_.contains(name))
      parameters->postconf_[name] = std::move(value);
    else
      parameters->defaults_[name] = {std::move(value), true};
  }
  return parameters;
}

std::optional<Setting> PostfixParameters::setting(std::string_view name) const {
  if (const auto given = given_.find(name); given != given_.end()) return Setting{given->second.value, false};
  if (const auto known = defaults_.find(name); known != defaults_.end())
    return Setting{known->second.text, known->second.final};
  return std::nullopt;
}

Result<Expanded> PostfixParameters::expand(std::string_view text) const {
  return imports::expand(text, [this](std::string_view name) { return setting(name); });
}

std::string PostfixParameters::raw(std::string_view name) const {
  const auto given = given_.find(name);
  return given == given_.end() ? std::string{} : given->second.value;
}

std::string PostfixParameters::value(std::string_view name) const {
  const auto known = setting(name);
  if (!known) return {};
  if (known->final) return std::string{known->text};
  const auto expanded = expand(known->text);
  return expanded ? std::string{trim(expanded->text)} : std::string{};
}

std::optional<std::string> PostfixParameters::doubt(std::string_view name) const {
  const auto known = setting(name);
  if (!known || known->final) return std::nullopt;
  const auto expanded = expand(known->text);
  if (!expanded) return expanded.error().detail;
  if (!has_postconf_) {
    if (expanded->unknown.empty()) return std::nullopt;
    return "it refers to $" + expanded->unknown.front() +
           ", which main.cf does not set, and without postconf its default is not known";
  }
  const auto said = postconf_.find(name);
  if (said == postconf_.end() || with_single_blanks(expanded->text) == with_single_blanks(said->second))
    return std::nullopt;
  return "postconf -x reads it otherwise than it is read here";
}

std::vector<std::string> PostfixParameters::names() const {
  std::vector<std::string> all;
  for (const auto& [name, definition] : given_) all.push_back(name);
  return all;
}

}  // namespace maproom::imports
