#pragma once
// Reads a whole file, for the configuration and what it names. Blocks; used at start and on reload only.

#include <string>

#include "maproom/core/result.hpp"

namespace maproom::config {

/// Error: "PATH: cannot be read: why", or that it is a folder, or larger than 4 MiB, which is far more than any
/// configuration or list of domains.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path);
/// The same for the file of a text table: up to 256 MiB, which is millions of addresses.
[[nodiscard]] Result<std::string> read_text_table(const std::string& path);

}  // namespace maproom::config
