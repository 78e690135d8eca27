#include "integration/world.hpp"

#include <regex>
#include <stdexcept>

namespace maproom::test {

World::World(const std::string& more) {
  mariadb().make_sample_database();
  configure(more);
}

void World::configure(const std::string& more) {
  static const std::regex wanted{R"(PORT\(([a-z_]+)\))"};
  auto text = more;
  for (std::smatch match; std::regex_search(text, match, wanted);)
    text = match.prefix().str() + std::to_string(port(match[1])) + match.suffix().str();
  daemon.configure(sample_config(mariadb(), nullptr, ports_, socketmap_path()) + text);
}

void World::start(const std::map<std::string, std::string>& environment, const std::vector<int>& descriptors) {
  daemon.start(environment, descriptors);
  const auto proven = [this] { return daemon.run({"status", "--json"}).out.find("unproven") == std::string::npos; };
  if (!wait_until(proven)) throw std::runtime_error{"client lists stay unproven: " + daemon.log()};
}

}  // namespace maproom::test
