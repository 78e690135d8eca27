#include "maproom/core/table_id.hpp"

#include "maproom/core/sha256.hpp"

namespace maproom {

TableId table_id(const std::vector<std::string>& fields) {
  std::string all;
  for (const auto& field : fields) all += std::to_string(field.size()) + ":" + field + ",";
  return sha256_hex(all).substr(0, 16);
}

}  // namespace maproom
