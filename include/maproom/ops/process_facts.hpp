#pragma once
// What the kernel counts of this process (proc(5)): for the metrics that every exporter has.

#include <cstdint>

namespace maproom::ops {

struct ProcessFacts {
  double cpu_seconds = 0;    ///< user and system
  double start_seconds = 0;  ///< since 1970
  std::uint64_t resident_bytes = 0, virtual_bytes = 0;
  std::uint64_t open_descriptors = 0, most_descriptors = 0;
};

/// Zeros where /proc cannot be read.
[[nodiscard]] ProcessFacts process_facts();

}  // namespace maproom::ops
