#include "maproom/map/candidates.hpp"

#include <algorithm>
#include <utility>

#include "maproom/core/fold.hpp"
#include "maproom/core/ip_address.hpp"
#include "maproom/map/address.hpp"
#include "maproom/map/host_address.hpp"

namespace maproom::map {
namespace {

/// What a request's key names: an address in internal form, and which of its forms are asked.
struct RequestedAddress {
  std::string_view localpart;
  std::string_view at_domain;  ///< with its '@'
  bool ask_external = true;
  bool ask_internal = true;
};

/// The list under construction: folds, leaves out what is empty or there already.
class CandidateList {
 public:
  /// `key`: all candidates are made of its characters (and quotes). Most keys are ASCII and are spared all checks.
  CandidateList(std::string_view key, const PostfixSettings& settings, std::size_t expected)
      : utf8_{settings.smtputf8_enable && !is_ascii(key)} {
    list_.reserve(expected);
  }

  void add(std::string key, std::string_view extension = {}, std::string_view user = {}) {
    if (!fold_key(key)) return;
    const auto same = [&](const Candidate& known) { return known.key == key; };
    if (std::any_of(list_.begin(), list_.end(), same)) return;
    list_.push_back({std::move(key), std::string{extension}, std::string{user}});
  }
  /// For keys that get shorter at each step and so differ from each other.
  void add_distinct(std::string_view text) {
    std::string key{text};
    if (fold_key(key)) list_.push_back({std::move(key), {}, {}});
  }
  /// What was added so far stands for the whole key: the key itself and, if there is one, its other form.
  void are_whole(std::string_view asked, std::string_view twin = {}) {
    if (!list_.empty()) list_[0].whole = asked;
    if (list_.size() > 1) list_[1].whole = twin;
  }
  [[nodiscard]] std::vector<Candidate> take() && { return std::move(list_); }

 private:
  /// false: not a key that a table is asked. (A delimiter that is a part of a character can break one in two.)
  [[nodiscard]] bool fold_key(std::string& key) const {
    if (key.empty() || (utf8_ && !is_valid_utf8(key))) return false;
    fold_in_place(key, utf8_);
    return true;
  }

