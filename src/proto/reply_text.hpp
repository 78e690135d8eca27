#pragma once
// What both codecs say when an answer cannot be sent as it is. Private to src/proto.

#include <cstddef>
#include <string>
#include <string_view>

#include "maproom/core/answer.hpp"

namespace maproom::proto {

/// A reason is for the mail log, where more than this helps nobody; a value is never cut.
inline constexpr std::size_t reason_max = 500;

inline std::string_view reason_text(const Answer& answer) noexcept {
  const std::string_view text = answer.text();
  return text.empty() ? std::string_view{"temporary error"} : text.substr(0, reason_max);
}

/// Why a value cannot be sent, empty if it can: the text of the temporary error that goes out instead.
///
/// Postfix ends a value at a NUL. What is left can be another recipient, or the empty value, which its match lists take
/// for a match: an open relay.
inline std::string_view obstacle_to(std::string_view value, std::size_t size_on_wire, std::size_t limit) noexcept {
  if (size_on_wire > limit) return "result too long";
  if (value.find('\0') != std::string_view::npos) return "result contains a NUL byte";
  return {};
}

}  // namespace maproom::proto
