// Values of any kind as address lists: each address, written out as propagation does and read anew by the same rules,
// is one address again; so no value can send mail to more recipients through a tcp: table than it names.

#include "maproom/map/address_list.hpp"
#include "maproom/map/candidates.hpp"
#include "property.hpp"

using namespace maproom::map;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using maproom::fuzz::require;
  if (size == 0) return 0;
  PostfixSettings settings;
  settings.recipient_delimiter = "+";
  settings.swap_bangpath = (data[0] & 1) == 0;
  settings.allow_percent_hack = (data[0] & 2) == 0;
  const std::string value{maproom::fuzz::as_text(data + 1, size - 1)};

  const auto addresses = parse_address_list(value, settings);
  require(addresses.size() <= value.size(), "an address takes a character at least");
  for (const auto& address : addresses) {
    require(!address.has_domain || address.internal.find('@') != std::string::npos, "a domain has its '@'");
  }
  const Profile profile{ProfileKind::address_x, ParentStyle::plain, "virtual"};
  const Candidate candidate{"u@x", "+E", "u"};
  if (value.empty() || value == "<>" || value.starts_with('@')) return 0;
  const auto reply = propagate(profile, candidate, value, settings);
  require(!reply.empty(), "a value stays a value");
  if (addresses.empty()) {
    require(reply == value, "what is no address is passed on");
  } else {
    const auto again = parse_address_list(reply, settings);
    require(again.size() == addresses.size(), "as many addresses as before");
    for (std::size_t i = 0; i < again.size(); ++i) {
      require(again[i].has_domain == addresses[i].has_domain, "a bare name stays one");
      require(again[i].internal.find("+E") != std::string::npos, "each has the extension");
    }
  }
  return 0;
}
