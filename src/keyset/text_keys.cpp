#include "maproom/keyset/text_keys.hpp"

#include <algorithm>
#include <functional>

namespace maproom::keyset {
namespace {

constexpr std::size_t first_slots = 16;
constexpr char odd = '\1';  ///< stands for what a collation may take for anything

constexpr bool is_plain(char c) { return c > ' ' && c < 0x7f; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Never 0, which is a free slot.
std::uint64_t hash_of(std::string_view folded) {
  const std::uint64_t hash = std::hash<std::string_view>{}(folded);
  return hash == 0 ? 1 : hash;
}

/// A character beside an odd one is odd too: it may be part of what the collation sees (a combining accent, a byte of
/// two).
std::string certain(std::string_view text) {
  std::string known(text.size(), odd);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool before = i == 0 || is_plain(text[i - 1]);
    const bool after = i + 1 == text.size() || is_plain(text[i + 1]);
    if (is_plain(text[i]) && before && after) known[i] = text[i];
  }
  return known;
}

}  // namespace

bool is_plain_key(std::string_view key) { return std::all_of(key.begin(), key.end(), is_plain); }

std::string comparable(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::string small{text};
  std::transform(small.begin(), small.end(), small.begin(), lower);
  return small;
}

std::string_view kept_part(std::string_view key, Of of) {
  const auto at = of == Of::domains ? key.rfind('@') : std::string_view::npos;
  return at == std::string_view::npos || at + 1 == key.size() ? key : key.substr(at);
}

void TextKeys::add(std::string_view text) {
  const auto whole = comparable(text);
  if (whole.empty()) return;  // equals no key that is asked
  const auto known = is_plain_key(whole) ? whole : certain(whole);
  const auto kept = kept_part(known, of_);
  if (is_plain_key(kept)) {
    insert(hash_of(kept));
    return;
  }
  Pattern pattern;
  pattern.pieces.emplace_back();
  bool gap = false;
  for (const char c : kept) {
    if (c == odd) {
      gap = true;
      continue;
    }
    if (gap) pattern.pieces.emplace_back();
    gap = false;
    pattern.pieces.back() += c;
  }
  if (gap) pattern.pieces.emplace_back();
  const auto same = [&](const Pattern& other) { return other.pieces == pattern.pieces; };
  if (useless_ || std::any_of(patterns_.begin(), patterns_.end(), same)) return;
  if (patterns_.size() == max_patterns)
    useless_ = true;
  else
    patterns_.push_back(std::move(pattern));
}

bool TextKeys::may_hold(std::string_view key) const {
  if (useless_ || !is_plain_key(key)) return true;
  // Patterns cost their number times the key's length, once for each '@'. A stranger's key decides the latter two, so
  // beyond what an address has nothing is said of it.
  if (std::count(key.begin(), key.end(), '@') > most_ats) return true;
  if (!patterns_.empty() && key.size() > most_judged) return true;
  return std::any_of(forms_.begin(), forms_.end(), [&](const query::KeyForm& form) {
    if (form.like && key.find_first_of("%_\\") != std::string_view::npos) return true;
    return form.is_whole() ? may_hold_text(key) : may_hold_text(form.of(key));
  });
}

bool TextKeys::may_hold_text(std::string_view text) const {
  // Empty texts are not kept, nor judged.
  if (text.empty() || !is_plain_key(text)) return true;
  const auto plain = comparable(text);
  if (!slots_.empty()) {
    const auto hash = hash_of(kept_part(plain, of_));
    for (auto slot = slot_of(hash); slots_[slot] != 0; slot = slot + 1 == slots_.size() ? 0 : slot + 1)
      if (slots_[slot] == hash) return true;
  }
  if (fits_pattern(plain)) return true;
  if (of_ == Of::keys || patterns_.empty()) return false;
  for (auto at = plain.find('@'); at != std::string::npos; at = plain.find('@', at + 1))
    if (fits_pattern(std::string_view{plain}.substr(at))) return true;
  return false;
}

bool TextKeys::fits_pattern(std::string_view text) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    auto rest = text;
    const auto& first = pattern.pieces.front();
    const auto& last = pattern.pieces.back();
    if (rest.size() < first.size() + last.size() || !rest.starts_with(first) || !rest.ends_with(last)) return false;
    rest = rest.substr(first.size(), rest.size() - first.size() - last.size());
    for (std::size_t i = 1; i + 1 < pattern.pieces.size(); ++i) {
      const auto at = rest.find(pattern.pieces[i]);
      if (at == std::string_view::npos) return false;
      rest.remove_prefix(at + pattern.pieces[i].size());
    }
    return true;
  });
}

void TextKeys::reserve(std::size_t keys) {
  if (const auto wanted = keys + keys / 4 + first_slots; wanted > slots_.size()) grow(wanted);
}

void TextKeys::insert(std::uint64_t hash) {
  // Between 4/7 and 6/7 full: 9 to 14 bytes a key.
  if ((size_ + 1) * 7 > slots_.size() * 6) grow(std::max(first_slots, slots_.size() + slots_.size() / 2));
  auto slot = slot_of(hash);
  for (; slots_[slot] != 0; slot = slot + 1 == slots_.size() ? 0 : slot + 1)
    if (slots_[slot] == hash) return;
  slots_[slot] = hash;
  ++size_;
}

void TextKeys::grow(std::size_t slots) {
  std::vector<std::uint64_t> old(slots);
  old.swap(slots_);
  size_ = 0;
  for (const auto hash : old)
    if (hash != 0) insert(hash);
}

std::size_t TextKeys::slot_of(std::uint64_t hash) const {
  // The upper bits scaled to the number of slots: needs no power of two, so that growth is by half.
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::size_t>((static_cast<Wide>(hash) * slots_.size()) >> 64U);
}

}  // namespace maproom::keyset
