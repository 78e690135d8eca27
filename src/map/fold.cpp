#include "maproom/map/fold.hpp"

#include <unicode/ucasemap.h>
#include <unicode/utypes.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace maproom::map {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

struct CloseCaseMap {
  void operator()(UCaseMap* map) const { ::ucasemap_close(map); }
};

const UCaseMap* case_map() {
  // As Postfix's casefold(3): no locale, default folding.
  static const std::unique_ptr<UCaseMap, CloseCaseMap> map = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<UCaseMap, CloseCaseMap> opened{::ucasemap_open("", U_FOLD_CASE_DEFAULT, &error)};
    if (U_FAILURE(error)) throw std::runtime_error{std::string{"ICU: "} + ::u_errorName(error)};
    return opened;
  }();
  return map.get();
}

}  // namespace

std::string fold(std::string_view text, bool utf8) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  if (!utf8 || is_ascii(text)) return out;
  // From the original, not from the lower-cased: full folding knows ASCII too.
  UErrorCode error = U_ZERO_ERROR;
  out.resize(text.size() * 3 + 16);
  const auto size = static_cast<std::int32_t>(text.size());
  auto needed =
      ::ucasemap_utf8FoldCase(case_map(), out.data(), static_cast<std::int32_t>(out.size()), text.data(), size, &error);
  if (error == U_BUFFER_OVERFLOW_ERROR) {
    error = U_ZERO_ERROR;
    out.resize(static_cast<std::size_t>(needed));
    needed = ::ucasemap_utf8FoldCase(case_map(), out.data(), static_cast<std::int32_t>(out.size()), text.data(), size,
                                     &error);
  }
  if (U_FAILURE(error)) throw std::runtime_error{std::string{"ICU: "} + ::u_errorName(error)};
  out.resize(static_cast<std::size_t>(needed));
  return out;
}

bool is_valid_utf8(std::string_view text) noexcept {
  // RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto tail = [&](std::size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned first = byte(i);
    if (first < 0x80) {
      ++i;
    } else if (first >= 0xC2 && first <= 0xDF && tail(i + 1)) {
      i += 2;
    } else if (first >= 0xE0 && first <= 0xEF && tail(i + 1) && tail(i + 2)) {
      if (first == 0xE0 && byte(i + 1) < 0xA0) return false;
      if (first == 0xED && byte(i + 1) > 0x9F) return false;
      i += 3;
    } else if (first >= 0xF0 && first <= 0xF4 && tail(i + 1) && tail(i + 2) && tail(i + 3)) {
      if (first == 0xF0 && byte(i + 1) < 0x90) return false;
      if (first == 0xF4 && byte(i + 1) > 0x8F) return false;
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

bool equals_ignoring_ascii_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace maproom::map
