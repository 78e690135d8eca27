#pragma once
// The server that the daemon asks and follows, and the one that is written to: the same, or its primary.

#include <memory>

#include "support/private_mariadb.hpp"

namespace maproom::test::matrix {

class Servers {
 public:
  /// `options` are mariadbd's, of the server that is asked; "{keys}" stands for a file with keys for encryption.
  Servers(std::vector<std::string> options, bool replica);

  [[nodiscard]] PrivateMariadb& asked() noexcept { return *asked_; }
  [[nodiscard]] PrivateMariadb& written() noexcept { return primary_ ? *primary_ : *asked_; }
  /// Waits until all that was written is there.
  void catch_up();

 private:
  TempDir files_;
  std::unique_ptr<PrivateMariadb> primary_;
  std::unique_ptr<PrivateMariadb> asked_;
};

}  // namespace maproom::test::matrix
