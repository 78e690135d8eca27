#pragma once
// What a fuzz target says when a property does not hold: both libFuzzer and the replay take an abort for a finding.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace maproom::fuzz {

inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "property does not hold: %s\n", property);
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace maproom::fuzz
