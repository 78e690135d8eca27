#include "maproom/config/text_file.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace maproom::config {
namespace {

Result<std::string> read_up_to(const std::string& path, std::size_t longest) {
  // A folder can be opened as well, and would read as an empty file.
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return fail(Errc::invalid, path + ": cannot be read: it is a folder");
  errno = 0;
  std::ifstream stream{path, std::ios::binary};
  if (!stream) return fail(Errc::invalid, path + ": cannot be read: " + std::generic_category().message(errno));
  std::string text;
  std::array<char, 65536> block;              // NOLINT: filled by read
  while (stream && text.size() <= longest) {  // a device such as /dev/zero never ends
    stream.read(block.data(), block.size());
    text.append(block.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return fail(Errc::invalid, path + ": cannot be read: " + std::generic_category().message(errno));
  if (text.size() > longest)
    return fail(Errc::invalid, path + ": is larger than " + std::to_string(longest >> 20) + " MiB");
  return text;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) { return read_up_to(path, 4U << 20); }
Result<std::string> read_text_table(const std::string& path) { return read_up_to(path, 256U << 20); }

}  // namespace maproom::config
