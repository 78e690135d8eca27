#include "maproom/import/output.hpp"

#include <algorithm>

#include "maproom/core/fold.hpp"
#include "parameter_facts.hpp"

namespace maproom::imports {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }

std::string toml_string(std::string_view text) {
  std::string out{'"'};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (is_control(c))
      out += {'\\', 'u', '0', '0', hex[byte >> 4U], hex[byte & 15U]};
    else
      out += c;
  }
  return out + '"';
}

std::string toml_list(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + toml_string(word);
  return "[" + out + "]";
}

/// One line of a comment, which TOML wants to be UTF-8 without control characters.
std::string toml_comment(std::string text) {
  const bool readable = is_valid_utf8(text);
  for (auto& c : text)
    if (is_control(c) || (!readable && (static_cast<unsigned char>(c) & 0x80U) != 0)) c = '?';
  return "# " + text + "\n";
}

std::string postfix_section(const map::PostfixSettings& settings) {
  const map::PostfixSettings usual;
  std::string out =
      "\n# As main.cf has it; what is not listed has Postfix's own default. Keep the two alike.\n[postfix]\n";
  const auto text = [&](const char* name, const std::string& value, const std::string& by_default) {
    if (value != by_default) out += std::string{name} + " = " + toml_string(value) + "\n";
  };
  const auto flag = [&](const char* name, bool value, bool by_default) {
    if (value != by_default) out += std::string{name} + (value ? " = true\n" : " = false\n");
  };
  const auto list = [&](const char* name, const auto& value, const auto& by_default) {
    if (value != by_default) out += std::string{name} + " = " + toml_list(value) + "\n";
  };
  text("recipient_delimiter", settings.recipient_delimiter, usual.recipient_delimiter);
  flag("smtputf8_enable", settings.smtputf8_enable, usual.smtputf8_enable);
  text("myorigin", settings.myorigin, usual.myorigin);
  list("mydestination", settings.mydestination, usual.mydestination);
  list("inet_interfaces", settings.inet_interfaces, usual.inet_interfaces);
  list("proxy_interfaces", settings.proxy_interfaces, usual.proxy_interfaces);
  flag("owner_request_special", settings.owner_request_special, usual.owner_request_special);
  text("double_bounce_sender", settings.double_bounce_sender, usual.double_bounce_sender);
  list("propagate_unmatched_extensions", settings.propagate_unmatched_extensions, usual.propagate_unmatched_extensions);
  list("parent_domain_matches_subdomains", settings.parent_domain_matches_subdomains,
       usual.parent_domain_matches_subdomains);
  flag("swap_bangpath", settings.swap_bangpath, usual.swap_bangpath);
  flag("allow_percent_hack", settings.allow_percent_hack, usual.allow_percent_hack);
  return out;
}

std::string setting_of(const ImportedTable& table) {
  if (!table.is_file) return "mysql_table";
  return table.kind == map::FileKind::text ? "file" : std::string{to_string(table.kind)};
}

std::string tables_of(const ImportedMap& imported) {
  const auto& tables = imported.tables;
  if (std::none_of(tables.begin(), tables.end(), [](const auto& table) { return table.is_file; })) {
    if (tables.size() == 1) return "mysql_table = " + toml_string(tables.front().path) + "\n";
    std::string out = "mysql_table = [\n";
    for (const auto& table : tables) out += "  " + toml_string(table.path) + ",\n";
    return out + "]\n";
  }
  std::string out = "tables = [\n";
  for (const auto& table : tables) out += "  { " + setting_of(table) + " = " + toml_string(table.path) + " },\n";
  return out + "]\n";
}

bool has_passwords(const ImportPlan& plan) {
  return std::any_of(plan.maps.begin(), plan.maps.end(), [](const auto& each) { return each.passwords; });
}

std::string password_folder_of(const Addresses& addresses) {
  return addresses.queue_directory + "/" + addresses.password_folder();
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  std::string out{'\''};
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + '\'';
}

