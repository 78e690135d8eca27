#pragma once
// What the test asks: the layouts of corpus/, each a folder with the tables of one database (schema.sql), maps
// (*.cf, without the parameters that say where the database is) and keys, and keys that are made of those.
//
// Keys stand one on a line, with \xNN, \n, \t and \\ for what a line does not show; lines that begin with # are
// comments.

#include <string>
#include <string_view>
#include <vector>

#include "integration/same_answer/judge.hpp"

namespace maproom::test {

struct MapFile {
  std::string name;  ///< "layout/map.cf", below corpus/
  std::string text;
};

struct Layout {
  std::string name;  ///< also of its database
  std::string schema;
  Keys keys;
  std::vector<MapFile> maps;
};

[[nodiscard]] std::vector<Layout> read_corpus();
/// Keys that are asked of every map.
[[nodiscard]] Keys common_keys();
/// `each` variants of each key: other cases, broken UTF-8, quotes, blanks, dots, signs at any place. The same for the
/// same seed.
[[nodiscard]] Keys variants_of(const Keys& keys, std::size_t each, std::string_view seed);
/// Without those that are there already.
void add_keys(Keys& keys, const Keys& more);
/// As it stands in a corpus file, the middle of long ones left out.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace maproom::test
