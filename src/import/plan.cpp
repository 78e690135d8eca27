#include "maproom/import/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "draft.hpp"
#include "maproom/import/table_list.hpp"
#include "maproom/import/words.hpp"
#include "maproom/map/profile.hpp"
#include "maproom/map/substitution.hpp"
#include "table_check.hpp"

namespace maproom::imports {
namespace {

constexpr int last_port = 65535;

class Planner {
 public:
  explicit Planner(Draft draft)
      : draft_{std::move(draft)}, check_{draft_.world.read_file, draft_.plan.postfix.smtputf8_enable} {}

  ImportPlan make() {
    find_ports_in_use();
    for (const auto& parameter : usual_maps) import_parameter(parameter);
    for (const auto& parameter : map::known_parameters())
      if (is_main_cf_parameter(parameter)) import_parameter(parameter);
    for (const auto& follower : followers) import_follower(follower);
    for (const auto& [list, access] : restriction_lists) import_restrictions(list, access);
    for (const auto& word : split_words(draft_.parameters.value("smtpd_restriction_classes")))
      import_restrictions(word.text, "");
    for (const auto& [name, access] : restrictions_of_services()) import_restrictions(name, access);
    draw_consequences(draft_);
    return std::move(draft_.plan);
  }

 private:
  // ---- which parameters

  /// known_parameters() holds profiles and restrictions too, which main.cf does not set.
  static bool is_main_cf_parameter(std::string_view name) {
    return name.find('_') != std::string_view::npos ? !name.starts_with("check_")
                                                    : name == "mydestination" || name == "mynetworks";
  }

  void import_parameter(std::string_view name) {
    if (!draft_.done.emplace(name).second) return;
    // By default that is unix:passwd.byname and $alias_maps, neither of which can be Maproom's.
    if (name == "local_recipient_maps" && !draft_.parameters.is_set(name)) return;
    if (!draft_.follows(name)) import_value(name);
  }

  void import_follower(const Follower& follower) {
    const auto name = follower.parameter;
    if (!draft_.follows(name) || !draft_.changed.contains(follower.follows())) return;
    const auto mine = map::profile_of(name, draft_.plan.postfix);
    const auto theirs = map::profile_of(follower.follows(), draft_.plan.postfix);
    if (!mine || !theirs || same_keys(*mine, *theirs)) return;
    import_value(name);
  }

  /// Whether a follower's requests are answered alike by the map of what it follows: domains are asked of maps of
  /// addresses, for which a key without an @ has no parts, and clients by their address alone.
  static bool same_keys(const map::Profile& mine, const map::Profile& theirs) {
    if (mine.kind == map::ProfileKind::exact) return true;
    if (mine.kind == map::ProfileKind::client_list) return theirs.kind == map::ProfileKind::client_list;
    return mine == theirs;
  }

  void import_value(std::string_view name) {
    const auto value = draft_.parameters.value(name);
    if (!names_sql(value)) return;
    if (const auto why = refusal(name)) return draft_.leave(name, *why);
    const auto profile = map::profile_of(name, draft_.plan.postfix);
    if (!profile) return;
    WordList list{draft_.parameters.raw(name), value, draft_.parameters};
    if (contains(name_lists, name) || profile->kind == map::ProfileKind::exact)
      import_in_place(name, list);
    else
      import_as_one(name, list, profile->kind == map::ProfileKind::address_x);
  }

  std::optional<std::string> refusal(std::string_view name) const {
    if (draft_.world.leave.contains(name)) return "you said --leave";
    if (const auto why = map::refused_parameter(name)) return std::string{*why};
    if (name == "virtual_mailbox_maps")
      // Old guides let virtual(8) deliver for $mydestination as well.
      for (const auto* const transport : {"virtual_transport", "local_transport", "relay_transport"})
        if (const auto value = draft_.parameters.value(transport); runs_virtual(value.substr(0, value.find(':'))))
          return "virtual(8) delivers here (" + std::string{transport} + " = " + value +
                 ") and refuses tcp: and socketmap: tables for it (security sensitive); deliver with lmtp(8) instead";
    if (const auto why = draft_.parameters.doubt(name)) return why;
    return std::nullopt;
  }

  bool runs_virtual(std::string_view transport) const {
    for (const auto& service : draft_.services)
      if (service.name == transport && service.type != "inet") return service.program == "virtual";
    return transport == "virtual";
  }

  /// Parameters of one's own that services of master.cf use as restrictions ("-o
  /// smtpd_client_restrictions=$mua_client_restrictions", as Postfix's master.cf has it), and what a table without a
  /// check_..._access before it means there; empty where two uses differ.
  std::map<std::string, std::string> restrictions_of_services() const {
    std::map<std::string, std::string> found;
    std::set<std::string> tables;
    for (const auto& service : draft_.services)
      for (const auto& [parameter, value] : service.parameters)
        for (const auto& [list, access] : restriction_lists) {
          if (parameter != list) continue;
          std::string before;
          for (const auto& word : split_words(value)) {
            Names names;
            names_in(word.text, names);
            for (const auto& name : names) {
              if (!draft_.parameters.is_set(name) || draft_.done.contains(name)) continue;
              const auto [known, fresh] = found.try_emplace(name, access);
              if (!fresh && known->second != access) known->second.clear();
              if (before.starts_with("check_")) tables.insert(name);
            }
            before = word.text;
          }
        }
    for (const auto& name : tables) found.erase(name);  // not a list of restrictions, but the table of one
    return found;
  }

