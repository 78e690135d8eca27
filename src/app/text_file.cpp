#include "maproom/app/text_file.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace maproom::app {
namespace {

/// Far more than any configuration or list of domains.
constexpr std::size_t longest_file = 4U << 20;

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  // A folder can be opened as well, and would read as an empty file.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return fail(Errc::invalid, path + ": cannot be read: it is a folder");
  errno = 0;
  std::ifstream stream{path, std::ios::binary};
  if (!stream) return fail(Errc::invalid, path + ": cannot be read: " + std::generic_category().message(errno));
  std::string text(longest_file + 1, '\0');  // a device such as /dev/zero never ends
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return fail(Errc::invalid, path + ": cannot be read: " + std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > longest_file) return fail(Errc::invalid, path + ": is larger than 4 MiB");
  text.shrink_to_fit();
  return text;
}

}  // namespace maproom::app
