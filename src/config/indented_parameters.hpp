#pragma once
// Parameters on lines that begin with white space, which are none: such a line continues the one before (postconf(5)).
// People indent their files and wonder where a setting has gone. Pure.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::config {

struct Indented {
  std::size_t line = 0;
  std::string name;
  std::string continues;  ///< the parameter whose value it became a part of; empty: it continues nothing
};

/// Lines that look like definitions of one of `parameters`.
[[nodiscard]] std::vector<Indented> indented_parameters(std::string_view text,
                                                        std::span<const std::string_view> parameters);
/// A sentence about one, with the remedy; without its value, which may be a password.
[[nodiscard]] std::string blank_first(const Indented& each);

}  // namespace maproom::config
