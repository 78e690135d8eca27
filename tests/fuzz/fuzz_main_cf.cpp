// main.cf and master.cf of any bytes: reading, expanding and planning come to an end, a plan keeps its own rules, and
// what is not imported is named. Input: main.cf, and after a NUL byte master.cf.

#include <set>
#include <string>

#include "maproom/core/fold.hpp"
#include "maproom/import/output.hpp"
#include "maproom/import/plan.hpp"
#include "maproom/import/table_list.hpp"
#include "maproom/import/words.hpp"
#include "maproom/map/profile.hpp"
#include "maproom/map/text_table.hpp"
#include "property.hpp"

using namespace maproom;
using maproom::fuzz::require;

namespace {

imports::ImportWorld world() {
  return {[](const std::string& path) -> Result<std::string> {
            if (path.ends_with(".cf")) return std::string{"dbname = mail\nquery = SELECT 1 FROM t WHERE a = '%s'\n"};
            if (path.ends_with("virtual")) return std::string{"a@b.example c@d.example\n"};
            return fail(Errc::invalid, path + ": cannot be read");
          },
          [](const std::string& word) -> std::vector<std::string> {
            if (word == "all") return {"192.0.2.1", "::1"};
            return {};
          },
          "/new",
          {}};
}

void judge(const imports::PostfixParameters& parameters, const std::vector<imports::Service>& services) {
  const auto plan = imports::make_plan(parameters, services, world());
  std::set<std::string> names;
  std::set<int> ports;
  for (const auto& map : plan.maps) {
    require(names.insert(map.name).second, "each map has a name of its own");
    require(ports.insert(map.port).second && map.port >= 10040 && map.port <= 65535, "each map has a port of its own");
    require(!map.tables.empty(), "each map has something to ask");
    require(map::profile_of(map.parameter, plan.postfix).has_value(), "each map has a profile");
    for (const auto& table : map.tables) require(table.path.starts_with('/'), "tables have absolute paths");
  }
  require(plan.maps.empty() || !plan.changes.empty(), "maps without a change would not be asked");
  std::set<std::string> changed;
  for (const auto& change : plan.changes) {
    require(changed.insert(change.parameter).second, "a parameter is changed once");
    require(change.before.has_value() == parameters.is_set(change.parameter), "the way back is known");
    require(change.value.find('\n') == std::string::npos, "a value is one line");
  }
  for (const auto& name : parameters.names())
    if (map::profile_of(name, plan.postfix) && imports::names_sql(parameters.value(name)) && !changed.contains(name)) {
      bool told = false;
      for (const auto& left : plan.left) told = told || left.starts_with(name + ": ");
      require(told, "what is not imported is named");
    }
  for (const auto& file : plan.files)
    require(map::TextTable::parse(file.text, true).warnings().empty(), "new text tables read well");
  require(is_valid_utf8(imports::to_toml(plan, "main.cf")), "TOML is UTF-8");
  require(!imports::to_commands(plan, "/etc/postfix", "/x").empty(), "there is something to say");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const auto nul = std::min(text.find('\0'), text.size());
  const auto main_cf = text.substr(0, nul);
  const auto services = imports::parse_master_cf(nul == text.size() ? std::string_view{} : text.substr(nul + 1));

  std::size_t end = 0;
  for (const auto& word : imports::split_words(text)) {
    require(word.at >= end && !word.text.empty(), "words come in order");
    require(text.substr(word.at, word.text.size()) == word.text, "a word stands where it says");
    end = word.at + word.text.size();
  }

  const auto parameters = imports::PostfixParameters::by_itself(main_cf, "/etc/postfix", "host.example");
  if (!parameters) {
    require(!parameters.error().detail.empty(), "a refusal says why");
    return 0;
  }
  judge(*parameters, services);
  // A postconf that agrees, and one that says anything.
  std::string said;
  for (const auto& name : parameters->names()) said += name + " = " + parameters->value(name) + "\n";
  for (const auto& output : {std::string_view{said}, text}) {
    const auto with = imports::PostfixParameters::with_postconf(main_cf, output);
    require(with.has_value(), "main.cf is read the same");
    judge(*with, services);
  }
  return 0;
}
