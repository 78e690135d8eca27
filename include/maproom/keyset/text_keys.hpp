#pragma once
// TextKeys: all texts that may be a key of a map, as hashes; or of each only its domain. Pure.
//
// It errs to one side only: what was added may be held, for every key that could equal it under any of MariaDB's
// collations; and so "not held" is certain. Two printable ASCII texts without blanks are equal at most if they are so
// ignoring case. A text with other characters (an accent, a blank, a soft hyphen that does not count) is kept as a
// pattern: its ASCII pieces, with anything between them; a few of those are enough to cost time, and more than
// max_patterns make the set useless.
//
// What is looked up of a key are the forms that the query compares (query::KeyForm): the key is lacked if none of them
// is held.
//
// A set of domains holds of each text what kept_part() tells, and lacks a text if it lacks that. Two plain texts that
// are equal have equal parts. Of a text with other characters, one of which may equal '@', only what begins at its last
// certain '@' is kept, and compared with what begins at any '@' of a key.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maproom/query/key_form.hpp"

namespace maproom::keyset {

/// A key whose equality the daemon can judge in every collation: printable ASCII without blanks.
[[nodiscard]] bool is_plain_key(std::string_view key);

/// The text as the loosest collation compares it, if it is plain: ASCII letters small, without the blanks at its end
/// (they do not count under PAD SPACE; where they do, taking them for equal is no harm).
[[nodiscard]] std::string comparable(std::string_view text);

enum class Of : std::uint8_t { keys, domains };
/// Of domains: what begins at the last '@' ("@d.example", so that it is not taken for the key "d.example"); all, if
/// there is none, or nothing behind it ("user@").
[[nodiscard]] std::string_view kept_part(std::string_view key, Of of);

class TextKeys {
 public:
  static constexpr std::size_t max_patterns = 256;
  /// Bytes and '@' of a key that is compared with patterns: RFC 5321 4.5.3.1 has addresses of up to 320 bytes. Others
  /// may be held.
  static constexpr std::size_t most_judged = 320;
  static constexpr std::ptrdiff_t most_ats = 4;

  explicit TextKeys(Of of = Of::keys, std::vector<query::KeyForm> forms = {query::KeyForm{}})
      : of_{of}, forms_{std::move(forms)} {}
  void add(std::string_view text);
  /// Makes room, so that adding as many does not grow it.
  void reserve(std::size_t keys);
  /// false: no text that was added can equal a form of the key, whatever the collation.
  [[nodiscard]] bool may_hold(std::string_view key) const;

  [[nodiscard]] std::size_t size() const noexcept { return size_ + patterns_.size(); }
  /// Of memory; 16 a key or less, for more than a few.
  [[nodiscard]] std::size_t bytes() const noexcept { return slots_.capacity() * sizeof(std::uint64_t); }
  /// Too many texts that cannot be judged: every key may be held.
  [[nodiscard]] bool useless() const noexcept { return useless_; }
  [[nodiscard]] Of of() const noexcept { return of_; }

 private:
  [[nodiscard]] bool may_hold_text(std::string_view text) const;
  [[nodiscard]] bool fits_pattern(std::string_view text) const;
  void insert(std::uint64_t hash);
  void grow(std::size_t slots);
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash) const;

  Of of_;
  std::vector<query::KeyForm> forms_;
  std::vector<std::uint64_t> slots_;  ///< open addressing; 0: free
  std::size_t size_ = 0;
  struct Pattern {
    std::vector<std::string> pieces;  ///< first at the beginning, last at the end, the others between, in order
  };
  std::vector<Pattern> patterns_;
  bool useless_ = false;
};

}  // namespace maproom::keyset
