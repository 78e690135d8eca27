#include "maproom/app/import/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "maproom/app/import/table_list.hpp"
#include "maproom/app/import/words.hpp"
#include "maproom/core/logical_lines.hpp"
#include "maproom/map/fold.hpp"
#include "maproom/map/profile.hpp"
#include "maproom/map/table.hpp"

namespace maproom::app {
namespace {

/// design.md's port table; everything else gets the next free port from first_free_port on.
constexpr auto default_ports = std::to_array<std::pair<std::string_view, int>>({{"virtual_mailbox_domains", 10040},
                                                                                {"virtual_alias_maps", 10041},
                                                                                {"transport_maps", 10042},
                                                                                {"mynetworks", 10043},
                                                                                {"virtual_mailbox_maps", 10044},
                                                                                {"relay_domains", 10045},
                                                                                {"relay_recipient_maps", 10046},
                                                                                {"smtp_tls_policy_maps", 10047}});
constexpr int first_free_port = 10050;
constexpr int last_port = 65535;

/// A parameter that is not set is another one, by default (postconf(5)). In an order in which that one comes first.
struct Follower {
  std::string_view parameter, reference;
  [[nodiscard]] std::string_view follows() const { return reference.substr(1); }
};
constexpr auto followers = std::to_array<Follower>({
    {"relay_domains", "$mydestination"},  // with compatibility_level below 2
    {"fast_flush_domains", "$relay_domains"},
    {"virtual_alias_domains", "$virtual_alias_maps"},
    {"virtual_mailbox_domains", "$virtual_mailbox_maps"},
    {"smtpd_client_event_limit_exceptions", "$mynetworks"},
    {"address_verify_transport_maps", "$transport_maps"},
    {"address_verify_sender_dependent_relayhost_maps", "$sender_dependent_relayhost_maps"},
    {"address_verify_sender_dependent_default_transport_maps", "$sender_dependent_default_transport_maps"},
});

/// Lists in which a table is one word among names, networks and files of names.
constexpr auto name_lists = std::to_array<std::string_view>(
    {"virtual_alias_domains", "virtual_mailbox_domains", "mydestination", "relay_domains", "fast_flush_domains",
     "mynetworks", "smtpd_client_event_limit_exceptions", "permit_mx_backup_networks", "qmqpd_authorized_clients",
     "debug_peer_list", "smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts", "postscreen_access_list"});

/// smtpd(8)'s lists, and what a table without a check_..._access before it means there (smtpd_check.c).
constexpr auto restriction_lists = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"smtpd_client_restrictions", "check_client_access"},
     {"smtpd_helo_restrictions", "check_helo_access"},
     {"smtpd_sender_restrictions", "check_sender_access"},
     {"smtpd_relay_restrictions", "check_recipient_access"},
     {"smtpd_recipient_restrictions", "check_recipient_access"},
     {"smtpd_data_restrictions", ""},
     {"smtpd_end_of_data_restrictions", ""},
     {"smtpd_etrn_restrictions", "check_etrn_access"}});

constexpr std::string_view passwords =
    "every user of this host could ask a tcp: port for the passwords; keep it in a table that only root can read";

