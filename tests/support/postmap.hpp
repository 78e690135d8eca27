#pragma once
// The judge: Postfix's own `postmap -q`. It exits with 1 both for "not found" and for an error; only standard error
// tells.

#include <ostream>
#include <string>

#include "support/temp_dir.hpp"

namespace maproom::test {

struct Judged {
  enum class Kind { found, not_found, error } kind = Kind::error;
  std::string text;  ///< the value, or the error
  friend bool operator==(const Judged& a, const Judged& b) {
    return a.kind == b.kind && (a.kind == Kind::error || a.text == b.text);
  }
};

std::ostream& operator<<(std::ostream& out, const Judged& judged);

[[nodiscard]] Judged found(std::string value);
[[nodiscard]] Judged not_found();
[[nodiscard]] Judged error();

class Postmap {
 public:
  Postmap();
  /// `table`: "tcp:127.0.0.1:10040", "socketmap:...", "mysql:/path".
  [[nodiscard]] Judged query(const std::string& key, const std::string& table) const;

 private:
  TempDir dir_;
};

}  // namespace maproom::test
