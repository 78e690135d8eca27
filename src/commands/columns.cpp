#include "maproom/commands/columns.hpp"

#include <algorithm>

namespace maproom::commands {

std::vector<std::string> in_columns(const std::vector<std::vector<std::string>>& rows, std::size_t columns,
                                    std::size_t least) {
  std::vector<std::size_t> widths(columns, least);
  if (columns > 0) widths.front() = 0;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < std::min(columns, row.size()); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(i < columns ? widths[i] - row[i].size() : 0, ' ');
      if (i == 0)
        line += row[i] + padding;
      else if (i < columns)
        line += " " + padding + row[i];
      else if (!row[i].empty())
        line += "  " + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace maproom::commands
