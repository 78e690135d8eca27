// What an account may do beyond what is needed of it, as SHOW GRANTS of MariaDB 10.11 writes it.

#include "maproom/backend/rights.hpp"

#include <gtest/gtest.h>

namespace maproom::backend {
namespace {

std::string told(const std::vector<std::string>& grants, bool follows = false) {
  const auto excess = excess_rights(grants, follows);
  return excess.empty() ? "nothing" : excess;
}

TEST(Rights, WhatIsNeededIsNotTooMuch) {
  EXPECT_EQ(told({"GRANT USAGE ON *.* TO `maproom`@`localhost` IDENTIFIED BY PASSWORD '*1 ON 2 TO 3'",
                  "GRANT SELECT, EXECUTE, SHOW VIEW ON `mail`.* TO `maproom`@`localhost`",
                  "GRANT SELECT (address, goto) ON `mail`.`alias` TO `maproom`@`localhost`",
                  "GRANT EXECUTE ON PROCEDURE `mail`.`p` TO `maproom`@`localhost`"}),
            "nothing");
}

TEST(Rights, WhatChangesIsTooMuch) {
  EXPECT_EQ(told({"GRANT SELECT, INSERT, UPDATE ON `mail`.* TO `maproom`@`localhost`"}), "INSERT, UPDATE ON `mail`.*");
  EXPECT_EQ(told({"GRANT FILE ON *.* TO 'm'@'%'", "GRANT SELECT (a, b), UPDATE (a, b) ON `mail`.`t` TO 'm'@'%'"}),
            "FILE ON *.*; UPDATE (a, b) ON `mail`.`t`");
  EXPECT_EQ(told({"GRANT ALL PRIVILEGES ON `mail`.* TO `m`@`%`"}), "ALL PRIVILEGES ON `mail`.*");
}

TEST(Rights, SelectIsTooMuchWhereItIsEverywhere) {
  EXPECT_EQ(told({"GRANT SELECT ON *.* TO `m`@`%`"}), "SELECT ON *.*");
  EXPECT_EQ(told({"GRANT EXECUTE ON *.* TO `m`@`%`"}), "nothing");
}

TEST(Rights, OnlyTheFeedsAccountMayReadTheBinlog) {
  const std::vector<std::string> grants{
      "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `m`@`%`",
      "GRANT SELECT ON `mail`.* TO `m`@`%`",
  };
  EXPECT_EQ(told(grants, true), "nothing");
  EXPECT_EQ(told({"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'm'@'%'"}, true), "nothing");
  EXPECT_EQ(told(grants), "REPLICATION SLAVE, BINLOG MONITOR ON *.*");
  EXPECT_EQ(told({"GRANT ALL PRIVILEGES ON *.* TO `m`@`%` WITH GRANT OPTION"}, true),
            "ALL PRIVILEGES, GRANT OPTION ON *.*");
}

TEST(Rights, ThatWhichMayBePassedOnIsTooMuch) {
  EXPECT_EQ(told({"GRANT SELECT ON `mail`.* TO `m`@`%` WITH GRANT OPTION"}), "GRANT OPTION ON `mail`.*");
}

TEST(Rights, NamesMayHoldWhatSeparates) {
  EXPECT_EQ(told({"GRANT SELECT, INSERT ON `a TO ``b`.`x ON y` TO `m TO ``n`@`%` IDENTIFIED BY PASSWORD '*SECRET'"}),
            "INSERT ON `a TO ``b`.`x ON y`");
}

TEST(Rights, RolesAndWhatCannotBeReadArePassedOver) {
  EXPECT_EQ(told({"GRANT `reader` TO `m`@`%`", "SET DEFAULT ROLE `reader` FOR `m`@`%`", "", "GRANT", "GRANT A ON `b",
                  "GRANT A (b ON c TO d"}),
            "nothing");
  EXPECT_EQ(told({"GRANT SELECT, DELETE ON `mail`.* TO `reader`"}), "DELETE ON `mail`.*");
}

}  // namespace
}  // namespace maproom::backend