  // ---- lists

  void import_in_place(std::string_view name, WordList& list) {
    std::vector<std::vector<std::size_t>> runs;
    std::string odd;
    for (std::size_t i = 0; i < list.words().size(); ++i) {
      const auto& word = list.words()[i];
      const bool sql = table_word(word).kind == TableWord::Kind::sql;
      if (!sql && names_sql(word)) {
        const auto& type = table_word(word).type;
        odd +=
            (odd.empty() ? "\"" : ", \"") + word + "\"" + (type.empty() ? "" : " (" + std::string{why_not(type)} + ")");
      }
      if (!sql) continue;
      if (runs.empty() || runs.back().back() + 1 != i) runs.emplace_back();
      runs.back().push_back(i);
    }
    std::vector<std::vector<ImportedTable>> tables;
    for (const auto& run : runs) {
      auto& group = tables.emplace_back();
      for (const auto i : run) group.push_back({false, table_word(list.words()[i]).path});
      for (const auto& table : group)
        if (const auto why = check_.sql_problem(table.path)) return draft_.leave(name, *why);
    }
    if (!odd.empty()) odd += " asks MySQL in a way that Maproom cannot take over";
    if (runs.empty()) return draft_.leave(name, odd);
    if (!odd.empty()) draft_.warn(name, odd + ", and stays");
    for (std::size_t r = 0; r < runs.size(); ++r) {
      for (const auto i : runs[r]) list.remove(i);
      list.replace(runs[r].front(), add_map(name, std::move(tables[r])));
    }
    draft_.change(name, list.text());
  }

  /// `one_form`: Postfix asks one form of each address.
  void import_as_one(std::string_view name, WordList& list, bool one_form) {
    const auto& words = list.words();
    std::size_t first = 0;  // what stands before it stays
    while (one_form && first < words.size() && table_word(words[first]).kind == TableWord::Kind::pattern) ++first;
    if (first == words.size()) return;  // "mysql:" stands in a file's name alone
    std::vector<ImportedTable> tables;
    std::vector<NewFile> files;
    for (std::size_t i = first; i < words.size(); ++i) {
      auto table = take_table(name, words[i], tables.size() + 1, files);
      if (!table) return draft_.leave(name, table.error().detail);
      tables.push_back(std::move(*table));
    }
    for (auto& file : files) draft_.plan.files.push_back(std::move(file));
    for (std::size_t i = first + 1; i < words.size(); ++i) list.remove(i);
    list.replace(first, add_map(name, std::move(tables)));
    draft_.change(name, list.text());
  }

  /// Error: why the list that it is the `number`th table of is left.
  Result<ImportedTable> take_table(std::string_view name, const std::string& word, std::size_t number,
                                   std::vector<NewFile>& files) {
    const auto table = table_word(word);
    const auto problem = [](std::string why) { return fail(Errc::invalid, std::move(why)); };
    const auto new_file = [&](std::string text, std::string_view ending) -> Result<std::string> {
      if (const auto why = TableCheck::path_problem(draft_.world.folder)) return problem("--output: " + *why);
      files.push_back(
          {draft_.world.folder + "/" + std::string{name} + "." + std::to_string(number) + "." + std::string{ending},
           std::move(text)});
      return files.back().path;
    };
    ImportedTable imported{table.kind != TableWord::Kind::sql, table.path, table.file_kind};
    switch (table.kind) {
      case TableWord::Kind::sql:
        if (const auto why = check_.sql_problem(imported.path)) return problem(*why);
        return imported;
      case TableWord::Kind::text:
        if (const auto why = check_.text_problem(imported.path)) return problem(table.type + ":" + *why);
        return imported;
      case TableWord::Kind::inline_text: {
        auto text = inline_as_text(table.path);
        if (!text) return problem("inline: " + text.error().detail);
        auto path = new_file(std::move(*text), "text");
        if (!path) return path.error();
        imported.path = *path;
        return imported;
      }
      case TableWord::Kind::one_value: {
        auto rule = static_as_rule(table.path);
        if (!rule) return problem("static: " + rule.error().detail);
        auto path = new_file(std::move(*rule), "pcre");
        if (!path) return path.error();
        return ImportedTable{true, *path, map::FileKind::pcre};
      }
      case TableWord::Kind::pattern: {
        if (!table.path.starts_with('{')) {
          if (const auto why = check_.pattern_problem(imported.path, imported.kind, map::may_substitute(name)))
            return problem(table.type + ":" + *why);
          return imported;
        }
        auto rules = inline_as_rules(table.path);
        if (!rules) return problem(table.type + ": " + rules.error().detail);
        if (const auto why = check_.rules_problem(*rules, imported.kind, map::may_substitute(name)))
          return problem(table.type + ": " + *why);
        auto path = new_file(std::move(*rules), table.type);
        if (!path) return path.error();
        imported.path = *path;
        return imported;
      }
      case TableWord::Kind::plain:
      case TableWord::Kind::other:
        break;
    }
    const auto why = table.type.empty() ? "it names no table" : std::string{why_not(table.type)};
    return problem("\"" + word + "\" cannot be a table of Maproom's (" + why +
                   "), and beside a tcp: table Postfix would ask it in another order (before every part of a key: the "
                   "address without its extension, @domain)");
  }

