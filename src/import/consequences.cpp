// What follows from the changes of an import.

#include <algorithm>

#include "draft.hpp"
#include "maproom/import/words.hpp"
#include "maproom/map/profile.hpp"

namespace maproom::imports {
namespace {

class Consequences {
 public:
  explicit Consequences(Draft& draft) : draft_{draft} {}

  void draw() {
    leave_the_rest();
    pin_what_is_left();
    keep_proxied_tables();
    put_references_first();
    look_at_services();
    tell_about_imported();
    propose_for_outages();
  }

 private:
  /// Parameters with mysql: tables that no map can serve, or that nobody here has heard of.
  void leave_the_rest() {
    Names referenced;
    for (const auto& name : draft_.parameters.names())
      if (!is_proxy_list(name)) names_in(draft_.parameters.raw(name), referenced);
    for (const auto& service : draft_.services)
      for (const auto& [name, value] : service.parameters) names_in(value, referenced);
    for (const auto& name : draft_.parameters.names()) {
      if (draft_.done.contains(name) || is_proxy_list(name)) continue;
      if (!names_sql(draft_.parameters.value(name))) continue;
      if (const auto why = map::refused_parameter(name))
        draft_.leave(name, std::string{*why});
      else if (!referenced.contains(name))
        draft_.leave(name, "Maproom does not know what Postfix asks a table of this parameter");
    }
  }

  /// "relay_recipient_maps = $virtual_mailbox_maps, pcre:/x" would change with virtual_mailbox_maps.
  void pin_what_is_left() {
    for (const auto& name : draft_.left) {
      if (!draft_.parameters.is_set(name) || !draft_.refers_to_changed(draft_.parameters.raw(name))) continue;
      if (draft_.parameters.doubt(name))
        draft_.warn(name,
                    "refers to a parameter that is switched, but cannot be read with certainty; write it out first");
      else
        draft_.change(name, single_spaced(draft_.parameters.value(name)));
    }
  }

  /// The words of a text as it will read after the changes, or before them.
  std::set<std::string> words_of(std::string_view text, bool after) const {
    const auto expanded = expand(text, [&](std::string_view name) -> std::optional<Setting> {
      if (after) {
        for (const auto& each : draft_.plan.changes)
          if (each.parameter == name) return Setting{each.value, false};
        if (const auto reference = draft_.follows(name)) return Setting{*reference, false};
      }
      return draft_.parameters.setting(name);
    });
    std::set<std::string> words;
    if (expanded)
      for (auto& word : split_words(expanded->text)) words.insert(std::move(word.text));
    return words;
  }

  static bool is_restriction_list(std::string_view name) {
    return std::any_of(restriction_lists.begin(), restriction_lists.end(),
                       [&](const auto& each) { return each.first == name; });
  }
  static std::string joined(const std::set<std::string>& words) {
    std::string all;
    for (const auto& word : words) all += word + " ";
    return all;
  }

  /// proxymap(8) opens what proxy_read_maps names. Through the parameters in it that was also what services ask for
  /// themselves, and what is left; once those parameters name tcp: tables, it would refuse.
  void keep_proxied_tables() {
    if (draft_.plan.changes.empty()) return;
    const std::string list = "proxy_read_maps";
    const auto raw = draft_.parameters.is_set(list)                 ? draft_.parameters.raw(list)
                     : draft_.world.default_proxy_read_maps.empty() ? std::string{usual_proxy_read_maps}
                                                                    : draft_.world.default_proxy_read_maps;
    const auto before = words_of(raw, false);
    const auto after = words_of(raw, true);
    std::set<std::string> lost;
    const auto look = [&](const std::string& text) {
      for (const auto& word : words_of(text, true))
        if (word.starts_with("proxy:mysql:") && before.contains(word) && !after.contains(word)) lost.insert(word);
    };
    for (const auto& name : draft_.parameters.names())
      if (draft_.done.contains(name) || contains(draft_.left, name)) look("${" + name + "}");
    for (const auto& service : draft_.services)
      for (const auto& [name, value] : service.parameters) look(value);
    if (lost.empty()) return;
    auto all = single_spaced(raw);
    for (const auto& word : lost) all += " " + word;
    draft_.change(list, std::move(all));
  }

