#pragma once
// Candidates: one request key -> the keys to ask, in Postfix's order (docs/postfix-lookups.md, sections 3.1, 3.2, 3.5,
// 3.6, 4). Pure. Gets the key as the protocol decoded it; hands to the resolver.
//
// Candidates are built from the key as received and each is folded at the end. Empty candidates are left
// out, duplicates appear once, at their first place. A key that is empty, or not valid UTF-8 while
// smtputf8_enable is on, has no candidates: `mysql:` would not ask either, so the answer is "not found".

#include <string>
#include <string_view>
#include <vector>

#include "maproom/map/postfix_settings.hpp"
#include "maproom/map/profile.hpp"

namespace maproom::map {

struct Candidate {
  std::string key;  ///< folded, what the table is asked
  /// The extension that a match on this candidate leaves unmatched, delimiter included, original case; empty
  /// unless this is a "without extension" candidate of address_x.
  std::string extension;
  /// Internal-form localpart without that extension, original case (propagation rule 4.1.2); empty if extension is.
  std::string user;
  /// The key as Postfix asks its own pattern tables for it, original case; empty: a part of the key, for which it does
  /// not ask them. (The whole key comes first, and where Postfix asks both forms of an address, both are whole.)
  std::string whole{};
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

[[nodiscard]] std::vector<Candidate> candidates(const Profile& profile, std::string_view key,
                                                const PostfixSettings& settings);

/// The reply for a row's value found under `candidate`: the value itself, or with the unmatched extension
/// put in (docs/postfix-lookups.md, 4.1). Only address_x changes anything.
[[nodiscard]] std::string propagate(const Profile& profile, const Candidate& candidate, std::string value,
                                    const PostfixSettings& settings);

}  // namespace maproom::map