  void import_restrictions(std::string_view name, std::string_view default_access) {
    if (!draft_.done.emplace(name).second) return;
    const auto value = draft_.parameters.value(name);
    if (!names_sql(value)) return;
    if (draft_.world.leave.contains(name)) return draft_.leave(name, "you said --leave");
    if (const auto why = draft_.parameters.doubt(name)) return draft_.leave(name, *why);
    WordList list{draft_.parameters.raw(name), value, draft_.parameters};
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
        keep(table.type.empty() ? "it is not a plain mysql: table" : std::string{why_not(table.type)});
      } else if (access.empty()) {
        keep("say check_..._access before it, so that it is known what it is asked");
      } else if (!map::profile_of(access, draft_.plan.postfix)) {
        keep(access + " is no restriction that Maproom knows");
      } else if (const auto why = check_.sql_problem(imported.path)) {
        keep(*why);
      } else {
        auto& known = restrictions_[{access, imported.path}];
        if (known.empty()) known = add_map(access, {imported});
        list.replace(i, known);
        any = true;
      }
    }
    if (any) {
      for (const auto& why : reasons) draft_.warn(name, why);
      draft_.change(name, list.text());
    } else {
      std::string all;
      for (const auto& why : reasons) all += (all.empty() ? "" : "; ") + why;
      draft_.leave(name, all);
    }
  }

  // ---- maps and changes

  /// Returns the word that stands for it in main.cf.
  std::string add_map(std::string_view parameter, std::vector<ImportedTable> tables) {
    const auto number = ++maps_of_[std::string{parameter}];
    auto name = std::string{parameter};
    if (number > 1) name += "_" + std::to_string(number);
    const auto& addresses = draft_.plan.addresses;
    const bool passwords = map::holds_passwords(parameter);
    const bool by_port =
        addresses.via == Via::tcp && !passwords && !draft_.world.too_long_for_tcp.contains(addresses.map_name(name));
    const int port = by_port ? next_port(name) : 0;
    draft_.plan.maps.push_back({addresses.map_name(name), std::string{parameter}, port, std::move(tables), passwords});
    if (passwords) return addresses.password_word(draft_.plan.maps.back().name);
    return addresses.word(draft_.plan.maps.back().name, port);
  }

  int next_port(std::string_view name) {
    const auto* const usual = std::find(usual_maps.begin(), usual_maps.end(), name);
    int port = draft_.plan.addresses.base_port + static_cast<int>(usual - usual_maps.begin());
    if (usual == usual_maps.end() || ports_in_use_.contains(port)) {
      port = draft_.plan.addresses.base_port + first_free_offset;
      while (port < last_port && ports_in_use_.contains(port)) ++port;
    }
    ports_in_use_.insert(port);
    return port;
  }

  /// Other services of this host are named in main.cf and master.cf as HOST:PORT, or as PORT.
  void find_ports_in_use() {
    ports_in_use_ = {draft_.plan.addresses.base_port + socketmap_offset,
                     draft_.plan.addresses.base_port + admin_offset};
    const auto look = [this](std::string_view text) {
      for (std::size_t at = 0; at < text.size();) {
        const auto digits = std::min(text.find_first_not_of("0123456789", at), text.size());
        if (digits - at == 4 || digits - at == 5)
          ports_in_use_.insert(std::stoi(std::string{text.substr(at, digits - at)}));
        at = digits == at ? at + 1 : digits;
      }
    };
    for (const auto& name : draft_.parameters.names()) look(draft_.parameters.value(name));
    for (const auto& service : draft_.services) {
      look(service.name);
      for (const auto& [name, value] : service.parameters) look(value);
    }
  }

  Draft draft_;
  TableCheck check_;
  std::map<std::string, int> maps_of_;
  std::set<int> ports_in_use_;
  std::map<std::pair<std::string, std::string>, std::string> restrictions_;  ///< restriction, file -> its word
};

}  // namespace

ImportPlan make_plan(const PostfixParameters& parameters, const std::vector<Service>& services,
                     const ImportWorld& world) {
  Draft draft{parameters, services, world};
  for (const auto& warning : parameters.warnings()) draft.plan.warnings.push_back("main.cf: " + warning);
  draft.plan.addresses = choose_addresses(parameters, services, world.choices, draft.plan.warnings);
  draft.plan.postfix = copy_postfix_settings(parameters, world, draft.plan.warnings);
  return Planner{std::move(draft)}.make();
}

}  // namespace maproom::imports
