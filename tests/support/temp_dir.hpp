#pragma once
// A folder that is there for one test, or one group of tests, and gone afterwards.

#include <filesystem>
#include <string>

namespace maproom::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::string path(const std::string& name = {}) const;
  /// Writes a file into it; returns its path.
  std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) const;

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_text(const std::string& path);

}  // namespace maproom::test
