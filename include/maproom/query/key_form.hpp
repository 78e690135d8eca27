#pragma once
// KeyForm: a text that a query makes of the key: '%s', '%d', '@%d', CONCAT('%u', '@', '%d'), LOWER('%s'). Pure.

#include <string>
#include <string_view>
#include <vector>

namespace maproom::query {

/// A piece of it: a text of the query, or a part of the key.
struct FormPiece {
  /// 0: the text; 's' the whole key, 'u' its local part, 'd' its domain, '1' to '9' a label, 'b' what stands behind the
  /// last '@', or all where there is none (SUBSTRING_INDEX('%s', '@', -1)).
  char part = 0;
  std::string text{};
  friend bool operator==(const FormPiece&, const FormPiece&) = default;
};

struct KeyForm {
  std::vector<FormPiece> pieces{{'s'}};
  bool like = false;  ///< compared with LIKE: a key with %, _ or a backslash stands for others, too

  /// Of a key for which the query is asked (KeyNeeds).
  [[nodiscard]] std::string of(std::string_view key) const;
  /// '%u@%d' is the key itself, of the keys for which it is asked; texts beside each other are one.
  void simplify();
  [[nodiscard]] bool is_whole() const;
  [[nodiscard]] bool has_key() const;
  /// How much of the key it tells: 3 all of it, 2 its domain, 1 less, 0 nothing.
  [[nodiscard]] int worth() const;
  friend bool operator==(const KeyForm&, const KeyForm&) = default;
};

/// For people: as a template writes it.
[[nodiscard]] std::string to_string(const KeyForm& form);

}  // namespace maproom::query
