#pragma once
// Columns: rows of text under each other, each column as wide as its widest cell. For `status`, `top` and their like.
// Pure.

#include <cstddef>
#include <string>
#include <vector>

namespace maproom::commands {

/// One line for each row, without line feeds and without blanks at its end. The first column is to the left and the
/// others to the right, as numbers want it, except for what comes after `columns` cells: it is appended as it stands,
/// two blanks after the last. `least`: no column of numbers is narrower.
[[nodiscard]] std::vector<std::string> in_columns(const std::vector<std::vector<std::string>>& rows,
                                                  std::size_t columns, std::size_t least);

}  // namespace maproom::commands
