#include "maproom/map/fold.hpp"

#include <unicode/ucasemap.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>

namespace maproom::map {
namespace {

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// Lower-cases A-Z; true if there was nothing but ASCII. One loop without branches, for the compiler to vectorise.
bool lower_ascii(std::string& text) noexcept {
  unsigned char seen = 0;
  for (char& c : text) {
    seen = static_cast<unsigned char>(seen | static_cast<unsigned char>(c));
    c = lower(c);
  }
  return seen < 0x80;
}

struct CloseCaseMap {
  void operator()(UCaseMap* map) const noexcept { ucasemap_close(map); }
};

/// ICU's case map, opened on first need. casefold(3) opens it with the same locale and option.
const UCaseMap* case_map() {
  static const auto map = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<UCaseMap, CloseCaseMap> opened{ucasemap_open("en_US", U_FOLD_CASE_DEFAULT, &error)};
    if (U_FAILURE(error) != 0) throw std::runtime_error(std::string{"ICU gives no case map: "} + u_errorName(error));
    return opened;
  }();
  return map.get();
}

std::string fold_unicode(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max() / 4)) {
    throw std::length_error("text too long to fold");
  }
  const auto length = static_cast<std::int32_t>(text.size());
  std::string folded(text.size() + text.size() / 2, '\0');  // rarely grows, and never beyond threefold
  for (;;) {
    UErrorCode error = U_ZERO_ERROR;
    const auto needed = ucasemap_utf8FoldCase(case_map(), folded.data(), static_cast<std::int32_t>(folded.size()),
                                              text.data(), length, &error);
    const auto size = static_cast<std::size_t>(needed);
    if (error == U_BUFFER_OVERFLOW_ERROR && size > folded.size()) {
      folded.resize(size);
      continue;
    }
    if (U_FAILURE(error) != 0) throw std::runtime_error(std::string{"ICU cannot fold: "} + u_errorName(error));
    folded.resize(size);
    return folded;
  }
}

}  // namespace

void fold_in_place(std::string& text, bool utf8) {
  // Lower-casing A-Z first changes nothing for ICU, which would do the same to them.
  if (!lower_ascii(text) && utf8) text = fold_unicode(text);
}

std::string fold(std::string_view text, bool utf8) {
  std::string folded{text};
  fold_in_place(folded, utf8);
  return folded;
}

bool is_ascii(std::string_view text) noexcept {
  unsigned char seen = 0;
  for (const char c : text) seen = static_cast<unsigned char>(seen | static_cast<unsigned char>(c));
  return seen < 0x80;
}

bool is_valid_utf8(std::string_view text) noexcept {
  if (is_ascii(text)) return true;  // nearly every key and value, and quickly seen
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = byte(i++);
    if (lead < 0x80) continue;
    std::size_t tails = 0;
    unsigned char lowest = 0x80;  // of the second byte, which alone can make a form overlong, a surrogate or too high
    unsigned char highest = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
      tails = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      tails = 2;
      if (lead == 0xE0) lowest = 0xA0;
      if (lead == 0xED) highest = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      tails = 3;
      if (lead == 0xF0) lowest = 0x90;
      if (lead == 0xF4) highest = 0x8F;
    } else {
      return false;
    }
    if (text.size() - i < tails || byte(i) < lowest || byte(i) > highest) return false;
    for (std::size_t tail = 1; tail < tails; ++tail) {
      if ((byte(i + tail) & 0xC0) != 0x80) return false;
    }
    i += tails;
  }
  return true;
}

bool equals_ignoring_ascii_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

bool equals_folded(std::string_view a, std::string_view b, bool utf8) {
  if (!utf8 || (is_ascii(a) && is_ascii(b))) return equals_ignoring_ascii_case(a, b);
  return fold(a, true) == fold(b, true);
}

}  // namespace maproom::map
