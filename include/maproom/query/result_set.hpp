#pragma once
// ResultSet: the rows of one query as text, as libmariadb hands them over in the text protocol. nullopt is NULL.

#include <optional>
#include <string>
#include <vector>

namespace maproom::query {

struct ResultSet {
  /// false: the statement had none (an UPDATE, a CALL that selects nothing); see require_result_set.
  bool present = true;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

}  // namespace maproom::query
