// Keys of any kind under any profile: no candidate is empty, comes twice, or would be folded again; and a value found
// under one still is a value after propagation. Input: profile, settings, recipient_delimiter up to a line feed, then
// the key.

#include <algorithm>

#include "maproom/core/fold.hpp"
#include "maproom/map/candidates.hpp"
#include "property.hpp"

using namespace maproom::map;

namespace {

PostfixSettings settings_of(std::uint8_t bits) {
  PostfixSettings settings;
  settings.smtputf8_enable = (bits & 1) == 0;
  settings.owner_request_special = (bits & 2) == 0;
  if ((bits & 4) != 0) settings.parent_domain_matches_subdomains.clear();
  if ((bits & 8) != 0) settings.propagate_unmatched_extensions.clear();
  settings.myorigin = "test.example";
  settings.mydestination = {"test.example", "!not.example", "straße.example"};
  settings.inet_interfaces = {"127.0.0.1", "::1"};
  return settings;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using maproom::fuzz::require;
  if (size < 2) return 0;
  static const auto parameters = known_parameters();
  auto settings = settings_of(data[1]);
  const auto profile = profile_of(parameters[data[0] % parameters.size()], settings).value();
  auto key = maproom::fuzz::as_text(data + 2, size - 2);
  const auto line = std::min(key.find('\n'), key.size());
  settings.recipient_delimiter = key.substr(0, line);
  key.remove_prefix(std::min(line + 1, key.size()));

  const auto list = candidates(profile, key, settings);
  const bool asked = !key.empty() && (!settings.smtputf8_enable || maproom::is_valid_utf8(key));
  require(list.empty() != asked, "a key has candidates unless it is empty or not UTF-8");
  if (!asked) return 0;
  require(list.front().key == maproom::fold(key, settings.smtputf8_enable), "the key itself comes first");
  for (auto candidate = list.begin(); candidate != list.end(); ++candidate) {
    require(!candidate->key.empty(), "no candidate is empty");
    require(!settings.smtputf8_enable || maproom::is_valid_utf8(candidate->key), "a candidate is UTF-8");
    require(maproom::fold(candidate->key, settings.smtputf8_enable) == candidate->key, "a candidate is folded");
    require(std::none_of(list.begin(), candidate, [&](const auto& earlier) { return earlier.key == candidate->key; }),
            "no candidate comes twice");
    require(candidate->extension.empty() == candidate->user.empty(), "an extension was taken from a user");
    require(candidate->extension.empty() || profile.kind == ProfileKind::address_x,
            "nothing is unmatched where nothing is propagated");
    for (const std::string value : {"@x.example", "a@x.example, root", "<>", ","}) {
      const auto reply = propagate(profile, *candidate, value, settings);
      require(!reply.empty(), "a value stays a value");
      require(!candidate->extension.empty() || reply == value, "only an unmatched extension changes a value");
    }
  }
  return 0;
}
