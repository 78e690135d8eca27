#include "maproom/import/master_cf.hpp"

#include "maproom/core/logical_lines.hpp"
#include "maproom/import/words.hpp"

namespace maproom::imports {

std::vector<Service> parse_master_cf(std::string_view text) {
  constexpr std::size_t chroot = 4;
  constexpr std::size_t program = 7;  // name type private unprivileged chroot wakeup maxproc program arguments...
  std::vector<Service> services;
  for (const auto& line : logical_lines(text).all) {
    const auto fields = split_fields(line.text);
    if (fields.size() <= program) continue;
    Service service{fields[0].text, fields[1].text, fields[program].text, {}, fields[chroot].text == "y"};
    for (std::size_t i = program + 1; i < fields.size(); ++i) {
      std::string_view argument = fields[i].text;
      if (!argument.starts_with("-o")) continue;
      argument.remove_prefix(2);
      if (argument.empty()) {
        if (++i == fields.size()) break;
        argument = fields[i].text;
      }
      if (const auto inner = within_braces(argument)) argument = *inner;
      const auto equals = argument.find('=');
      if (equals == std::string_view::npos) continue;
      service.parameters.emplace_back(trim(argument.substr(0, equals)), trim(argument.substr(equals + 1)));
    }
    services.push_back(std::move(service));
  }
  return services;
}

}  // namespace maproom::imports
