#include "maproom/map/parts.hpp"

#include <gtest/gtest.h>

#include <string>

#include "maproom/map/candidates.hpp"

namespace maproom::map {
namespace {

std::string labels(std::size_t count, const std::string& label) {
  std::string name;
  for (std::size_t i = 0; i < count; ++i) name += (i == 0 ? "" : ".") + label;
  return name;
}

std::size_t bytes_of(const std::vector<Candidate>& candidates) {
  std::size_t bytes = 0;
  for (const auto& each : candidates) bytes += each.key.size();
  return bytes;
}

TEST(Parents, OfEveryNameThatTheDnsCanHoldAreAsked) {
  for (const auto& parameter : known_parameters()) {
    const auto profile = profile_of(parameter, {}).value();
    EXPECT_FALSE(too_many_parents(profile, labels(127, "a"))) << parameter;
    EXPECT_FALSE(too_many_parents(profile, "joe@" + labels(127, "a"))) << parameter;
    EXPECT_FALSE(too_many_parents(profile, labels(4, std::string(63, 'a')))) << parameter;
    EXPECT_FALSE(too_many_parents(profile, std::string(10'000, 'a') + ".example")) << parameter;
  }
}

TEST(Parents, OfALongNameOfShortLabelsAreNot) {
  const auto long_name = labels(5'000, "a");
  const auto of = [](const char* parameter) { return profile_of(parameter, {}).value(); };
  for (const auto* parameter : {"relay_domains", "check_client_access", "check_helo_access", "mynetworks"})
    EXPECT_TRUE(too_many_parents(of(parameter), long_name)) << parameter;
  for (const auto* parameter : {"transport_maps", "check_sender_access"}) {
    EXPECT_TRUE(too_many_parents(of(parameter), "joe@" + long_name)) << parameter;
    EXPECT_FALSE(too_many_parents(of(parameter), long_name + "@d.example")) << parameter;
  }
  EXPECT_FALSE(too_many_parents(of("virtual_alias_maps"), "joe@" + long_name));
}

TEST(Parents, WhatIsAskedIsBoundedWhateverTheKey) {
  for (const auto* parameter : {"exact", "address", "address-x", "access-mail", "access-host", "access-name",
                                "transport_maps", "domain-tree", "client-list"}) {
    const auto profile = profile_of(parameter, {}).value();
    for (std::size_t count = 1; count <= 5'000; count = count * 3 / 2 + 1)
      for (const std::string label : {"a", "ab", "abcdefgh", "\xc3\xbc"}) {
        for (const auto& key : {labels(count, label), "joe@" + labels(count, label)}) {
          if (key.size() > 10'000 || too_many_parents(profile, key)) continue;
          EXPECT_LE(bytes_of(candidates(profile, key, {})), most_parent_bytes + 8 * key.size()) << parameter;
        }
      }
  }
}

}  // namespace
}  // namespace maproom::map
