#include "maproom/query/key_form.hpp"

#include <algorithm>

#include "maproom/query/key_parts.hpp"

namespace maproom::query {

std::string KeyForm::of(std::string_view key) const {
  std::string text;
  for (const auto& piece : pieces) {
    if (piece.part == 0) {
      text += piece.text;
    } else if (piece.part == 'b') {
      const auto at = key.rfind('@');
      text += at == std::string_view::npos ? key : key.substr(at + 1);
    } else {
      text += part_of(key, piece.part);
    }
  }
  return text;
}

void KeyForm::simplify() {
  std::vector<FormPiece> joined;
  for (auto& piece : pieces) {
    if (piece.part == 0 && piece.text.empty()) continue;
    if (piece.part == 0 && !joined.empty() && joined.back().part == 0)
      joined.back().text += piece.text;
    else
      joined.push_back(std::move(piece));
  }
  for (std::size_t i = 0; i + 2 < joined.size(); ++i) {
    if (joined[i].part != 'u' || joined[i + 1] != FormPiece{0, "@"} || joined[i + 2].part != 'd') continue;
    joined[i] = FormPiece{'s'};
    joined.erase(joined.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                 joined.begin() + static_cast<std::ptrdiff_t>(i) + 3);
  }
  pieces = std::move(joined);
}

bool KeyForm::is_whole() const { return pieces.size() == 1 && pieces[0].part == 's'; }

bool KeyForm::has_key() const {
  return std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.part != 0; });
}

int KeyForm::worth() const {
  const auto has = [&](char part) {
    return std::any_of(pieces.begin(), pieces.end(), [part](const auto& piece) { return piece.part == part; });
  };
  if (has('s') || (has('u') && has('d'))) return 3;
  if (has('d') || has('b')) return 2;
  return has_key() ? 1 : 0;
}

std::string to_string(const KeyForm& form) {
  std::string text = form.like ? "LIKE '" : "'";
  for (const auto& piece : form.pieces) {
    if (piece.part == 0)
      text += piece.text;
    else
      text += piece.part == 'b' ? std::string{"%d or %s"} : std::string{'%', piece.part};
  }
  return text + "'";
}

}  // namespace maproom::query
