#include "integration/matrix/case.hpp"

#include <sstream>
#include <stdexcept>

#include "support/temp_dir.hpp"

namespace maproom::test::matrix {
namespace {

struct Line {
  std::string word, session, text;
  int number = 0;
};

std::vector<Line> lines_of(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream stream{text};
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == ' ' && !lines.empty()) {
      lines.back().text += "\n" + line;
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string::npos) throw std::runtime_error{"line " + std::to_string(number) + " has no colon"};
    const auto at = std::min(line.find('@'), colon);
    const auto begin = std::min(colon + 2, line.size());
    lines.push_back({line.substr(0, at), at < colon ? line.substr(at + 1, colon - at - 1) : std::string{},
                     line.substr(begin), number});
  }
  return lines;
}

const std::map<std::string, Step::Kind>& kinds_of_steps() {
  static const std::map<std::string, Step::Kind> kinds{{"do", Step::Kind::sql},    {"fails", Step::Kind::fails},
                                                       {"sh", Step::Kind::shell},  {"server", Step::Kind::server},
                                                       {"wait", Step::Kind::wait}, {"settle", Step::Kind::settle}};
  return kinds;
}

bool add_to_case(Case& one, const Line& line) {
  if (const auto step = kinds_of_steps().find(line.word); step != kinds_of_steps().end())
    one.change.push_back({step->second, line.session, line.text});
  else if (line.word == "query")
    one.query = line.text;
  else if (line.word == "key")
    one.keys.push_back(line.text);
  else if (line.word == "before")
    one.before.push_back({Step::Kind::sql, line.session, line.text});
  else if (line.word == "after")
    one.after.push_back({Step::Kind::sql, line.session, line.text});
  else if (line.word == "set" && line.text == "no")
    one.has_set = false;
  else if (line.word == "truth" && line.text == "held")
    one.truth_held = true;
  else if (line.word == "outcome" && line.text == "same")
    one.outcome = Outcome::same;
  else if (line.word == "outcome" && line.text == "kept")
    one.outcome = Outcome::kept;
  else
    return false;
  return true;
}

void complete(Case& one, std::size_t number) {
  one.table = (number < 10 ? "c0" : "c") + std::to_string(number);
  if (one.keys.empty()) one.keys = {"old", "new"};
  if (one.before.empty())
    one.before.push_back({Step::Kind::sql, "",
                          "CREATE TABLE {t} (k VARCHAR(64) PRIMARY KEY, v VARCHAR(64)) ENGINE=InnoDB; "
                          "INSERT INTO {t} VALUES ('old', '1'), ('more', '9')"});
}

}  // namespace

CaseFile read_cases(const std::string& name) {
  CaseFile file;
  file.name = name;
  for (const auto& line :
       lines_of(read_text(std::string{MAPROOM_SOURCE_DIR} + "/tests/integration/matrix/" + name + ".case"))) {
    const bool understood = line.word == "world"  ? (file.bounded = line.text == "bounded")
                            : line.word == "case" ? (file.cases.emplace_back().name = line.text, true)
                                                  : !file.cases.empty() && add_to_case(file.cases.back(), line);
    if (!understood)
      throw std::runtime_error{name + ".case:" + std::to_string(line.number) + ": not understood: " + line.word};
  }
  std::size_t number = 0;
  for (auto& one : file.cases) complete(one, ++number);
  return file;
}

std::string filled_in(std::string text, const Words& words) {
  for (const auto& [word, value] : words) {
    const auto name = "{" + word + "}";
    for (std::string::size_type at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
      text.replace(at, name.size(), value);
  }
  return text;
}

}  // namespace maproom::test::matrix
