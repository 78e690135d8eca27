#pragma once
// What Postfix's own `postmap -q` says about many keys. It prints only what it finds and ends at the first error, so
// keys are asked together and, where one of them is an error, in ever smaller lots. A key that a line cannot hold is
// asked alone.

#include <string>
#include <vector>

#include "support/postmap.hpp"
#include "support/temp_dir.hpp"

namespace maproom::test {

using Keys = std::vector<std::string>;

class Judge {
 public:
  explicit Judge(bool smtputf8_enable);
  /// One verdict for each key; the keys differ from each other. `tables`: "mysql:/path", "tcp:127.0.0.1:10040", ...;
  /// of several, for each key, the first that finds it.
  /// `hints`: verdicts of somebody else; they decide only which keys are asked together. Throws if postmap does what
  /// nobody expects of it.
  [[nodiscard]] std::vector<Judged> ask(const Keys& tables, const Keys& keys, const std::vector<Judged>& hints) const;

 private:
  TempDir dir_;
};

}  // namespace maproom::test