/// postconf -d proxy_read_maps of Postfix 3.7.
constexpr std::string_view usual_proxy_read_maps =
    "$local_recipient_maps $mydestination $virtual_alias_maps $virtual_alias_domains $virtual_mailbox_maps "
    "$virtual_mailbox_domains $relay_recipient_maps $relay_domains $canonical_maps $sender_canonical_maps "
    "$recipient_canonical_maps $relocated_maps $transport_maps $mynetworks $smtpd_sender_login_maps $sender_bcc_maps "
    "$recipient_bcc_maps $smtp_generic_maps $lmtp_generic_maps $alias_maps $smtpd_client_restrictions "
    "$smtpd_helo_restrictions $smtpd_sender_restrictions $smtpd_relay_restrictions $smtpd_recipient_restrictions "
    "$address_verify_sender_dependent_default_transport_maps $address_verify_sender_dependent_relayhost_maps "
    "$address_verify_transport_maps $fallback_transport_maps $lmtp_discard_lhlo_keyword_address_maps "
    "$lmtp_pix_workaround_maps $lmtp_sasl_password_maps $lmtp_tls_policy_maps $mailbox_command_maps "
    "$mailbox_transport_maps $postscreen_discard_ehlo_keyword_address_maps $rbl_reply_maps "
    "$sender_dependent_default_transport_maps $sender_dependent_relayhost_maps $smtp_discard_ehlo_keyword_address_maps "
    "$smtp_pix_workaround_maps $smtp_sasl_password_maps $smtp_tls_policy_maps $smtpd_discard_ehlo_keyword_address_maps "
    "$smtpd_milter_maps $virtual_gid_maps $virtual_uid_maps $local_login_sender_maps $postscreen_reject_footer_maps "
    "$smtpd_reject_footer_maps $tls_server_sni_maps $tlsproxy_client_policy_maps $default_delivery_status_filter "
    "$lmtp_delivery_status_filter $lmtp_dns_reply_filter $lmtp_reply_filter $local_delivery_status_filter "
    "$pipe_delivery_status_filter $postscreen_command_filter $smtp_delivery_status_filter $smtp_dns_reply_filter "
    "$smtp_reply_filter $smtpd_command_filter $smtpd_dns_reply_filter $virtual_delivery_status_filter $body_checks "
    "$header_checks $lmtp_body_checks $lmtp_header_checks $lmtp_mime_header_checks $lmtp_nested_header_checks "
    "$milter_header_checks $mime_header_checks $nested_header_checks $smtp_body_checks $smtp_header_checks "
    "$smtp_mime_header_checks $smtp_nested_header_checks";

template <class Range>
bool contains(const Range& range, std::string_view name) {
  return std::find(range.begin(), range.end(), name) != range.end();
}

class Planner {
 public:
  Planner(const PostfixParameters& parameters, const std::vector<Service>& services, const ImportWorld& world)
      : parameters_{parameters}, services_{services}, world_{world} {}

  ImportPlan make() {
    for (const auto& warning : parameters_.warnings()) plan_.warnings.push_back("main.cf: " + warning);
    plan_.postfix = copy_postfix_settings(parameters_, world_, plan_.warnings);
    find_ports_in_use();
    for (const auto& [parameter, port] : default_ports) import_parameter(parameter);
    for (const auto& parameter : map::known_parameters())
      if (is_main_cf_parameter(parameter)) import_parameter(parameter);
    for (const auto& follower : followers) import_follower(follower);
    for (const auto& [list, access] : restriction_lists) import_restrictions(list, access);
    for (const auto& word : split_words(parameters_.value("smtpd_restriction_classes")))
      import_restrictions(word.text, "");
    leave_the_rest();
    pin_what_is_left();
    keep_proxied_tables();
    put_references_first();
    look_at_services();
    tell_about_imported();
    return std::move(plan_);
  }

 private:
  // ---- which parameters

  /// known_parameters() holds profiles and restrictions too, which main.cf does not set.
  static bool is_main_cf_parameter(std::string_view name) {
    return name.find('_') != std::string_view::npos ? !name.starts_with("check_")
                                                    : name == "mydestination" || name == "mynetworks";
  }

  void import_parameter(std::string_view name) {
    if (!done_.emplace(name).second) return;
    // By default that is unix:passwd.byname and $alias_maps, neither of which can be Maproom's.
    if (name == "local_recipient_maps" && !parameters_.is_set(name)) return;
    if (!follows(name)) import_value(name);
  }

  void import_follower(const Follower& follower) {
    const auto name = follower.parameter;
    if (!follows(name) || !changed_.contains(follower.follows())) return;
    const auto mine = map::profile_of(name, plan_.postfix);
    const auto theirs = map::profile_of(follower.follows(), plan_.postfix);
    if (!mine || !theirs || same_keys(*mine, *theirs)) return;
    import_value(name);
  }

  /// The reference that an unset parameter is, if it is one.
  std::optional<std::string_view> follows(std::string_view name) const {
    if (parameters_.is_set(name)) return std::nullopt;
    const auto value = [this](std::string_view of) { return with_single_blanks(parameters_.value(of)); };
    for (const auto& each : followers)
      if (each.parameter == name && value(name) == value(each.follows())) return each.reference;
    return std::nullopt;
  }