  /// Whoever switches one parameter at a time must not meet one that still is another, switched one.
  void put_references_first() {
    std::stable_partition(draft_.plan.changes.begin(), draft_.plan.changes.end(), [this](const auto& each) {
      return !each.before || draft_.refers_to_changed(draft_.parameters.raw(each.parameter));
    });
  }

  void look_at_services() {
    for (const auto& service : draft_.services)
      for (const auto& [name, value] : service.parameters) {
        const auto expanded = draft_.parameters.expand(value);
        const bool sql = expanded && names_sql(expanded->text);
        if (sql && is_restriction_list(name) && !names_sql(joined(words_of(value, true)))) continue;  // switched
        const auto what = "master.cf: " + service.name + "/" + service.type + " sets " + name + " = " + value;
        if (sql && draft_.refers_to_changed(value))
          draft_.plan.warnings.push_back(what + " for itself, which changes with what it refers to: it was " +
                                         single_spaced(expanded->text));
        else if (sql)
          draft_.plan.warnings.push_back(what + " for itself: that asks MySQL, and is not switched");
        else if (draft_.changed.contains(name))
          draft_.plan.warnings.push_back(what + " for itself: the switch does not reach it");
        else if (is_copied_setting(name) && expanded && expanded->text != draft_.parameters.value(name))
          draft_.plan.warnings.push_back(what +
                                         " for itself, other than main.cf: [postfix] in maproom.toml mirrors main.cf");
      }
  }

  void tell_about_imported() {
    for (const auto& imported : draft_.plan.maps) {
      const auto profile = map::profile_of(imported.parameter, draft_.plan.postfix);
      if (profile && profile->kind == map::ProfileKind::client_list)
        draft_.warn(imported.name,
                    "host names are not found in it any more, since whoever runs a network chooses them; addresses are "
                    "(addresses_only = false in maproom.toml answers as mysql: does)");
    }
    if (draft_.changed.contains("virtual_mailbox_maps") && !draft_.parameters.value("transport_maps").empty() &&
        std::any_of(draft_.services.begin(), draft_.services.end(),
                    [](const auto& each) { return each.program == "virtual"; }))
      draft_.warn("virtual_mailbox_maps",
                  "virtual(8) refuses it now; does transport_maps send any mail to it? (master.cf has such a service)");
  }

  /// Where mail would wait in an outage of the database for what a word in main.cf makes needless to ask.
  void propose_for_outages() {
    if (draft_.changed.contains("smtpd_sender_login_maps")) {
      std::string where;
      const auto look = [&](const std::string& name, const std::string& text) {
        if (words_of(text, true).contains("reject_sender_login_mismatch")) where += (where.empty() ? "" : ", ") + name;
      };
      for (const auto& [list, access] : restriction_lists) look(std::string{list}, "${" + std::string{list} + "}");
      for (const auto& service : draft_.services)
        for (const auto& [name, value] : service.parameters)
          if (is_restriction_list(name)) look(service.name + "/" + service.type + ": " + name, value);
      if (!where.empty())
        draft_.warn(
            "smtpd_sender_login_maps",
            "in an outage of the database mail from senders never seen before waits, since "
            "reject_sender_login_mismatch (" +
                where +
                ") asks whose address every sender's is; reject_authenticated_sender_login_mismatch asks only of "
                "clients that have logged in");
    }
    if (draft_.changed.contains("virtual_mailbox_maps") && draft_.follows("virtual_mailbox_domains"))
      draft_.warn(
          "virtual_mailbox_domains",
          "is $virtual_mailbox_maps, as main.cf does not set it: in an outage of the database mail to and from "
          "domains never seen before waits, since that map must not say \"not found\" of what may be a mailbox; "
          "name the domains, or a table of them, in virtual_mailbox_domains");
  }

  Draft& draft_;
};

}  // namespace

void draw_consequences(Draft& draft) { Consequences{draft}.draw(); }

}  // namespace maproom::imports
