#include "maproom/app/text_tables.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>

#include "support/temp_dir.hpp"

namespace maproom::app {
namespace {

class TextTablesTest : public testing::Test {
 protected:
  /// As if it had been written `seconds` ago.
  void write(const std::string& text, std::time_t seconds_ago) const {
    static_cast<void>(dir.write("virtual", text));
    const timespec then{::time(nullptr) - seconds_ago, 0};
    const std::array<timespec, 2> times{then, then};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
  }
  static std::string value(const map::CurrentFile& file, const std::string& key) {
    const auto found = file.table->find(key);
    return !found || *found == nullptr ? "" : **found;
  }

  test::TempDir dir;
  std::string path = dir.path("virtual");
  TextTables tables;
};

TEST_F(TextTablesTest, IsReadAgainWhenItChanges) {
  write("joe@d.example one\n", 100);
  const auto text = tables.of(path, {map::FileKind::text, true});
  ASSERT_NE(text->table, nullptr);
  EXPECT_EQ(value(*text, "joe@d.example"), "one");
  write("joe@d.example two\n", 50);
  EXPECT_EQ(value(*text, "joe@d.example"), "one");
  tables.look();
  EXPECT_EQ(value(*text, "joe@d.example"), "two");
}

TEST_F(TextTablesTest, OneThatMayBeInTheWritingIsNotBelievedYet) {
  std::shared_ptr<const map::CurrentFile> text;
  for (bool in_time = false; !in_time;) {  // again, should this machine stand still until the file has settled
    text.reset();
    const auto begun = ::time(nullptr);
    write("joe@d.example one\n", 0);
    text = tables.of(path, {map::FileKind::text, true});
    in_time = ::time(nullptr) == begun;
  }
  EXPECT_EQ(text->table, nullptr);
  EXPECT_FALSE(tables.all_read());
  write("joe@d.example one\nann@d.example two\n", 100);
  tables.look();
  ASSERT_NE(text->table, nullptr);
  EXPECT_TRUE(tables.all_read());
  EXPECT_EQ(value(*text, "ann@d.example"), "two");
}

TEST_F(TextTablesTest, AHalfWrittenOneLeavesTheOldReadingInForce) {
  write("joe@d.example one\nann@d.example two\n", 100);
  const auto text = tables.of(path, {map::FileKind::text, true});
  for (;;) {  // again, should this machine stand still for so long that the file has settled
    const auto begun = ::time(nullptr);
    write("joe@d.example one\n", 0);
    tables.look();
    if (::time(nullptr) > begun) {
      write("joe@d.example one\nann@d.example two\n", 90);
      tables.look();
      continue;
    }
    EXPECT_EQ(value(*text, "ann@d.example"), "two");
    break;
  }
}

TEST_F(TextTablesTest, OneThatGoesAwayLeavesItsLastReadingInForce) {
  write("joe@d.example one\n", 100);
  const auto text = tables.of(path, {map::FileKind::text, true});
  ::unlink(path.c_str());
  tables.look();
  EXPECT_EQ(value(*text, "joe@d.example"), "one");
}

TEST_F(TextTablesTest, APatternTableIsReadAgainUnlessNoTableCanBeMadeOfIt) {
  write("/^joe@/ one\n", 100);
  const auto text = tables.of(path, {map::FileKind::regexp, true});
  EXPECT_EQ(value(*text, "Joe@d.example"), "one");
  write("/^joe@/ two\n", 90);
  tables.look();
  EXPECT_EQ(value(*text, "Joe@d.example"), "two");
  write("/^(joe)\\1@/ three\n", 80);
  tables.look();
  EXPECT_EQ(value(*text, "Joe@d.example"), "two");
  write("/^joe@/ four\n", 70);
  tables.look();
  EXPECT_EQ(value(*text, "Joe@d.example"), "four");
}

TEST_F(TextTablesTest, WherePostfixForbidsItAPatternTableThatSubstitutesLeavesTheLastReadingInForce) {
  write("/^joe@/ smtp:[192.0.2.1]\n", 100);
  const auto transports = tables.of(path, {map::FileKind::regexp, true, false});
  const auto others = tables.of(path, {map::FileKind::regexp, true, true});
  write("/^joe@(.*)$/ smtp:$1\n", 50);
  tables.look();
  EXPECT_EQ(value(*transports, "joe@d.example"), "smtp:[192.0.2.1]");
  EXPECT_EQ(value(*others, "joe@d.example"), "smtp:d.example");
}

TEST_F(TextTablesTest, EachKindReadsTheFileForItself) {
  write("/^joe@/ one\n", 100);
  EXPECT_NE(tables.of(path, {map::FileKind::regexp, true}), tables.of(path, {map::FileKind::pcre, true}));
  EXPECT_EQ(tables.of(path, {map::FileKind::cidr, true})->kind, map::FileKind::cidr);
}

TEST_F(TextTablesTest, SameFileIsReadOnceForAllWhoHoldIt) {
  write("joe@d.example one\n", 100);
  EXPECT_EQ(tables.of(path, {map::FileKind::text, true}), tables.of(path, {map::FileKind::text, true}));
  EXPECT_NE(tables.of(path, {map::FileKind::text, true}), tables.of(path, {map::FileKind::text, false}));
}

}  // namespace
}  // namespace maproom::app
