#pragma once
// mysql_table(5) files that are written oddly, or wrongly: what a postmaster's editor, a template or a typing error
// makes.

#include <string>
#include <vector>

namespace maproom::test {

struct OddFile {
  enum class Fate {
    accepted,  ///< by both, with the same answers
    refused,   ///< `maproom check` refuses it; every lookup through mysql: is an error
    stricter,  ///< `maproom check` refuses what mysql: would take, for `reason`
    kinder,    ///< works with us, while every lookup through mysql: is an error, for `reason`
  };
  Fate fate;
  std::string name;
  /// The whole file, over the tables of corpus/formats. "@HEAD@": the lines that say where the database is;
  /// "@HOST@", "@PORT@": its socket as `hosts` has it, its port; "@EMPTY@", "@NAMES@": files of domains; "@OPTIONS@":
  /// an option file of the client library.
  std::string text;
  std::string reason = {};
};

[[nodiscard]] std::vector<OddFile> odd_files();

}  // namespace maproom::test
