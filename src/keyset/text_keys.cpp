#include "maproom/keyset/text_keys.hpp"

#include <algorithm>
#include <functional>

namespace maproom::keyset {
namespace {

constexpr std::size_t first_slots = 16;

constexpr bool is_plain(char c) { return c > ' ' && c < 0x7f; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Never 0, which is a free slot.
std::uint64_t hash_of(std::string_view folded) {
  const std::uint64_t hash = std::hash<std::string_view>{}(folded);
  return hash == 0 ? 1 : hash;
}

}  // namespace

bool is_plain_key(std::string_view key) { return std::all_of(key.begin(), key.end(), is_plain); }

std::string comparable(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::string small{text};
  std::transform(small.begin(), small.end(), small.begin(), lower);
  return small;
}

void TextKeys::add(std::string_view text) {
  const auto plain = comparable(text);
  if (plain.empty()) return;  // equals no key that is asked
  if (is_plain_key(plain)) {
    insert(hash_of(plain));
    return;
  }
  // A character beside an odd one may be part of what the collation sees (a combining accent, a byte of two).
  std::string known(plain.size(), '\1');
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const bool before = i == 0 || is_plain(plain[i - 1]);
    const bool after = i + 1 == plain.size() || is_plain(plain[i + 1]);
    if (is_plain(plain[i]) && before && after) known[i] = plain[i];
  }
  Pattern pattern;
  pattern.pieces.emplace_back();
  bool gap = false;
  for (const char c : known) {
    if (c == '\1') {
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
  const auto plain = comparable(key);
  if (!slots_.empty()) {
    const auto hash = hash_of(plain);
    for (auto slot = slot_of(hash); slots_[slot] != 0; slot = slot + 1 == slots_.size() ? 0 : slot + 1)
      if (slots_[slot] == hash) return true;
  }
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    std::string_view rest = plain;
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