  /// A request to the one would be answered as a request to the other: addresses are asked of addresses, domains (which
  /// have no parts) of anything but a tree, and clients by address alone.
  static bool same_keys(const map::Profile& mine, const map::Profile& theirs) {
    if (mine.kind == map::ProfileKind::client_list) return theirs.kind == map::ProfileKind::client_list;
    if (mine.kind == map::ProfileKind::exact)
      return theirs.kind == map::ProfileKind::exact || theirs.kind == map::ProfileKind::address ||
             theirs.kind == map::ProfileKind::address_x;
    return mine == theirs;
  }

  void import_value(std::string_view name) {
    const auto value = parameters_.value(name);
    if (!names_sql(value)) return;
    if (const auto why = refusal(name)) return leave(name, *why);
    const auto profile = map::profile_of(name, plan_.postfix);
    if (!profile) return;
    WordList list{parameters_.raw(name), value, parameters_};
    if (contains(name_lists, name) || profile->kind == map::ProfileKind::exact)
      import_in_place(name, list);
    else
      import_as_one(name, list);
  }

  std::optional<std::string> refusal(std::string_view name) const {
    if (const auto why = map::refused_parameter(name)) return std::string{*why};
    if (name.ends_with("_sasl_password_maps")) return std::string{passwords};
    if (name == "virtual_mailbox_maps" && virtual_delivers())
      return "virtual(8) delivers here (virtual_transport = " + parameters_.value("virtual_transport") +
             ") and refuses tcp: and socketmap: tables for it (security sensitive); deliver with lmtp(8) instead";
    if (const auto why = parameters_.doubt(name)) return why;
    return std::nullopt;
  }

  bool virtual_delivers() const {
    const auto value = parameters_.value("virtual_transport");
    return runs_virtual(value.substr(0, value.find(':')));
  }

  bool runs_virtual(std::string_view transport) const {
    for (const auto& service : services_)
      if (service.name == transport && service.type != "inet") return service.program == "virtual";
    return transport == "virtual";
  }

  // ---- lists

