#pragma once
// Map: one configured map: a name, the lookup profile of its Postfix parameter, and its limits. Pure.
//
// Stands between protocol and resolver: turns a request's key into the candidate keys, and a table's value into the
// reply. Its tables, and who is asked for their rows, are the resolver's (resolver::ServedMap).

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maproom/map/candidates.hpp"
#include "maproom/map/postfix_settings.hpp"
#include "maproom/map/profile.hpp"

namespace maproom::map {

/// How old a cached answer may be. The reader judges; an entry only knows when its query was sent.
struct Freshness {
  std::chrono::milliseconds positive_ttl{};
  std::chrono::milliseconds negative_ttl{};
  std::chrono::milliseconds stale_limit{};           ///< for values, while the database cannot say
  std::chrono::milliseconds stale_negative_limit{};  ///< for "not found", likewise
  std::chrono::milliseconds followed_ttl{};          ///< for both, while the change feed proves that nothing changed
  /// For "not found" as it was when the database went away, counted from that moment; see WrongNotFound.
  std::chrono::milliseconds outage_not_found_limit{};
  std::chrono::milliseconds keys_ttl{};  ///< of a complete key set; 0: this map does not use one, though others may

  [[nodiscard]] bool fresh(bool positive, std::chrono::nanoseconds age) const {
    return age < (positive ? positive_ttl : negative_ttl);
  }
  [[nodiscard]] bool fresh_followed(bool positive, std::chrono::nanoseconds age) const {
    return age < followed_ttl || fresh(positive, age);
  }
  [[nodiscard]] bool usable_stale(bool positive, std::chrono::nanoseconds age) const {
    return age < (positive ? stale_limit : stale_negative_limit);
  }
  /// From this age on an answer that lives long by the feed is asked anew, before it ends; never, without a feed.
  [[nodiscard]] std::chrono::milliseconds refresh_after(bool positive) const {
    const auto plain = positive ? positive_ttl : negative_ttl;
    return followed_ttl > plain ? std::max(plain, followed_ttl / 10 * 9) : std::chrono::hours{24 * 36'500};
  }
  /// How long a tier has reason to keep an entry, from its birth.
  [[nodiscard]] std::chrono::milliseconds keep(bool positive) const {
    return positive ? std::max(positive_ttl, stale_limit) : std::max(negative_ttl, stale_negative_limit);
  }
  /// Of a table whose changes are all seen: that there was no row is worth something through an outage, too.
  [[nodiscard]] std::chrono::milliseconds keep_followed(bool positive) const {
    return std::max({keep(positive), followed_ttl, stale_limit});
  }
  friend bool operator==(const Freshness&, const Freshness&) = default;
};

struct Map {
  std::string name;
  Profile profile;
  PostfixSettings settings;
  Freshness freshness;
  std::chrono::milliseconds deadline{};
  bool addresses_only = false;
  KeySet key_set = KeySet::none;  ///< what is wanted, where the feed can keep it
  WrongNotFound wrong_not_found = WrongNotFound::rejects;

  /// The keys to ask, in order; none: `mysql:` would not ask, so the answer is "not found". A client list's address is
  /// brought to the spelling Postfix itself sends, and with addresses_only a host name has no candidates (M2).
  [[nodiscard]] std::vector<Candidate> candidates(std::string_view key) const;
  /// The usual key is plain: ASCII letters, digits and a few signs that no address form quotes. Its first candidate is
  /// then the key itself, folded, whatever the profile, and a match on it leaves no extension: the way of most lookups,
  /// without making the other candidates. false: not plain (or a client list's, which has rules of its own).
  [[nodiscard]] bool plain_first_candidate(std::string_view key, std::string& folded) const;
  /// The value as the reply to the request that `candidate` was made from.
  [[nodiscard]] std::string reply(const Candidate& candidate, std::string value) const {
    return propagate(profile, candidate, std::move(value), settings);
  }
  /// A client list trusts whom it finds: it must be shown not to answer every key before it may answer any (M1).
  [[nodiscard]] bool guarded() const noexcept { return profile.kind == ProfileKind::client_list; }
};

/// Keys longer than this are not found without a query: what Postfix 3.12 itself does for socketmap
/// (dict_sockmap.c), and no address or name is as long.
inline constexpr std::size_t max_key_bytes = 10'000;

}  // namespace maproom::map
