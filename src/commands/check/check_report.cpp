#include "maproom/commands/check_report.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace maproom::commands {
using Json = nlohmann::json;

// Found by nlohmann::json, which wants them beside the types.
NLOHMANN_JSON_SERIALIZE_ENUM(About, {{About::configuration, "configuration"},
                                     {About::postfix, "postfix"},
                                     {About::files, "files"},
                                     {About::tables, "tables"},
                                     {About::feed, "feed"},
                                     {About::redis, "redis"},
                                     {About::itself, "itself"}})
using Level = CheckFinding::Level;
NLOHMANN_JSON_SERIALIZE_ENUM(Level, {{Level::note, "note"}, {Level::warning, "warning"}, {Level::error, "error"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CheckFinding, level, about, what)

void CheckReport::add(CheckFinding finding) {
  // One line, whatever a server says or a table holds.
  std::replace_if(
      finding.what.begin(), finding.what.end(), [](unsigned char c) { return (c < ' ' && c != '\n') || c == 0x7f; },
      '?');
  if (!json_)
    std::fprintf(stderr, "%s%s\n",
                 finding.level == Level::warning ? "warning: "
                 : finding.level == Level::note  ? "note: "
                                                 : "",
                 finding.what.c_str());
  findings_.push_back(std::move(finding));
}

bool CheckReport::has(Level level) const noexcept {
  return std::any_of(findings_.begin(), findings_.end(),
                     [level](const auto& finding) { return finding.level == level; });
}

void CheckReport::finish(const std::string& good) const {
  if (json_)
    std::printf("%s\n", Json{{"findings", findings_}}.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  else if (!has_errors())
    std::printf("%s\n", good.c_str());
}

std::optional<std::vector<CheckFinding>> check_findings(std::string_view json) {
  const auto parsed = Json::parse(json, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("findings")) return std::nullopt;
  try {
    return parsed.at("findings").get<std::vector<CheckFinding>>();
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace maproom::commands
