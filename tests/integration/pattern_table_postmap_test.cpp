// Tables of every kind, each read as cidr:, regexp: and pcre: by Postfix's own postmap and by ours: the same answers,
// and the same lines complained of. (That Postfix takes an expression which fails on a key for one that does not match,
// and we do not, is the one difference: unit_map.)

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <regex>
#include <set>

#include "maproom/config/text_file.hpp"
#include "maproom/map/file_table.hpp"
#include "support/postmap.hpp"
#include "support/process.hpp"

namespace maproom::test {
namespace {

using map::FileKind;
using map::FileTable;

constexpr std::array kinds{FileKind::cidr, FileKind::regexp, FileKind::pcre};

std::vector<std::string> words_of_keys() {
  return {"joe", "Joe+Ext",         "owner-list", "a/b",  "per%cent", "esc/aped", "\\", "ümläut", "jöe",
          "x y", "\"quoted user\"", "user",       "root", "abc",      "aXc",      "$1", "{x}",    "(x)",
          "n+e", "postmaster"};
}

/// What Postfix asks tables for, and what the tables of the corpus look for.
std::vector<std::string> keys_to_ask() {
  std::vector<std::string> keys{"joe",
                                "*",
                                "<>",
                                "foo",
                                "FOO",
                                "FoO",
                                "abc",
                                "a c",
                                "a\tc",
                                "b",
                                "bb",
                                "xbx",
                                "aaa",
                                "end",
                                "end2",
                                "one-two-three",
                                "abc$",
                                "ac",
                                "dollar",
                                "x1",
                                "x2",
                                "x3",
                                "x4",
                                "zero",
                                "none",
                                "openx",
                                "parx",
                                "mixx",
                                "nestx",
                                "emptyx",
                                "endx",
                                "namex",
                                "spx",
                                "leadx",
                                "bigx",
                                "hugex",
                                "negx",
                                "condx",
                                "qx",
                                "zz",
                                "deep",
                                "nothing",
                                "group",
                                "groupxx",
                                "space",
                                "c",
                                "cont",
                                "part",
                                "cr",
                                "nul",
                                "after",
                                "lead",
                                "vt",
                                "last",
                                "ü",
                                "€",
                                "äx",
                                "Ä",
                                "straße",
                                "STRASSE",
                                "v",
                                "vv",
                                "u",
                                "t",
                                "tt",
                                "s",
                                "r",
                                "rr",
                                "q",
                                "w",
                                "y",
                                "z",
                                "123",
                                "12",
                                "word",
                                "word d",
                                "w1",
                                "hyphen",
                                "noncap",
                                "mixedCASE",
                                "MIXEDcase",
                                "abcd",
                                "aab",
                                "aaab",
                                "A\t",
                                "1",
                                "x",
                                "xx",
                                "ac bc",
                                "192.0.2.55",
                                "192.0.2.1",
                                "192.0.2.63",
                                "192.0.2.64",
                                "192.0.2.128",
                                "192.0.2.255",
                                "192.0.3.0",
                                "192.0.1.9",
                                "198.51.100.7",
                                "10.0.0.1",
                                "10.2.0.0",
                                "10.2.0.1",
                                "10.3.1.1",
                                "10.4.1.1",
                                "10.6.7.8",
                                "10.7.1.1",
                                "10.8.0.1",
                                "10.9.0.1",
                                "10.0.1.77",
                                "11.1.1.1",
                                "12.1.1.1",
                                "13.0.0.0",
                                "172.16.0.1",
                                "0.0.0.0",
                                "255.255.255.255",
                                "192.0.2",
                                "192.0.2.055",
                                "192.0.2.256",
                                "192.0.2.1/32",
                                " 192.0.2.1",
                                "::1",
                                "::",
                                "2001:db8::1",
                                "2001:DB8::1",
                                "2001:db8:1::9",
                                "2001:db9::1",
                                "fe80::1",
                                "fe80::1%eth0",
                                "::ffff:10.0.0.1",
                                "::ffff:192.0.2.1",
                                "0:0:0:0:0:0:0:1",
                                "[::1]",
                                "[192.0.2.1]",
                                "localhost",
                                "host.lan",
                                "a.localhost",
                                "mx.example.com",
                                ".example.com",
                                "example.com",
                                "unclosed",
                                "under",
                                "paren",
                                "xyz",
                                "iffy",
                                "endify",
                                "swallowed",
                                "tight",
                                "never closed at all",
                                "double",
                                "quoted",
                                "semi",
                                "SEMI",
                                "back",
                                "e",
                                "trailing",
                                "/",
                                "!",
                                "a|b",
                                "(x)",
                                "a++b",
                                "a.b",
                                "keep b",
                                "ab",
                                "(x)(x)",
                                std::string(300, 'a'),
                                std::string(1000, 'b')};
  for (const auto& user : words_of_keys())
    for (const auto* const domain : {"@example.com", "@Sub.Example.COM", "@old.example.org", "@lists.example",
                                     "@straße.example", "@[192.0.2.1]", "@", "@example.net"})
      keys.push_back(user + domain);
  return keys;
}

class PatternTable : public testing::Test {
 protected:
  struct Said {
    std::map<std::string, std::string> values;
    std::set<std::size_t> lines;  ///< that it warned of
    std::string fatal;
  };

