// conf/maproom.toml is the truth about settings and defaults, and the manual knows every setting.

#include <set>

#include "config_file.hpp"

namespace maproom::app {
namespace {

using namespace std::chrono_literals;

const std::string source = MAPROOM_SOURCE_DIR;  // NOLINT: read only

std::string text_of(const std::string& path) {
  std::ifstream stream{path};
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// A '#' without a blank stands before a setting with its default; take it away.
std::string uncommented(const std::string& text) {
  std::istringstream stream{text};
  std::string all;
  for (std::string line; std::getline(stream, line);) {
    const bool setting = line.size() > 1 && line[0] == '#' && line[1] != ' ' && line[1] != '#';
    all += (setting ? line.substr(1) : line) + "\n";
  }
  return all;
}

/// From the line that is `title` to the next that begins with `next`.
std::string section_of(const std::string& text, const std::string& title, const std::string& next) {
  const auto begin = text.find("\n" + title + "\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find(next, begin + 1) - begin);
}

/// "maps.relay_domains.tables[1].query" is "maps.*.query": one setting, wherever it stands.
std::string general(const std::string& name) {
  if (!name.starts_with("maps.")) return name;
  return "maps.*" + name.substr(name.rfind('.'));
}

using SampleConfig = ConfigFile;

TEST_F(SampleConfig, IsGoodAsItIs) {
  const auto config = config::read_config(source + "/conf/maproom.toml");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->maps.size(), 8U);
}

TEST_F(SampleConfig, ShowsEveryDefault) {
  const auto text = text_of(source + "/conf/maproom.toml");
  // Without the lines that say something, as if nothing had been configured, and with all of them.
  const auto shown = good(uncommented(text));
  const auto plain = good("[maps.virtual_mailbox_domains]\nquery = \"SELECT 1 FROM domain WHERE domain = '%s'\"\n");
  EXPECT_EQ(shown.postfix, plain.postfix);
  EXPECT_EQ(shown.mariadb, plain.mariadb);
  EXPECT_EQ(shown.cache, plain.cache);
  EXPECT_EQ(shown.control, plain.control);
  EXPECT_EQ(shown.log_level, plain.log_level);
  EXPECT_EQ(shown.max_connections, plain.max_connections);
  EXPECT_EQ(shown.sessions_memory, plain.sessions_memory);
  cache::RedisSettings redis;
  redis.server = shown.redis.value().server;  // has no default
  EXPECT_EQ(*shown.redis, redis);
  const auto& map = shown.maps.at(0);
  const auto& bare = plain.maps.at(0);
  EXPECT_EQ(map.name, bare.name);
  EXPECT_EQ(map.parameter, bare.parameter);
  EXPECT_EQ(map.addresses_only, bare.addresses_only);
  EXPECT_EQ(map.deadline, bare.deadline);
  EXPECT_EQ(map.positive_ttl, bare.positive_ttl);
  EXPECT_EQ(map.negative_ttl, bare.negative_ttl);
  EXPECT_EQ(map.stale_limit, bare.stale_limit);
  EXPECT_EQ(map.stale_negative_limit, bare.stale_negative_limit);
  auto settings = map.tables.at(0).settings;
  settings.query = bare.tables.at(0).settings.query;
  EXPECT_EQ(settings, bare.tables.at(0).settings);
}

TEST_F(SampleConfig, AndTheManualKnowEverySetting) {
  const auto text = uncommented(text_of(source + "/conf/maproom.toml"));
  const auto manual = text_of(source + "/docs/man/maproom.toml.5");
  std::set<std::string> known;
  const auto config = config::read_config(write("maproom.toml", text), known);
  ASSERT_TRUE(config) << config.error().detail;
  std::set<std::string> settings;
  for (const auto& name : known) settings.insert(general(name));
  // Every section has been read, or the comparison would be idle.
  for (const auto* name :
       {"postfix.myorigin", "mariadb.hosts", "redis.server", "cache.memory", "feed.binlog", "feed.followed_ttl",
        "socketmap.listen", "admin.control", "log.level", "server.max_connections", "maps.*.query"})
    EXPECT_TRUE(settings.contains(name)) << name;
  // They stand in an element of tables.
  for (const std::string name : {"file", "cidr", "regexp", "pcre"}) {
    EXPECT_EQ(settings.erase("maps.*." + name), 1U) << name;
    EXPECT_NE(text_of(source + "/conf/maproom.toml").find("{ " + name + " = "), std::string::npos) << name;
    EXPECT_NE(manual.find("{ " + name + " = "), std::string::npos) << name;
  }
  for (const auto& setting : settings) {
    const auto name = setting.substr(setting.rfind('.') + 1);
    const auto section = "[" + setting.substr(0, setting.rfind('.')) + "]";
    const auto here = section_of(text, section == "[maps.*]" ? "[maps.virtual_mailbox_domains]" : section, "\n[");
    const bool shown = here.find("\n" + name + " = ") != std::string::npos ||
                       here.find("\n#   " + name + " = ") != std::string::npos;  // an alternative
    EXPECT_TRUE(shown) << "conf/maproom.toml does not show " << setting;
    const auto title = section == "[maps.*]" ? "[maps.NAME]" : section;
    const auto there = section_of(manual, ".Ss The " + title + " section", "\n.Ss ");
    EXPECT_NE(there.find("\n.It Ic " + name + "\n"), std::string::npos)
        << "maproom.toml(5) does not explain " << setting;
  }
}

TEST_F(SampleConfig, BothKindsOfHostsHaveAllEightMapsBetweenThem) {
  std::set<std::string> maps;
  for (const auto* file : {"/conf/maproom-mx.toml", "/conf/maproom-mailbox.toml"}) {
    const auto config = config::read_config(source + file);
    ASSERT_TRUE(config) << config.error().detail;
    const auto main_cf =
        text_of(source + (std::string{file}.find("mx") != std::string::npos ? "/conf/main.cf.mx-host"
                                                                            : "/conf/main.cf.mailbox-host"));
    for (const auto& map : config->maps) {
      maps.insert(map.name);
      // Postfix asks each of them, at the port where it is.
      const auto line = main_cf.find("\n" + map.name + " = ");
      ASSERT_NE(line, std::string::npos) << file << ": " << map.name;
      const auto value = main_cf.substr(line, main_cf.find('\n', line + 1) - line);
      EXPECT_NE(value.find("tcp:" + map.listen.value().host + ":" + std::to_string(map.listen->port)),
                std::string::npos)
          << file << ": " << value;
    }
    EXPECT_NE(main_cf.find("\nrecipient_delimiter = " + config->postfix.recipient_delimiter + "\n"), std::string::npos);
    EXPECT_NE(main_cf.find("\nmyhostname = " + config->postfix.myorigin + "\n"), std::string::npos);
  }
  EXPECT_EQ(maps.size(), 8U);
}

}  // namespace
}  // namespace maproom::app
