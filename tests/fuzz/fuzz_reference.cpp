// mysql_table(5) and the candidates of keys, ours against references that were written from the manuals alone: whether
// a key is asked, the statement, the value of the rows; see support/reference_cases.

#include "property.hpp"
#include "support/reference_cases.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto difference = maproom::test::difference_in(maproom::fuzz::as_text(data, size));
  maproom::fuzz::require(difference.empty(), difference.c_str());
  return 0;
}