  /// All keys at once: a process for each would take minutes.
  [[nodiscard]] Said ask_postmap(FileKind kind, const std::string& path, const std::vector<std::string>& wanted) const {
    std::string input;
    for (const auto& key : wanted) input += key + "\n";
    const auto result =
        run_command({"postmap", "-c", folder.path(), "-q", "-", std::string{to_string(kind)} + ":" + path}, input);
    Said said;
    for (std::size_t at = 0; at < result.out.size();) {
      const auto end = result.out.find('\n', at);
      const auto line = result.out.substr(at, end - at);
      // Of the keys, which may hold tabs themselves, the one that it begins with.
      std::string key;
      for (const auto& each : wanted)
        if (line.starts_with(each + "\t") && each.size() > key.size()) key = each;
      said.values[key] = line.substr(key.size() + 1);
      at = end + 1;
    }
    static const std::regex warned{"warning: [a-z]+ map [^\n]*, line ([0-9]+): "};
    for (std::sregex_iterator each{result.err.begin(), result.err.end(), warned}; each != std::sregex_iterator{};
         ++each)
      said.lines.insert(std::stoul((*each)[1]));
    if (const auto fatal = result.err.find("fatal: "); fatal != std::string::npos)
      said.fatal = result.err.substr(fatal);
    return said;
  }

  static std::set<std::size_t> lines_of(const FileTable& table) {
    std::set<std::size_t> lines;
    for (const auto& warning : table.warnings())
      // What Postfix has no number for, or says nothing of (before 3.10).
      if (warning.find("continues nothing") == std::string::npos && warning.find("NUL byte") == std::string::npos)
        lines.insert(std::stoul(warning.substr(5)));
    return lines;
  }

  /// Tables with no answer in common would be as good as none: the answers found are counted.
  void compare(FileKind kind, const std::string& text, const std::string& name) {
    const auto path = folder.write("table", text, 0644);
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
    const auto table = FileTable::parse(kind, text, true);
    if (!table) {
      EXPECT_EQ(kind, FileKind::regexp) << name << ": " << table.error().detail;
      EXPECT_NE(table.error().detail.find("back-reference"), std::string::npos) << name << ": " << table.error().detail;
      ++refused;
      return;
    }
    std::map<std::string, std::string> values;
    std::vector<std::string> asked, failing;
    for (const auto& key : keys) {
      const auto found = table->find(key);
      if (!found && found.error().detail.find("UTF-8") != std::string::npos) {
        failing.push_back(key);  // postmap stops at the first of them
        continue;
      }
      if (!found && found.error().detail.find("empty value") == std::string::npos) {
        ++unsure;
        continue;
      }
      asked.push_back(key);
      if (!found)
        values[key] = "";  // postmap prints it, and warns
      else if (*found != nullptr)
        values[key] = **found;
    }
    const auto said = ask_postmap(kind, path, asked);
    EXPECT_EQ(said.fatal, "") << name;
    EXPECT_EQ(values, said.values) << name << " as " << to_string(kind) << "\n" << text;
    EXPECT_EQ(lines_of(*table), said.lines) << name << " as " << to_string(kind) << "\n" << text;
    for (const auto& key : failing) {
      EXPECT_NE(ask_postmap(kind, path, {key}).fatal, "") << name << ": " << key;
      if (++failures % 8 == 0) break;
    }
    answers += values.size();
    questions += asked.size();
  }

  Postmap postmap;
  TempDir folder;
  std::vector<std::string> keys = keys_to_ask();
  std::size_t answers = 0, questions = 0, refused = 0, failures = 0, unsure = 0;

