// The promise of "the outcome that mysql: would have had", held against mysql: itself: the same files, keys and rows,
// asked through Postfix's mysql: client and through Postfix's tcp: and socketmap: clients of a running daemon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <set>

#include "integration/same_answer/contest.hpp"
#include "integration/same_answer/corpus.hpp"
#include "integration/same_answer/odd_files.hpp"
#include "integration/same_answer/random_maps.hpp"
#include "integration/sample_world.hpp"

namespace maproom::test {
namespace {

/// The databases of all layouts, once.
const std::vector<Layout>& corpus() {
  static const auto all = [] {
    auto layouts = read_corpus();
    auto& server = shared_mariadb();
    // A plan that changes between two questions could change the order of rows that no query orders.
    server.sql("SET GLOBAL innodb_stats_auto_recalc = OFF");
    for (const char* host : {"localhost", "127.0.0.1"})
      server.sql("CREATE USER reader@'" + std::string{host} +
                 "' IDENTIFIED BY 'secret'; GRANT SELECT, EXECUTE ON *.* TO reader@'" + host + "'");
    for (const auto& layout : layouts) {
      server.sql("CREATE DATABASE " + layout.name + " CHARACTER SET utf8mb4");
      server.sql(layout.schema, layout.name);
    }
    return layouts;
  }();
  return all;
}

std::string connection(const std::string& database) {
  return "hosts = unix:" + shared_mariadb().socket() + "\nuser = reader\npassword = secret\ndbname = " + database +
         "\n";
}

/// Half of the keys that are asked of every map, the other half for the next map, and for some one that no line can
/// hold: such a key is a process of its own for everybody who is asked.
Keys some_common_keys(std::size_t map) {
  static const auto all = common_keys();
  static const Keys with_line_ends{"a\nb@hosted.example",   "\n",
                                   "anna@hosted.example\n", "anna\n@hosted.example\r\n",
                                   "\nanna@hosted.example", "'\n\\"};
  Keys keys;
  if (map % 3 == 0) keys.push_back(with_line_ends[map / 3 % with_line_ends.size()]);
  for (std::size_t i = map % 2; i < all.size(); i += 2) keys.push_back(all[i]);
  return keys;
}

/// Single: without the maps that have a " in their query.
enum class Quotes { all, single };

/// All layouts, or those named. `shift`: another choice of the common keys.
void add_layouts(Contest& contest, std::size_t variants, std::size_t shift, const std::set<std::string>& only = {},
                 Quotes quotes = Quotes::all) {
  for (const auto& layout : corpus()) {
    if (!only.empty() && !only.contains(layout.name)) continue;
    auto keys = layout.keys;
    add_keys(keys, variants_of(layout.keys, variants, layout.name));
    for (const auto& map : layout.maps) {
      if (map.text.find('"') != std::string::npos && quotes == Quotes::single) continue;
      auto all = keys;
      add_keys(all, some_common_keys(shift++));
      contest.add(map.name, {connection(layout.name) + map.text}, all);
    }
  }
}

TEST(SameAnswer, ToEveryMapOfTheCorpus) {
  Contest contest{true, Effort::thorough};
  add_layouts(contest, 2, 0);
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
  EXPECT_GT(contest.count(Judged::Kind::found), 5000U);
  EXPECT_GT(contest.count(Judged::Kind::not_found), 10000U);
  EXPECT_THAT(needless_exceptions(), testing::IsEmpty());
  EXPECT_GT(contest.count(Judged::Kind::error), 300U);
}

TEST(SameAnswer, WithoutSmtputf8) {
  Contest contest{false, Effort::brief};
  // Those whose answers depend on folding or on bytes that are not UTF-8; the rest would only say the same again.
  add_layouts(
      contest, 1, 1,
      {"collations", "formats", "ispmail", "literals", "postfixadmin", "tutorial", "types", "vimbadmin", "vmail"});
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
  EXPECT_GT(contest.count(Judged::Kind::found), 3000U);
  EXPECT_GT(contest.count(Judged::Kind::error), 300U);
}

/// Several tables of one map: for each key, the first that finds it; an error before that is the map's.
TEST(SameAnswer, ToSeveralTablesInOrder) {
  std::mt19937_64 random{3};
  Contest contest{true, Effort::brief};
  for (const auto& layout : corpus()) {
    for (int times = 0; times < 2; ++times) {
      std::string names;
      std::vector<std::string> texts;
      for (int i = 0; i < 3; ++i) {
        const auto& map = layout.maps[random() % layout.maps.size()];
        names += (i == 0 ? "" : ", then ") + map.name;
        texts.push_back(connection(layout.name) + map.text);
      }
      auto keys = layout.keys;
      add_keys(keys, variants_of(layout.keys, 1, names));
      contest.add(names, texts, keys);
    }
  }
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
  EXPECT_GT(contest.count(Judged::Kind::found), 250U);
}

TEST(SameAnswer, ToRandomMaps) {
  Keys keys;
  for (const auto& layout : corpus())
    if (layout.name == "formats") keys = layout.keys;
  add_keys(keys, variants_of(keys, 3, "random maps"));
  Contest contest{true, Effort::brief};
  for (const auto& text : random_maps(70)) contest.add(text, {connection("formats") + text}, keys);
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
  EXPECT_GT(contest.count(Judged::Kind::found), 700U);
  EXPECT_GT(contest.count(Judged::Kind::error), 20U);
}

class OddlyWritten : public testing::Test {
 protected:
  std::string filled_in(std::string text) const {
    const auto& server = shared_mariadb();
    const std::array<std::pair<std::string_view, std::string>, 6> all{
        {{"@HEAD@", connection("formats")},
         {"@HOST@", "unix:" + server.socket()},
         {"@PORT@", std::to_string(server.port())},
         {"@OPTIONS@", folder.write("options",
                                    "[client]\nuser = reader\npassword = secret\n[maproom-test]\nuser = reader\n"
                                    "password = secret\n[nobody]\nuser = nobody\n",
                                    0644)},
         {"@EMPTY@", folder.write("empty", "# no name\n\n  \n", 0644)},
         {"@NAMES@",
          folder.write("names", "# names\nSub.Hosted.example other.example,\n  müller.example # more\n", 0644)}}};
    for (const auto& [name, value] : all)
      for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
        text.replace(at, name.size(), value);
    return text;
  }
  TempDir folder;
};

TEST_F(OddlyWritten, FilesHaveTheSameAnswersOrAreRefused) {
  corpus();
  Contest contest{true, Effort::brief};
  const Keys keys{"two@hosted.example",     "rows@hosted.example",  "nobody@hosted.example", "Bare", "@", "",
                  "one@sub.hosted.example", "umlaut@Müller.example"};
  for (const auto& odd : odd_files()) {
    SCOPED_TRACE("file \"" + odd.name + "\": " + escaped(odd.text));
    const auto text = filled_in(odd.text);
    const auto checked = contest.check(text);
    const bool works = odd.fate == OddFile::Fate::accepted || odd.fate == OddFile::Fate::kinder;
    EXPECT_EQ(checked.status, works ? 0 : 78) << checked.err;
    EXPECT_TRUE(works || !checked.err.empty());
    switch (odd.fate) {
      case OddFile::Fate::accepted:
        if (checked.status == 0) contest.add(odd.name, {text}, keys);
        break;
      case OddFile::Fate::refused:
      case OddFile::Fate::kinder:
        EXPECT_EQ(contest.ask_mysql(text, "nobody@hosted.example"), error());
        break;
      case OddFile::Fate::stricter:
        EXPECT_NE(contest.ask_mysql(text, "two@hosted.example"), error()) << "no exception: mysql: refuses it too";
        break;
    }
    EXPECT_NE(odd.reason.empty(), odd.fate == OddFile::Fate::stricter || odd.fate == OddFile::Fate::kinder);
  }
  contest.start();
  contest.run();
  std::cout << contest.summary() << '\n';
}

/// The server's default for every new connection, for as long as this lives.
class SqlMode {
 public:
  explicit SqlMode(const std::string& mode) : before_{shared_mariadb().sql("SELECT @@GLOBAL.sql_mode")} {
    shared_mariadb().sql("SET GLOBAL sql_mode = '" + mode + "'");
  }
  ~SqlMode() { shared_mariadb().sql("SET GLOBAL sql_mode = '" + before_.substr(0, before_.find('\n')) + "'"); }
  SqlMode(const SqlMode&) = delete;
  SqlMode& operator=(const SqlMode&) = delete;

 private:
  std::string before_;
};

TEST(SameAnswer, UnderOtherSqlModes) {
  corpus();
  const struct {
    const char* mode;
    Quotes quotes;
  } all[] = {
      // The client library's quoting, which Postfix uses, doubles only ' in this mode: a " in a key ends a literal that
      // " encloses, and the rest of the key is SQL. Maproom doubles the " there, so it cannot answer the same.
      {"NO_BACKSLASH_ESCAPES", Quotes::single},
      {"ANSI_QUOTES", Quotes::all},
  };
  for (const auto& [mode, quotes] : all) {
    SCOPED_TRACE(mode);
    const SqlMode other{mode};
    Contest contest{true, Effort::brief};
    add_layouts(contest, 1, 0, {"literals", "vmail"}, quotes);
    contest.start();
    contest.run();
    std::cout << mode << ": " << contest.summary() << '\n';
  }
}

}  // namespace
}  // namespace maproom::test
