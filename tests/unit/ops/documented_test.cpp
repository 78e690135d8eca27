// docs/operations.md explains every event of the log, with its level, and every metric; and none that is gone.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "support/temp_dir.hpp"

namespace maproom::test {
namespace {

const std::string source = MAPROOM_SOURCE_DIR;

std::string all_sources() {
  std::string text;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{source + "/src"})
    if (entry.path().extension() == ".cpp") text += read_text(entry.path().string());
  return text;
}

/// What the expression finds: group 1, and group 2 if there is one.
std::set<std::pair<std::string, std::string>> matches(const std::string& text, const std::string& expression) {
  const std::regex regex{expression};
  std::set<std::pair<std::string, std::string>> found;
  for (auto it = std::sregex_iterator{text.begin(), text.end(), regex}; it != std::sregex_iterator{}; ++it)
    found.emplace((*it)[1], it->size() > 2 ? (*it)[2].str() : std::string{});
  return found;
}

TEST(Documented, EveryEventWithItsLevel) {
  const auto text = all_sources();
  std::set<std::pair<std::string, std::string>> written;
  for (const auto& [level, name] : matches(text, R"re(spdlog::(\w+)\(\s*"event=(\w+))re"))
    written.emplace(name, level == "warn" ? "warning" : level);
  for (const auto& [level, name] : matches(text, R"re(log_limited\(\s*LogLevel::(\w+),\s*"(\w+)")re"))
    written.emplace(name, level);
  // An event written in another way would be missed above.
  for (const auto& [name, none] : matches(text, R"re(event=(\w+))re"))
    EXPECT_TRUE(written.lower_bound({name, ""}) != written.end() && written.lower_bound({name, ""})->first == name)
        << name;
  EXPECT_GT(written.size(), 20U);
  std::erase_if(written, [](const auto& event) { return event.second == "debug"; });  // for developers
  const auto manual = read_text(source + "/docs/operations.md");
  EXPECT_EQ(matches(manual, R"re(\n\| `(\w+)` \| (info|warning|error) \|)re"), written);
}

TEST(Documented, EveryMetric) {
  const auto manual = read_text(source + "/docs/operations.md");
  const auto metrics = matches(read_text(source + "/src/ops/metrics.cpp"), R"re("((?:maproom|process)_\w+)")re");
  EXPECT_GT(metrics.size(), 10U);
  EXPECT_EQ(matches(manual, R"re(\n\| `((?:maproom|process)_\w+))re"), metrics);
}

}  // namespace
}  // namespace maproom::test
