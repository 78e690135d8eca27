// Any bytes as a configuration: they are read, or refused with messages that name the file, and no password is among
// them.

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "maproom/config/config.hpp"
#include "property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using maproom::fuzz::require;
  const int descriptor = ::memfd_create("config", 0);
  require(descriptor >= 0 && ::write(descriptor, data, size) == static_cast<ssize_t>(size), "the input can be written");
  const auto path = "/proc/self/fd/" + std::to_string(descriptor);
  const auto config = maproom::config::read_config(path);
  ::close(descriptor);
  if (config) {
    require(!config->maps.empty(), "a configuration has maps");
    for (const auto& map : config->maps) {
      require(!map.tables.empty(), "a map asks something");
      for (const auto& table : map.tables) require(!table.connection.hosts.empty(), "a table knows its database");
    }
    return 0;
  }
  const auto& errors = config.error().detail;
  for (std::size_t begin = 0; begin < errors.size();) {
    require(errors.compare(begin, path.size(), path) == 0, "each line of the errors begins with the file");
    begin = std::min(errors.find('\n', begin), errors.size() - 1) + 1;
  }
  return 0;
}