  void import_in_place(std::string_view name, WordList& list) {
    std::vector<std::vector<std::size_t>> runs;
    std::string odd;
    for (std::size_t i = 0; i < list.words().size(); ++i) {
      const auto& word = list.words()[i];
      const bool sql = table_word(word).kind == TableWord::Kind::sql;
      if (!sql && names_sql(word)) odd += (odd.empty() ? "\"" : ", \"") + word + "\"";
      if (!sql) continue;
      if (runs.empty() || runs.back().back() + 1 != i) runs.emplace_back();
      runs.back().push_back(i);
    }
    std::vector<std::vector<ImportedTable>> tables;
    for (const auto& run : runs) {
      auto& group = tables.emplace_back();
      for (const auto i : run) group.push_back({false, table_word(list.words()[i]).path});
      for (const auto& table : group)
        if (const auto why = problem(table)) return leave(name, *why);
    }
    if (!odd.empty()) odd += " asks MySQL in a way that Maproom cannot take over";
    if (runs.empty()) return leave(name, odd);
    if (!odd.empty()) warn(name, odd + ", and stays");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      for (const auto i : runs[r]) list.remove(i);
      list.replace(runs[r].front(), add_map(name, std::move(tables[r])));
    }
    change(name, list.text());
  }

  void import_as_one(std::string_view name, const WordList& list) {
    std::vector<ImportedTable> tables;
    std::vector<NewFile> files;
    for (const auto& word : list.words()) {
      const auto table = table_word(word);
      ImportedTable imported{table.kind != TableWord::Kind::sql, table.path};
      if (table.kind == TableWord::Kind::inline_text) {
        const auto text = inline_as_text(table.path);
        if (!text) return leave(name, "inline: " + text.error().detail);
        imported.path = world_.folder + "/" + std::string{name} + "." + std::to_string(tables.size() + 1) + ".text";
        files.push_back({imported.path, *text});
      } else if (table.kind == TableWord::Kind::text) {
        if (const auto why = text_problem(imported.path)) return leave(name, table.type + ":" + *why);
      } else if (table.kind == TableWord::Kind::sql) {
        if (const auto why = problem(imported)) return leave(name, *why);
      } else {
        return leave(name,
                     "\"" + word +
                         "\" cannot be a table of Maproom's, and beside a tcp: table Postfix would ask it in "
                         "another order (before every part of a key: the address without its extension, @domain)");
      }
      tables.push_back(std::move(imported));
    }
    for (auto& file : files) plan_.files.push_back(std::move(file));
    change(name, add_map(name, std::move(tables)));
  }

  void import_restrictions(std::string_view name, std::string_view default_access) {
    if (!done_.emplace(name).second) return;
    const auto value = parameters_.value(name);
    if (!names_sql(value)) return;
    if (const auto why = parameters_.doubt(name)) return leave(name, *why);
    WordList list{parameters_.raw(name), value, parameters_};
    bool any = false;
    std::vector<std::string> reasons;
    for (std::size_t i = 0; i < list.words().size(); ++i) {
      const auto& word = list.words()[i];
      if (!names_sql(word)) continue;
      const auto table = table_word(word);
      auto access =
          i > 0 && list.words()[i - 1].starts_with("check_") ? list.words()[i - 1] : std::string{default_access};
      const auto keep = [&](const std::string& why) { reasons.push_back("\"" + word + "\" stays: " + why); };
      const ImportedTable imported{false, table.path};
      if (table.kind != TableWord::Kind::sql) {
        keep("it is not a plain mysql: table");
      } else if (access.empty()) {
        keep("say check_..._access before it, so that it is known what it is asked");
      } else if (!map::profile_of(access, plan_.postfix)) {
        keep(access + " is no restriction that Maproom knows");
      } else if (const auto why = problem(imported)) {
        keep(*why);
      } else {
        auto& known = restrictions_[{access, imported.path}];
        if (known.empty()) known = add_map(access, {imported});
        list.replace(i, known);
        any = true;
      }
    }
    if (any) {
      for (const auto& why : reasons) warn(name, why);
      change(name, list.text());
    } else {
      std::string all;
      for (const auto& why : reasons) all += (all.empty() ? "" : "; ") + why;
      leave(name, all);
    }
  }

  // ---- tables

  /// Why a mysql_table(5) file cannot be asked by the daemon, if it cannot.
  std::optional<std::string> problem(const ImportedTable& table) {
    const auto [known, fresh] = problems_.try_emplace(table.path);
    if (fresh) known->second = find_problem(table.path);
    return known->second;
  }

  std::optional<std::string> find_problem(const std::string& path) const {
    if (!path.starts_with('/'))
      return "mysql:" + path +
             " is no absolute path (a name is the ancient form with its settings in main.cf; put them into a "
             "mysql_table(5) file)";
    if (const auto why = path_problem(path)) return why;
    const auto text = world_.read_file(path);
    if (!text) return text.error().detail;
    const auto file = parse_mysql_table_file(*text, 1, world_.read_file);
    if (!file) return path + ": " + file.error().detail;
    const auto compiled = map::Table::compile(file->table, plan_.postfix.smtputf8_enable);
    if (!compiled) return path + ": " + compiled.error().detail;
    return std::nullopt;
  }

  /// The same of a text table; begins with the path.
  std::optional<std::string> text_problem(const std::string& path) const {
    if (!path.starts_with('/')) return path + " is no absolute path";
    if (const auto why = path_problem(path)) return why;
    const auto text = world_.read_file(path);
    if (!text) return text.error().detail + " (Maproom reads the text that postmap(1) makes the table of)";
    for (const auto& line : logical_lines(*text).all) {
      const auto key = std::string_view{line.text}.substr(0, line.text.find_first_of(white_space));
      if (key.ends_with(':'))
        return path + ", line " + std::to_string(line.number) +
               ", is in the format of aliases(5), which only local(8) can use";
    }
    return std::nullopt;
  }

  static std::optional<std::string> path_problem(const std::string& path) {
    if (map::is_valid_utf8(path)) return std::nullopt;
    return "a path that is not UTF-8, which maproom.toml has to be";
  }

  // ---- maps and changes

  /// Returns the word that stands for it in main.cf.
  std::string add_map(std::string_view parameter, std::vector<ImportedTable> tables) {
    const auto number = ++maps_of_[std::string{parameter}];
    ImportedMap imported{std::string{parameter}, std::string{parameter}, 0, std::move(tables)};
    if (number > 1) imported.name += "_" + std::to_string(number);
    for (const auto& [name, port] : default_ports)
      if (name == imported.name) imported.port = port;
    if (imported.port == 0 || ports_in_use_.contains(imported.port)) {
      while (next_port_ < last_port && ports_in_use_.contains(next_port_)) ++next_port_;
      imported.port = next_port_;
    }
    ports_in_use_.insert(imported.port);
    plan_.maps.push_back(std::move(imported));
    return "tcp:127.0.0.1:" + std::to_string(plan_.maps.back().port);
  }

  /// Other services of this host are named in main.cf and master.cf as HOST:PORT, or as PORT.
  void find_ports_in_use() {
    const auto look = [this](std::string_view text) {
      for (std::size_t at = 0; at < text.size();) {
        const auto digits = std::min(text.find_first_not_of("0123456789", at), text.size());
        if (digits - at == 5) ports_in_use_.insert(std::stoi(std::string{text.substr(at, 5)}));
        at = digits == at ? at + 1 : digits;
      }
    };
    for (const auto& name : parameters_.names()) look(parameters_.value(name));
    for (const auto& service : services_) {
      look(service.name);
      for (const auto& [name, value] : service.parameters) look(value);
    }
  }

  void change(std::string_view name, std::string value) {
    changed_.emplace(name);
    Change made{std::string{name}, std::move(value), std::nullopt};
    if (parameters_.is_set(name)) made.before = single_spaced(parameters_.raw(name));
    plan_.changes.push_back(std::move(made));
  }

  void warn(std::string_view name, const std::string& what) {
    plan_.warnings.push_back(std::string{name} + ": " + what);
  }

  void leave(std::string_view name, const std::string& why) {
    left_.emplace_back(name);
    plan_.left.push_back(std::string{name} + ": " + why);
  }

  // ---- what is left

  /// Parameters with mysql: tables that no map can serve, or that nobody here has heard of.
  void leave_the_rest() {
    std::set<std::string, std::less<>> referenced;
    for (const auto& name : parameters_.names())
      if (!is_proxy_list(name)) names_in(parameters_.raw(name), referenced);
    for (const auto& service : services_)
      for (const auto& [name, value] : service.parameters) names_in(value, referenced);
    for (const auto& name : parameters_.names()) {
      if (done_.contains(name) || is_proxy_list(name)) continue;
      if (!names_sql(parameters_.value(name))) continue;
      if (const auto why = map::refused_parameter(name))
        leave(name, std::string{*why});
      else if (!referenced.contains(name))
        leave(name, "Maproom does not know what Postfix asks a table of this parameter");
    }
  }

  /// What proxymap(8) may open: these lists name tables, and nobody asks them.
  static bool is_proxy_list(std::string_view name) { return name == "proxy_read_maps" || name == "proxy_write_maps"; }

  /// The names behind the dollar signs of a value.
  static void names_in(std::string_view text, std::set<std::string, std::less<>>& names) {
    for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at)) {
      at = std::min(text.find_first_not_of("${( ", at), text.size());
      auto end = at;
      while (end < text.size() && (text[end] == '_' || (text[end] >= '0' && text[end] <= '9') ||
                                   (text[end] >= 'a' && text[end] <= 'z') || (text[end] >= 'A' && text[end] <= 'Z')))
        ++end;
      names.emplace(text.substr(at, end - at));
      at = end;
    }
  }

  /// Whether a value refers to a parameter that is changed, by whatever way.
  bool refers_to_changed(std::string_view raw) const {
    std::set<std::string, std::less<>> seen;
    std::vector<std::string> open{std::string{raw}};
    while (!open.empty()) {
      std::set<std::string, std::less<>> names;
      names_in(open.back(), names);
      open.pop_back();
      for (const auto& name : names) {
        if (changed_.contains(name)) return true;
        if (!seen.insert(name).second) continue;
        const auto reference = follows(name);
        open.push_back(reference ? std::string{*reference} : parameters_.raw(name));
      }
    }
    return false;
  }

  /// "relay_recipient_maps = $virtual_mailbox_maps, pcre:/x" would change with virtual_mailbox_maps.
  void pin_what_is_left() {
    for (const auto& name : left_) {
      if (!parameters_.is_set(name) || !refers_to_changed(parameters_.raw(name))) continue;
      if (parameters_.doubt(name))
        warn(name, "refers to a parameter that is switched, but cannot be read with certainty; write it out first");
      else
        change(name, single_spaced(parameters_.value(name)));
    }
  }

  /// The words of a text as it will read after the changes, or before them.
  std::set<std::string> words_of(std::string_view text, bool after) const {
    const auto expanded = expand(text, [&](std::string_view name) -> std::optional<Setting> {
      if (after) {
        for (const auto& each : plan_.changes)
          if (each.parameter == name) return Setting{each.value, false};
        if (const auto reference = follows(name)) return Setting{*reference, false};
      }
      return parameters_.setting(name);
    });
    std::set<std::string> words;
    if (expanded)
      for (auto& word : split_words(expanded->text)) words.insert(std::move(word.text));
    return words;
  }

  /// proxymap(8) opens what proxy_read_maps names. Through the parameters in it that was also what services ask for
  /// themselves, and what is left; once those parameters name tcp: tables, it would refuse.
  void keep_proxied_tables() {
    if (plan_.changes.empty()) return;
    const std::string list = "proxy_read_maps";
    const auto raw = parameters_.is_set(list)                 ? parameters_.raw(list)
                     : world_.default_proxy_read_maps.empty() ? std::string{usual_proxy_read_maps}
                                                              : world_.default_proxy_read_maps;
    const auto before = words_of(raw, false);
    const auto after = words_of(raw, true);
    std::set<std::string> lost;
    const auto look = [&](const std::string& text) {
      for (const auto& word : words_of(text, true))
        if (word.starts_with("proxy:mysql:") && before.contains(word) && !after.contains(word)) lost.insert(word);
    };
    for (const auto& name : parameters_.names())
      if (done_.contains(name) || contains(left_, name)) look("${" + name + "}");
    for (const auto& service : services_)
      for (const auto& [name, value] : service.parameters) look(value);
    if (lost.empty()) return;
    auto all = single_spaced(raw);
    for (const auto& word : lost) all += " " + word;
    change(list, std::move(all));
  }

  /// Whoever switches one parameter at a time must not meet one that still is another, switched one.
  void put_references_first() {
    std::stable_partition(plan_.changes.begin(), plan_.changes.end(), [this](const auto& each) {
      return !each.before || refers_to_changed(parameters_.raw(each.parameter));
    });
  }

  void look_at_services() {
    for (const auto& service : services_)
      for (const auto& [name, value] : service.parameters) {
        const auto expanded = parameters_.expand(value);
        const bool sql = expanded && names_sql(expanded->text);
        const auto what = "master.cf: " + service.name + "/" + service.type + " sets " + name + " = " + value;
        if (sql && refers_to_changed(value))
          plan_.warnings.push_back(what + " for itself, which changes with what it refers to: it was " +
                                   single_spaced(expanded->text));
        else if (sql)
          plan_.warnings.push_back(what + " for itself: that asks MySQL, and is not switched");
        else if (changed_.contains(name))
          plan_.warnings.push_back(what + " for itself: the switch does not reach it");
        else if (is_copied_setting(name) && expanded && expanded->text != parameters_.value(name))
          plan_.warnings.push_back(what + " for itself, other than main.cf: [postfix] in maproom.toml mirrors main.cf");
      }
  }

  void tell_about_imported() {
    for (const auto& imported : plan_.maps) {
      const auto profile = map::profile_of(imported.parameter, plan_.postfix);
      if (profile && profile->kind == map::ProfileKind::client_list)
        warn(imported.name,
             "host names are not found in it any more, since whoever runs a network chooses them; addresses are "
             "(addresses_only = false in maproom.toml answers as mysql: does)");
    }
    if (changed_.contains("virtual_mailbox_maps") && !parameters_.value("transport_maps").empty() &&
        std::any_of(services_.begin(), services_.end(), [](const auto& each) { return each.program == "virtual"; }))
      warn("virtual_mailbox_maps",
           "virtual(8) refuses it now; does transport_maps send any mail to it? (master.cf has such a service)");
  }

  const PostfixParameters& parameters_;
  const std::vector<Service>& services_;
  const ImportWorld& world_;
  ImportPlan plan_;
  std::set<std::string, std::less<>> done_, changed_;
  std::vector<std::string> left_;
  std::map<std::string, int> maps_of_;
  std::set<int> ports_in_use_{10048, 10049};
  int next_port_ = first_free_port;
  std::map<std::string, std::optional<std::string>> problems_;
  std::map<std::pair<std::string, std::string>, std::string> restrictions_;  ///< restriction, file -> tcp: table
};

}  // namespace

ImportPlan make_plan(const PostfixParameters& parameters, const std::vector<Service>& services,
                     const ImportWorld& world) {
  return Planner{parameters, services, world}.make();
}

}  // namespace maproom::app
