#include "support/temp_dir.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace maproom::test {

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "maproom-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp failed"};
  ::chmod(pattern.c_str(), 0755);  // other users' servers (mysql, postfix) keep their sockets in it
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::path(const std::string& name) const {
  return name.empty() ? path_.string() : (path_ / name).string();
}

std::string TempDir::write(const std::string& name, const std::string& text, unsigned mode) const {
  const auto file = path(name);
  std::filesystem::create_directories(std::filesystem::path{file}.parent_path());
  std::ofstream{file, std::ios::binary} << text;
  ::chmod(file.c_str(), static_cast<mode_t>(mode));
  return file;
}

std::string read_text(const std::string& path) {
  std::ifstream stream{path, std::ios::binary};
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace maproom::test