std::string to_toml(const ImportPlan& plan, const std::string& main_cf) {
  std::string out =
      toml_comment("From " + main_cf + ", by maproom import. Every setting and its default: maproom.toml(5)");
  out +=
      "# Hosts, user and password of the database stay in the mysql_table(5) files, which the daemon has to be able "
      "to\n"
      "# read; [mariadb] would be for queries in this file.\n";
  out += postfix_section(plan.postfix);
  const auto& addresses = plan.addresses;
  out += std::string{"\n"} + toml_comment("All maps by their names: " + addresses.word("NAME", 0)) +
         "# Its answers may have 100000 bytes, those of tcp: 4096, so use it for maps with long lists.\n[socketmap]\n"
         "listen = [" +
         toml_string(addresses.socketmap()) + "]\n";
  if (has_passwords(plan)) {
    out += toml_comment("Passwords, and nothing else, by their names: " + addresses.password_word("NAME")) +
           "# Its folder lets only Postfix in, or the daemon does not start.\npasswords = " +
           toml_string("unix:" + password_folder_of(addresses) + "/socketmap") + "\n";
    if (addresses.postfix_group != "postfix") out += "passwords_group = " + toml_string(addresses.postfix_group) + "\n";
  }
  out += "\n[admin]\nlisten = " +
         toml_string("inet:" + addresses.host + ":" + std::to_string(addresses.base_port + admin_offset)) + "\n";
  if (!addresses.control().empty()) out += "control = " + toml_string("unix:" + addresses.control()) + "\n";
  for (const auto& imported : plan.maps) {
    out += "\n";
    for (const auto& change : plan.changes)
      if (change.parameter == imported.parameter)
        out += toml_comment(change.before ? "main.cf had: " + change.parameter + " = " + *change.before
                                          : "main.cf did not set " + change.parameter);
    out += "[maps." + imported.name + "]\n";
    if (imported.port != 0)
      out += "listen = " + toml_string("inet:" + addresses.host + ":" + std::to_string(imported.port)) + "\n";
    if (imported.name != imported.parameter) out += "parameter = " + toml_string(imported.parameter) + "\n";
    out += tables_of(imported);
  }
  return out;
}

std::string to_preparations(const Addresses& addresses) {
  std::string out;
  const auto folder = addresses.queue_directory + "/" + addresses.socket_folder();
  if (addresses.via != Via::socketmap_unix)
    out +=
        "# For a single client a Unix socket is about one and a half times as fast: import with --via "
        "socketmap-unix\n\n";
  else
    // The package makes the usual one (tmpfiles.d).
    out +=
        "# The folder of the socket, which Postfix's processes have to enter:\ninstall -d -o maproom -g maproom -m "
        "0755 " +
        shell_quoted(folder) + "\n\n";
  if (!addresses.prefix.empty()) {
    out += "# The daemon of this instance: a copy of maproom.service with these lines instead of its own:\n";
    out += "#   RuntimeDirectory=maproom-" + addresses.prefix + "\n";
    if (addresses.via == Via::socketmap_unix) out += "#   ReadWritePaths=" + folder + "\n";
    out += "#   ExecStart=/usr/bin/maproom serve --config (the file above)\n\n";
  }
  return out;
}

std::string to_commands(const ImportPlan& plan, const std::string& directory, const std::string& config_file) {
  const auto postconf =
      directory == "/etc/postfix" ? std::string{"postconf"} : "postconf -c " + shell_quoted(directory);
  const auto reload =
      directory == "/etc/postfix" ? std::string{"postfix reload"} : "postfix -c " + shell_quoted(directory) + " reload";
  std::string out = to_preparations(plan.addresses);
  if (has_passwords(plan)) {
    const auto folder = password_folder_of(plan.addresses);
    out +=
        "# The folder of the passwords' socket, which only Postfix's processes may enter:\ninstall -d -o maproom -g " +
        shell_quoted(plan.addresses.postfix_group) + " -m 0750 " + shell_quoted(folder) + "\n\n";
    if (folder != "/var/spool/postfix/maproom-passwords")
      out +=
          "# maproom.service must be able to write there: \"systemctl edit maproom\", and in it\n#   [Service]\n#   "
          "ReadWritePaths=" +
          folder + "\n\n";
  }
  out += "# Look at it, let the daemon read it, and compare the answers of a map or two with postmap -q:\n";
  out += "maproom check --config " + shell_quoted(config_file) + "\n\n# Switch:\n";
  for (const auto& change : plan.changes)
    out += postconf + " -e " + shell_quoted(change.parameter + " = " + change.value) + "\n";
  out += reload + "\n\n# Switch back:\n";
  for (auto change = plan.changes.rbegin(); change != plan.changes.rend(); ++change)
    out += change->before ? postconf + " -e " + shell_quoted(change->parameter + " = " + *change->before) + "\n"
                          : postconf + " -X " + shell_quoted(change->parameter) + "\n";
  return out + reload + "\n";
}

}  // namespace maproom::imports
