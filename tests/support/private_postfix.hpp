#pragma once
// A Postfix of the test's own: configuration, queue and data in a temporary folder, smtpd on a free loopback port, no
// chroot. Any number of them run side by side.

#include <map>
#include <string>

#include "support/temp_dir.hpp"

namespace maproom::test {

class PrivatePostfix {
 public:
  /// main.cf beyond what the instance itself needs, and services of master.cf beyond the usual ones. Clients come from
  /// 127.0.0.x, which no default trusts.
  explicit PrivatePostfix(const std::map<std::string, std::string>& main_cf, const std::string& more_services = {});
  ~PrivatePostfix();
  PrivatePostfix(const PrivatePostfix&) = delete;
  PrivatePostfix& operator=(const PrivatePostfix&) = delete;
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string log() const { return read_text(log_file()); }
  [[nodiscard]] std::string log_file() const { return dir_.path("maillog"); }
  /// Tries the deferred queue now.
  void flush() const;

 private:
  [[nodiscard]] std::string postfix(const std::string& verb) const;
  TempDir dir_;
  int port_;
};

}  // namespace maproom::test
