#pragma once
// mysql_table(5) files over the tables of corpus/formats, put together at random: what nobody would think of writing.

#include <cstddef>
#include <string>
#include <vector>

namespace maproom::test {

/// The same ones every time.
[[nodiscard]] std::vector<std::string> random_maps(std::size_t count);

}  // namespace maproom::test
