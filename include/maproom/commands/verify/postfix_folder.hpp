#pragma once
// A configuration folder for postmap(1): private, so that `verify` needs no /etc/postfix/main.cf, and nothing in one
// that a lookup has no use for (an address in inet_interfaces that this host lacks, say) makes it fail.

#include <string>
#include <utility>

#include "maproom/config/main_cf_syntax.hpp"
#include "maproom/core/result.hpp"

namespace maproom::commands {

/// What of a main.cf has a say in `postmap -q`: smtputf8_enable (folding, and what is valid UTF-8), where Postfix's
/// table modules are, and its users, with the parameters that their values refer to. Pure.
[[nodiscard]] std::string postmap_main_cf(const config::Definitions& host, bool smtputf8_enable);

/// Lives as long as the folder, which is removed at the end.
class PostfixFolder {
 public:
  /// `main_cf`: a file, or the folder that holds it; empty: /etc/postfix, if it is there; "none": none is looked at.
  /// Without one, `smtputf8_enable` is what counts. Error: the named file, or a new folder, cannot be read or written.
  [[nodiscard]] static Result<PostfixFolder> make(const std::string& main_cf, bool smtputf8_enable);
  ~PostfixFolder();
  PostfixFolder(PostfixFolder&& other) noexcept : path_{std::exchange(other.path_, {})} {}
  PostfixFolder(const PostfixFolder&) = delete;
  PostfixFolder& operator=(const PostfixFolder&) = delete;
  PostfixFolder& operator=(PostfixFolder&&) = delete;

  /// For `postmap -c`.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit PostfixFolder(std::string path) : path_{std::move(path)} {}
  std::string path_;
};

}  // namespace maproom::commands
