#include "maproom/app/text_file.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace maproom::app {

Result<std::string> read_text_file(const std::string& path) {
  // A folder can be opened as well, and would read as an empty file.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return fail(Errc::invalid, path + ": cannot be read: it is a folder");
  errno = 0;
  std::ifstream stream{path, std::ios::binary};
  std::stringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream) return fail(Errc::invalid, path + ": cannot be read: " + std::generic_category().message(errno));
  return text.str();
}

}  // namespace maproom::app
