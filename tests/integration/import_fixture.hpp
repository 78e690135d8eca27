#pragma once
// The configuration of a system (tests/integration/import) on this host: its files in a temporary folder, its schema in
// a private MariaDB, imported both ways, served, and switched there and back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "integration/sample_world.hpp"
#include "maproom/config/config.hpp"

namespace maproom::test {

const std::string any_value = "(any)";                                        // NOLINT: read only
const std::string systems = MAPROOM_SOURCE_DIR "/tests/integration/import/";  // NOLINT: read only

struct Question {
  std::string map, key;
  Judged expected;
};

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream all{text};
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

inline std::vector<std::string> new_lines(const std::string& now, const std::string& before) {
  std::vector<std::string> lines;
  for (auto& line : lines_of(now))
    if (("\n" + before).find("\n" + line + "\n") == std::string::npos) lines.push_back(std::move(line));
  return lines;
}

/// The parameters that standard error says are left, or that it warns of.
inline std::vector<std::string> named(const std::string& err, const std::string& after) {
  std::vector<std::string> names;
  for (const auto& line : lines_of(err))
    if (line.starts_with(after))
      names.push_back(line.substr(after.size(), line.find(':', after.size()) - after.size()));
  return names;
}

/// Postfix waits until a main.cf was last written a while ago.
inline void settle(const std::string& main_cf) {
  std::filesystem::last_write_time(main_cf, std::filesystem::file_time_type::clock::now() - std::chrono::minutes{1});
}

class ImportTest : public testing::Test {
 protected:
  /// A system's files, with "/etc/postfix" and the database where this test has them.
  void bring(const std::string& system) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{systems + system}) {
      if (!entry.is_regular_file()) continue;
      auto text = std::regex_replace(read_text(entry.path()), std::regex{"/etc/postfix"}, dir_.path("postfix"));
      const auto name = std::filesystem::relative(entry.path(), systems + system).string();
      if (name.ends_with(".cf") && name != "main.cf" && name != "master.cf")
        text =
            std::regex_replace(text, std::regex{"(^|\n)hosts *=[^\n]*"}, "$1hosts = unix:" + shared_mariadb().socket());
      static_cast<void>(dir_.write("postfix/" + name, text, name == "main.cf" ? 0644 : 0640));
    }
    auto database = system;
    std::replace(database.begin(), database.end(), '-', '_');
    if (std::filesystem::exists(systems + system + "/schema.sql")) {
      shared_mariadb().sql("DROP DATABASE IF EXISTS " + database + "; CREATE DATABASE " + database);
      shared_mariadb().sql(read_text(systems + system + "/schema.sql"), database);
    } else {
      shared_mariadb().make_sample_database(database);
    }
    shared_mariadb().sql("CREATE USER IF NOT EXISTS mail@localhost IDENTIFIED BY 'secret'; GRANT SELECT ON " +
                         database + ".* TO mail@localhost");
  }

  CommandResult import(const std::string& folder, const std::map<std::string, std::string>& environment = {}) const {
    settle(dir_.path("postfix/main.cf"));
    std::filesystem::create_directory(dir_.path(folder));
    return run_command({MAPROOM_BINARY, "import", dir_.path("postfix/main.cf"), "--output", dir_.path(folder)}, {},
                       environment);
  }

  /// Both ways, which must not differ; then check and serve.
  void import_and_serve() {
    imported_ = import("new");
    ASSERT_EQ(imported_.status, 0) << imported_.err;
    const auto toml = read_text(dir_.path("new/maproom.toml"));
    std::filesystem::rename(dir_.path("new"), dir_.path("with-postconf"));
    const auto by_itself = import("new", {{"PATH", "/nonexistent"}});
    EXPECT_EQ(by_itself.status, 0);
    EXPECT_EQ(by_itself.out, imported_.out);
    EXPECT_EQ(by_itself.err, imported_.err);
    EXPECT_EQ(read_text(dir_.path("new/maproom.toml")), toml);

    const auto config = config::read_config(dir_.path("new/maproom.toml"));
    ASSERT_TRUE(config) << config.error().detail;
    for (const auto& map : config->maps)
      if (map.listen) default_ports_[map.name] = std::to_string(map.listen->port);
    const std::regex address{"\"inet:127\\.0\\.0\\.1:([0-9]+)\""};
    std::string moved;
    auto rest = toml;
    for (std::smatch match; std::regex_search(rest, match, address); rest = match.suffix().str())
      moved += match.prefix().str() + "\"inet:127.0.0.1:" + std::to_string(ports_[match[1].str()]) + "\"";
    moved += rest;
    if (config->passwords) {
      std::filesystem::create_directory(dir_.path("passwords"));
      run_command({"chgrp", "postfix", dir_.path("passwords")});
      run_command({"chmod", "0750", dir_.path("passwords")});
      moved = std::regex_replace(moved, std::regex{config->passwords->path}, dir_.path("passwords/socketmap"));
    }
    daemon_.configure(moved);
    const auto check = daemon_.run({"check", "--main-cf", "none"});
    ASSERT_EQ(check.status, 0) << check.err;
    // iRedMail's files have a line that Postfix does not know either.
    for (const auto& line : lines_of(check.err))
      EXPECT_THAT(line, testing::HasSubstr("unknown parameter port is ignored"));
    daemon_.start();
  }

  void ask(const std::vector<Question>& questions) {
    for (const auto& [map, key, expected] : questions) {
      ASSERT_TRUE(default_ports_.contains(map)) << map;
      const auto table = "tcp:127.0.0.1:" + std::to_string(ports_[default_ports_.at(map)]);
      // Client lists and text tables answer as soon as they are known to be good.
      ASSERT_TRUE(wait_until([&] { return postmap_.query(key, table).kind != Judged::Kind::error; })) << daemon_.log();
      EXPECT_EQ(postmap_.query(key, table), expected) << map << " " << key;
    }
  }

  std::string postconf(const std::string& mode) const {
    settle(dir_.path("postfix/main.cf"));
    return run_command({"postconf", "-c", dir_.path("postfix"), mode}).out;
  }
  std::string postconf_value(const std::string& name) const {
    auto out = run_command({"postconf", "-c", dir_.path("postfix"), "-xh", name}).out;
    if (out.ends_with('\n')) out.pop_back();
    return out;
  }

  /// Runs the commands under a heading of what import printed.
  void run_commands(const std::string& heading) const {
    bool there = false;
    int ran = 0;
    for (const auto& line : lines_of(imported_.out)) {
      if (line.starts_with("#")) there = line == heading;
      if (!there || !line.starts_with("postconf ")) continue;
      settle(dir_.path("postfix/main.cf"));
      const auto result = run_command({"sh", "-c", line});
      EXPECT_EQ(result.status, 0) << line << result.err;
      ++ran;
    }
    EXPECT_GT(ran, 0) << heading;
  }

  /// There: each of `parameters` has the value; back: all is as it was.
  void switch_there_and_back(const std::map<std::string, std::string>& parameters) {
    const auto before = postconf("-n");
    const auto before_expanded = postconf("-x");
    run_commands("# Switch:");
    settle(dir_.path("postfix/main.cf"));
    for (const auto& [name, value] : parameters) {
      if (value != any_value) {
        EXPECT_EQ(postconf_value(name), value) << name;
      }
    }
    const auto switched = postconf("-n");
    EXPECT_EQ(new_lines(switched, before).size(), parameters.size()) << switched;
    run_commands("# Switch back:");
    EXPECT_EQ(postconf("-n"), before);
    EXPECT_THAT(new_lines(postconf("-x"), before_expanded), testing::ElementsAre(testing::StartsWith("process_id = ")));
  }

  std::vector<std::string> left() const { return named(imported_.err, "warning: left as it is: "); }

  TempDir dir_;
  Ports ports_;
  Daemon daemon_;
  Postmap postmap_;
  CommandResult imported_;
  std::map<std::string, std::string> default_ports_;
};

}  // namespace maproom::test
