#include "maproom/app/password_folder.hpp"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/temp_dir.hpp"

namespace maproom::app {
namespace {

using testing::HasSubstr;
using testing::Optional;

class PasswordFolderTest : public testing::Test {
 protected:
  PasswordFolderTest() { std::filesystem::create_directory(folder); }
  [[nodiscard]] std::optional<std::string> with_mode(mode_t mode) const {
    EXPECT_EQ(::chmod(folder.c_str(), mode), 0);
    return password_folder_problem(folder, group);
  }

  test::TempDir dir;
  std::string folder = dir.path("passwords");
  std::string group = ::getgrgid(::getegid())->gr_name;
};

TEST_F(PasswordFolderTest, OneThatOnlyTheGroupMayEnterIsGood) {
  EXPECT_EQ(with_mode(0750), std::nullopt);
  EXPECT_EQ(with_mode(0710), std::nullopt);
  EXPECT_EQ(with_mode(02750), std::nullopt);
}

TEST_F(PasswordFolderTest, OthersMayNotEvenEnterIt) {
  for (const mode_t mode : {0751, 0754, 0752, 0755, 0777})
    EXPECT_THAT(with_mode(mode), Optional(HasSubstr("lets everybody of this host"))) << mode;
}

TEST_F(PasswordFolderTest, TheGroupMustGetInAndMayNotWrite) {
  EXPECT_THAT(with_mode(0700), Optional(HasSubstr("lets nobody of the group in")));
  EXPECT_THAT(with_mode(0740), Optional(HasSubstr("lets nobody of the group in")));
  EXPECT_THAT(with_mode(0770), Optional(HasSubstr("lets the group put another socket")));
}

TEST_F(PasswordFolderTest, WhatMendsItIsSaid) {
  EXPECT_THAT(with_mode(0755), Optional(HasSubstr("install -d -o " + std::to_string(::geteuid()) + " -g " + group +
                                                  " -m 0750 " + folder)));
}

TEST_F(PasswordFolderTest, ItHasToBeAFolderOfThatGroup) {
  static_cast<void>(with_mode(0750));
  const auto* const other = ::getgrnam(group == "daemon" ? "bin" : "daemon");
  ASSERT_NE(other, nullptr);
  EXPECT_THAT(password_folder_problem(folder, other->gr_name), Optional(HasSubstr("belongs to the group")));
  EXPECT_THAT(password_folder_problem(folder, "no-such-group"), Optional(HasSubstr("no group \"no-such-group\"")));
  EXPECT_THAT(password_folder_problem(dir.path("absent"), group), Optional(HasSubstr("absent: No such file")));
  EXPECT_THAT(password_folder_problem(dir.write("file", ""), group), Optional(HasSubstr("is no folder")));
  std::filesystem::create_symlink(folder, dir.path("link"));
  EXPECT_THAT(password_folder_problem(dir.path("link"), group), Optional(HasSubstr("is no folder")));
}

TEST_F(PasswordFolderTest, NobodyElseMayPutAnotherInItsPlace) {
  static_cast<void>(with_mode(0750));
  ASSERT_EQ(::chmod(dir.path().c_str(), 0777), 0);
  EXPECT_THAT(password_folder_problem(folder, group), Optional(HasSubstr("can be changed by others")));
  ASSERT_EQ(::chmod(dir.path().c_str(), 01777), 0);
  EXPECT_EQ(password_folder_problem(folder, group), std::nullopt) << "as in /tmp";
}

}  // namespace
}  // namespace maproom::app
