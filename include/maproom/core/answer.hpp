#pragma once
// Answer: what a lookup came to. It is the domain's own vocabulary, not an error type.
//
// Gets made by the resolver (and by the session for requests that no map may see); each protocol
// turns it into its own bytes. There are three kinds and no fourth:
//
//   found      a value for Postfix, never empty: Postfix's match lists take an empty value for a
//              match (match_list(3) tests only "is there a result"), so the factory refuses one.
//   not found  the database said so. It bounces mail for good, so nothing but the database's own
//              word (or a key that `mysql:` itself would not ask) may lead here.
//   temporary  every doubt. It delays mail and loses nothing.

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>

namespace maproom {

class Answer {
 public:
  enum class Kind : std::uint8_t { found, not_found, temporary };

  /// An empty value becomes not_found, as dict_mysql(3) treats an empty expansion.
  static Answer found(std::string value) {
    if (value.empty()) return not_found();
    return Answer{Kind::found, std::move(value)};
  }
  static Answer not_found() { return Answer{Kind::not_found, {}}; }
  /// `reason` goes to the mail log of the Postfix host: one short line, no secrets.
  static Answer temporary(std::string reason) { return Answer{Kind::temporary, std::move(reason)}; }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_found() const noexcept { return kind_ == Kind::found; }
  [[nodiscard]] bool is_not_found() const noexcept { return kind_ == Kind::not_found; }
  [[nodiscard]] bool is_temporary() const noexcept { return kind_ == Kind::temporary; }
  /// The value of a found answer, the reason of a temporary one, else empty.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  friend bool operator==(const Answer&, const Answer&) = default;

 private:
  Answer(Kind kind, std::string text) : kind_{kind}, text_{std::move(text)} {}
  Kind kind_;
  std::string text_;
};

}  // namespace maproom
