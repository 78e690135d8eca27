#pragma once
// Bytes, a fuzzer's or random ones, become a mysql_table(5) with a key and rows, or a map's parameter with a key; and
// our code is held against the references.

#include <string>
#include <string_view>

namespace maproom::test {

/// What the two make of it, where they differ; empty: they agree. The first byte says which of both is judged.
[[nodiscard]] std::string difference_in(std::string_view bytes);

}  // namespace maproom::test