  std::vector<Candidate> list_;
  bool utf8_;  ///< UTF-8 is to be checked and folded
};

/// An unmatched extension, and the user it was taken from; both empty for whole addresses.
struct Unmatched {
  std::string_view extension;
  std::string_view user;
};

/// `localpart` (internal form) followed by `rest` ("@domain", "@" or nothing), external form before internal form.
void add_forms(CandidateList& list, const RequestedAddress& address, std::string_view localpart, std::string_view rest,
               Unmatched unmatched = {}) {
  std::string internal;
  internal.reserve(localpart.size() + rest.size());
  internal += localpart;
  internal += rest;
  // A dot-string is its own external form. It has no '@' either, so it is no source route.
  if (!is_dot_string(localpart) && address.ask_external) {
    list.add(rest.empty() ? external_localpart(internal) : external_address(internal), unmatched.extension,
             unmatched.user);
    if (!address.ask_internal) return;
  }
  list.add(std::move(internal), unmatched.extension, unmatched.user);
}

/// The name and its parents as far as there is something left; top-level labels included.
void add_parents(CandidateList& list, std::string_view name, ParentStyle style) {
  while (!name.empty()) {
    list.add_distinct(name);
    const auto dot = name.find('.', 1);
    if (dot == std::string_view::npos) return;
    name.remove_prefix(style == ParentStyle::plain ? dot + 1 : dot);
  }
}

/// The address and its networks, cut off as text: nobody counts bits.
void add_networks(CandidateList& list, std::string_view address) {
  const char separator = address.find(':') == std::string_view::npos ? '.' : ':';
  while (!address.empty()) {
    list.add_distinct(address);
    const auto cut = address.rfind(separator);
    if (cut == std::string_view::npos) return;
    address = address.substr(0, cut);
  }
}

std::size_t count_labels(std::string_view name) {
  return static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) + 1;
}

/// All that an address map is asked, in the order of mail_addr_find(3).
std::vector<Candidate> address_candidates(const Profile& profile, std::string_view key, const RequestedAddress& address,
                                          const PostfixSettings& settings) {
  const auto domain = address.at_domain.substr(1);
  const bool by_domain = profile.kind == ProfileKind::access_mail || profile.kind == ProfileKind::transport;
  CandidateList list{key, settings, by_domain ? 4 + count_labels(domain) : 4};

  const auto split = find_extension(address.localpart, settings);
  const auto user = address.localpart.substr(0, split.value_or(address.localpart.size()));
  Unmatched unmatched;
  if (split && profile.kind == ProfileKind::address_x) unmatched = {address.localpart.substr(*split), user};
  const auto add_user = [&](std::string_view rest) {
    if (split) add_forms(list, address, user, rest, unmatched);
  };
  const auto add_whole_and_user = [&](std::string_view rest) {
    add_forms(list, address, address.localpart, rest);
    add_user(rest);
  };

  add_forms(list, address, address.localpart, address.at_domain);
  list.are_whole(key, std::string{address.localpart} + std::string{address.at_domain});
  add_user(address.at_domain);
  if (by_domain) {
    add_parents(list, domain, profile.parents);
    if (profile.kind == ProfileKind::access_mail) add_whole_and_user("@");
  } else {
    if (is_local_domain(domain, settings)) add_whole_and_user("");
    list.add(std::string{address.at_domain});
  }
  return std::move(list).take();
}

/// Postfix asks for an address twice where it knows both forms: by the external form, and if that is not found and
/// the internal form differs, by that. A key that is the external form of some address is the first request; all
/// others are the second (docs/postfix-lookups.md, 3.2).
std::vector<Candidate> address_candidates(const Profile& profile, std::string_view key,
                                          const PostfixSettings& settings) {
  const auto parse = [](std::string_view internal) {
    const auto at = internal.rfind('@');
    return RequestedAddress{internal.substr(0, at), internal.substr(at)};
  };
  auto address = parse(key);
  const bool external_only = profile.kind == ProfileKind::address_x;
  if (is_dot_string(address.localpart)) {  // both forms are the same, and no time should be lost
    address.ask_internal = !external_only;
    return address_candidates(profile, key, address, settings);
  }
  const auto internal = internal_address(key);
  if (external_address(internal) == key) {
    address = parse(internal);
    address.ask_internal = !external_only;
  } else {
    address.ask_external = false;
  }
  return address_candidates(profile, key, address, settings);
}

std::vector<Candidate> name_candidates(const Profile& profile, std::string_view key, const PostfixSettings& settings) {
  const bool is_address = profile.kind == ProfileKind::client_list   ? parse_ip_address(key).has_value()
                          : profile.kind == ProfileKind::domain_tree ? false
                                                                     : is_host_address(key);
  CandidateList list{key, settings, count_labels(key)};
  if (!is_address) {
    add_parents(list, key, profile.parents);
  } else if (profile.kind == ProfileKind::access_host) {
    add_networks(list, key);
  } else {
    list.add_distinct(key);
  }
  auto all = std::move(list).take();
  if (!all.empty()) all.front().whole = key;
  return all;
}

}  // namespace

std::vector<Candidate> candidates(const Profile& profile, std::string_view key, const PostfixSettings& settings) {
  if (key.empty() || (settings.smtputf8_enable && !is_valid_utf8(key))) return {};
  switch (profile.kind) {
    case ProfileKind::address:
    case ProfileKind::address_x:
    case ProfileKind::access_mail:
    case ProfileKind::transport:
      if (key.find('@') != std::string_view::npos) return address_candidates(profile, key, settings);
      break;  // bare domains, "<>", the transport map's "*": nothing is split off
    case ProfileKind::access_host:
    case ProfileKind::access_name:
    case ProfileKind::domain_tree:
    case ProfileKind::client_list:
      return name_candidates(profile, key, settings);
    case ProfileKind::exact:
      break;
  }
  CandidateList list{key, settings, 1};
  list.add_distinct(key);
  list.are_whole(key);
  return std::move(list).take();
}

}  // namespace maproom::map