  void SetUp() override {
    static_cast<void>(folder.write("main.cf",
                                   "compatibility_level = 3.6\nqueue_directory = " + folder.path("queue") +
                                       "\ndata_directory = " + folder.path("data") + "\nmyhostname = test.example\n",
                                   0644));
    static_cast<void>(folder.write("master.cf", "", 0644));
    std::filesystem::last_write_time(folder.path("main.cf"),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours{1});
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  }
};

TEST_F(PatternTable, EveryTableOfTheCorpusAnswersAsPostfixDoes) {
  std::size_t tables = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator{std::string{MAPROOM_SOURCE_DIR} + "/tests/fuzz/corpus/pattern_table"}) {
    const auto text = config::read_text_table(entry.path().string());
    ASSERT_TRUE(text);
    for (const auto kind : kinds) compare(kind, *text, entry.path().filename().string());
    ++tables;
  }
  RecordProperty("questions", static_cast<int>(questions));
  EXPECT_GE(tables, 20U);
  EXPECT_GT(answers, questions / 10);
  EXPECT_GT(failures, 0U);
  EXPECT_LE(refused, tables / 4);
}

/// Lines put together at random from what such lines are made of.
std::string random_table(FileKind kind, std::mt19937& random) {
  const auto one_of = [&](const auto& list) { return std::string{list[random() % list.size()]}; };
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  static constexpr std::array networks{"192.0.2.0/24",  "192.0.2.1", "10.0.0.0/8",     "0.0.0.0/0",
                                       "2001:db8::/32", "::/0",      "[::1]/128",      "[192.0.2.0/25]",
                                       "192.0.2.1/24",  "1.2.3",     "192.0.2.128/25", "::1/x"};
  static constexpr std::array atoms{"joe",   "(.*)", "@",          "example",     "\\.", "[a-z]+", "^", "$",
                                    "(a|b)", "x?",   ".",          "(x)*",        "\\",  "(",      "[", "+",
                                    "/",     "\\/",  "(joe|user)", "(\\+[^@]*)?", "{2}", " ",      "1"};
  static constexpr std::array values{"$1", "OK",  "${2}", "$$", "$(1)x", "two words",
                                     "$0", "${1", "$",    "",   "$3",    "a$1b$2"};
  static constexpr std::array flags{"", "", "", "i", "m", "x", "im", "ii", "q", "s", "A", "U", "!"};
  static constexpr std::array words{"if", "IF", "endif", "EndIf", "ifx", "if!", "endif x", "#", " ", "!", "if "};
  std::string text;
  for (auto lines = random() % 14; lines > 0; --lines) {
    if (chance(8)) text += " ";
    if (chance(15)) {
      text += one_of(words) + "\n";
      continue;
    }
    const bool condition = chance(18);
    if (!condition && chance(12)) {
      text += "endif\n";
      continue;
    }
    if (condition) text += chance(80) ? "if " : "if";
    for (; chance(20); text += chance(50) ? "!" : "! ") {
    }
    if (kind == FileKind::cidr) {
      text += one_of(networks);
    } else {
      const std::string delimiter = chance(80) ? "/" : chance(50) ? "|" : "a";
      text += delimiter;
      for (auto count = random() % 4; count > 0; --count) text += one_of(atoms);
      if (chance(97)) text += delimiter;
      text += one_of(flags);
      if (kind == FileKind::regexp && chance(10)) text += "!/" + one_of(atoms) + "/";
    }
    if (!condition || chance(10)) text += (chance(80) ? " " : "\t ") + one_of(values);
    text += chance(95) ? "\n" : " \r\n";
  }
  return text;
}

TEST_F(PatternTable, TablesMadeAtRandomAnswerAsPostfixDoes) {
  constexpr unsigned seed = 20'261'130;
  std::mt19937 random{seed};
  for (int round = 0; round < 40 && !HasFailure(); ++round)
    for (const auto kind : kinds) compare(kind, random_table(kind, random), "round " + std::to_string(round));
  EXPECT_GT(answers, questions / 10);
}

TEST_F(PatternTable, WithoutSmtputf8AnyBytesAreAsked) {
  static_cast<void>(
      folder.write("main.cf",
                   "compatibility_level = 3.6\nsmtputf8_enable = no\nqueue_directory = " + folder.path("queue") +
                       "\ndata_directory = " + folder.path("data") + "\nmyhostname = test.example\n",
                   0644));
  const std::string text = "/^\xe9(.)/ latin $1\n/\xff$/ \xff\n/./ $$\n";
  const auto path = folder.write("table", text, 0644);
  for (const auto kind : {FileKind::regexp, FileKind::pcre}) {
    const auto table = FileTable::parse(kind, text, false);
    ASSERT_TRUE(table);
    const std::vector<std::string> odd{"\xe9x", "\xc9y", "a\xff", "b"};
    std::map<std::string, std::string> values;
    for (const auto& key : odd)
      if (const auto found = table->find(key); found && *found != nullptr) values[key] = **found;
    EXPECT_EQ(values, ask_postmap(kind, path, odd).values) << to_string(kind);
  }
}

}  // namespace
}  // namespace maproom::test
