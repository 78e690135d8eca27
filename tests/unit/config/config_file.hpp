#pragma once
// A configuration in a temporary folder, and what read_config makes of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "maproom/config/config.hpp"

namespace maproom::app {

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    std::string pattern = testing::TempDir() + "maproom-config-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ::unsetenv("CREDENTIALS_DIRECTORY");
  }
  ~ConfigFile() override {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::remove_all(folder_);
  }

  std::string write(const std::string& name, const std::string& text, int mode = 0600) const {
    const auto path = folder_ / name;
    std::ofstream{path, std::ios::binary} << text;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
    return path;
  }

  Result<config::Config> read(const std::string& text, int mode = 0600) const {
    return config::read_config(write("maproom.toml", text, mode));
  }

  /// A file that reads well; the test fails otherwise.
  config::Config good(const std::string& text, int mode = 0600) const {
    auto config = read(text, mode);
    if (!config) {
      ADD_FAILURE() << config.error().detail;
      return {};
    }
    return std::move(*config);
  }

  /// The errors without the path of the file: "3: cache.memory: ...", one for each line.
  std::vector<std::string> errors(const std::string& text, int mode = 0600) const {
    const auto config = read(text, mode);
    if (config) return {};
    return without_path(config.error().detail);
  }

  std::vector<std::string> without_path(const std::string& lines) const {
    const auto prefix = (folder_ / "maproom.toml").string() + ":";
    std::vector<std::string> all;
    std::istringstream stream{lines};
    for (std::string line; std::getline(stream, line);)
      all.push_back(line.starts_with(prefix) ? line.substr(prefix.size()) : line);
    return all;
  }

  std::filesystem::path folder_;
};

/// A map that makes a file whole; it takes two lines.
inline const std::string one_map = "[maps.relay_domains]\nquery = \"SELECT 1 FROM d WHERE n = '%s'\"\n";  // NOLINT

}  // namespace maproom::app
