#include "maproom/map/candidates.hpp"

#include <algorithm>

#include "maproom/map/address.hpp"
#include "maproom/map/fold.hpp"
#include "maproom/map/ip_address.hpp"
#include "maproom/map/key_parts.hpp"

namespace maproom::map {
namespace {

/// Collects candidates in order: folded, none empty, none twice.
class List {
 public:
  explicit List(const PostfixSettings& settings) : settings_{settings} {}

  void add(std::string_view key) { add(key, {}); }
  void add(std::string_view key, const std::optional<Extension>& stripped) {
    if (key.empty()) return;
    Candidate candidate;
    candidate.key = fold(key, settings_.smtputf8_enable);
    for (const auto& known : all_)
      if (known.key == candidate.key) return;
    if (stripped) {
      candidate.extension = stripped->text;
      candidate.user = stripped->user;
    }
    all_.push_back(std::move(candidate));
  }
  std::vector<Candidate> take() { return std::move(all_); }

 private:
  const PostfixSettings& settings_;
  std::vector<Candidate> all_;
};

enum class Forms {
  external,        ///< E-only, for a key in external form
  external_first,  ///< E-first: each external candidate with its internal twin
  internal,        ///< a key that is no external form of itself
};

/// An address key taken apart, and the candidates that several profiles share.
class AddressKey {
 public:
  AddressKey(std::string_view key, Forms forms, const PostfixSettings& settings, List& list)
      : forms_{forms}, list_{list}, internal_{forms == Forms::internal ? std::string{key} : to_internal(key)} {
    const auto parts = split_at_last_at(internal_);
    localpart_ = parts.user;
    domain_ = parts.domain;
    stripped_ = split_extension(localpart_, settings);
  }

  [[nodiscard]] std::string_view domain() const { return domain_; }

  void full() { both(internal_, {}); }
  void without_extension() {
    if (stripped_) both(stripped_->user + "@" + std::string{domain_}, stripped_);
  }
  /// `tail`: nothing, or "@".
  void localparts(std::string_view tail) {
    if (!localpart_.empty()) both(std::string{localpart_}.append(tail), {});
    if (stripped_) both(stripped_->user + std::string{tail}, stripped_);
  }

 private:
  void both(const std::string& internal, const std::optional<Extension>& stripped) {
    if (forms_ == Forms::internal) {
      list_.add(internal, stripped);
      return;
    }
    list_.add(to_external(internal), stripped);
    if (forms_ == Forms::external_first) list_.add(internal, stripped);
  }

  Forms forms_;
  List& list_;
  std::string internal_;
  std::string_view localpart_, domain_;
  std::optional<Extension> stripped_;
};

/// a.b.c -> b.c -> c, or .b.c -> .c; `name` itself is not added (postfix-lookups 4, "Parents"). Postfix looks for the
/// next dot from the second character on.
void add_parents(List& list, std::string_view name, ParentStyle style) {
  while (name.size() > 1) {
    const auto dot = name.find('.', 1);
    if (dot == std::string_view::npos) return;
    const auto rest = name.substr(dot + 1);
    if (rest.empty()) return;
    name = style == ParentStyle::plain ? rest : name.substr(dot);
    list.add(name);
  }
}

/// 192.0.2.55 -> 192.0.2 -> 192.0 -> 192; IPv6 likewise at the last colon, textually.
void add_prefixes(List& list, std::string_view address) {
  const char separator = address.find(':') == std::string_view::npos ? '.' : ':';
  for (;;) {
    const auto cut = address.rfind(separator);
    if (cut == std::string_view::npos) return;
    address = address.substr(0, cut);
    list.add(address);
  }
}

void add_address_candidates(List& list, const Profile& profile, std::string_view key, const PostfixSettings& settings) {
  if (key.find('@') == std::string_view::npos) return list.add(key);
  const auto forms = !is_external(key)                        ? Forms::internal
                     : profile.kind == ProfileKind::address_x ? Forms::external
                                                              : Forms::external_first;
  AddressKey address{key, forms, settings, list};
  address.full();
  address.without_extension();
  switch (profile.kind) {
    case ProfileKind::access_mail:
      list.add(address.domain());
      add_parents(list, address.domain(), profile.parents);
      address.localparts("@");
      return;
    case ProfileKind::transport:
      list.add(address.domain());
      add_parents(list, address.domain(), profile.parents);
      return;
    default:
      if (is_local_domain(address.domain(), settings)) address.localparts("");
      if (!address.domain().empty()) list.add("@" + std::string{address.domain()});
  }
}

}  // namespace

std::vector<Candidate> candidates(const Profile& profile, std::string_view key, const PostfixSettings& settings) {
  if (key.empty() || (settings.smtputf8_enable && !is_valid_utf8(key))) return {};
  List list{settings};
  switch (profile.kind) {
    case ProfileKind::address:
    case ProfileKind::address_x:
    case ProfileKind::access_mail:
    case ProfileKind::transport:
      add_address_candidates(list, profile, key, settings);
      break;
    case ProfileKind::exact:
      list.add(key);
      break;
    case ProfileKind::domain_tree:
      list.add(key);
      add_parents(list, key, profile.parents);
      break;
    case ProfileKind::access_host:
      list.add(key);
      if (parse_ip_address(key))
        add_prefixes(list, key);
      else
        add_parents(list, key, profile.parents);
      break;
    case ProfileKind::access_name:
    case ProfileKind::client_list:
      list.add(key);
      if (!parse_ip_address(key)) add_parents(list, key, profile.parents);
      break;
  }
  return list.take();
}

}  // namespace maproom::map
