#include "maproom/core/fold.hpp"

#include <unicode/ucasemap.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>

namespace maproom {
namespace {

// Keys are folded at every lookup, so eight bytes are looked at together. `every(c)` is a word of eight times c.
using Word = std::uint64_t;
constexpr Word every(unsigned char c) noexcept { return Word{0x0101010101010101} * c; }
constexpr Word high_bits = every(0x80);

Word load(const char* text) noexcept {
  Word word = 0;
  std::memcpy(&word, text, sizeof word);
  return word;
}

/// Calls `visit` with the position of each eight bytes; the last eight may overlap those before.
/// Precondition: there are eight.
template <class Visit>
void for_each_word(std::size_t size, Visit visit) {
  const auto last = size - sizeof(Word);
  for (std::size_t at = 0; at < last; at += sizeof(Word)) visit(at);
  visit(last);
}

/// Lower-cases A-Z in each of the eight bytes. The sums set a byte's high bit if its low seven bits are at least 'A',
/// or beyond 'Z'; they cannot carry into the next byte.
constexpr Word lower(Word word) noexcept {
  const Word low = word & ~high_bits;
  const Word upper = (low + every(0x80 - 'A')) & ~(low + every(0x7F - 'Z')) & ~word & high_bits;
  return word | (upper >> 2);  // 0x80 -> 0x20, the difference between the cases
}

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

void lower_ascii(std::string& text) noexcept {
  if (text.size() < sizeof(Word)) {
    for (char& c : text) c = lower(c);
    return;
  }
  for_each_word(text.size(), [&](std::size_t at) {
    const auto lowered = lower(load(text.data() + at));
    std::memcpy(text.data() + at, &lowered, sizeof lowered);
  });
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
  lower_ascii(text);
  if (utf8 && !is_ascii(text)) text = fold_unicode(text);
}

std::string fold(std::string_view text, bool utf8) {
  std::string folded{text};
  fold_in_place(folded, utf8);
  return folded;
}

bool is_ascii(std::string_view text) noexcept {
  if (text.size() < sizeof(Word)) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  }
  Word seen = 0;
  for_each_word(text.size(), [&](std::size_t at) { seen |= load(text.data() + at); });
  return (seen & high_bits) == 0;
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
  if (equals_ignoring_ascii_case(a, b)) return true;
  // Folding makes no text longer than threefold, nor shorter than a third: a stranger's long text is not folded once
  // for each name that it is compared with.
  if (a.size() > 9 * b.size() || b.size() > 9 * a.size()) return false;
  return utf8 && !(is_ascii(a) && is_ascii(b)) && fold(a, true) == fold(b, true);
}

}  // namespace maproom
