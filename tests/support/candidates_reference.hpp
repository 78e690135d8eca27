#pragma once
// The keys that Postfix's own tables would be asked, of the tests' own, written from docs/postfix-lookups.md sections
// 3.2 to 4, and not from the code that it judges. A key comes with the address that it was made from, so that nothing
// has to be parsed: how an external form is read back is judged elsewhere.

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::test::reference {

/// In internal form (3.2).
struct Address {
  std::string localpart, domain;
};

struct Postfix {
  std::string recipient_delimiter;
  bool owner_request_special = true;
  std::vector<std::string> local;  ///< domains, folded
  std::function<std::string(const std::string&)> fold;
};

struct Asked {
  std::string key, extension;
  friend bool operator==(const Asked&, const Asked&) = default;
};

/// 3.2: the external form of a localpart.
inline std::string external(const std::string& localpart) {
  bool quote = localpart.empty() || localpart.front() == '.' || localpart.back() == '.' ||
               localpart.find("..") != std::string::npos;
  std::string quoted;
  for (const char c : localpart) {
    quote = quote || static_cast<unsigned char>(c) <= ' ' || c == 127 ||
            std::string_view{"()<>@,;:\\\"[]"}.find(c) != std::string_view::npos;
    if (c == '"' || c == '\\' || c == '\r') quoted += '\\';
    quoted += c;
  }
  return quote ? '"' + quoted + '"' : localpart;
}

/// 3.5: where the extension begins; npos: there is none.
inline std::size_t extension_of(const std::string& localpart, const Postfix& postfix) {
  auto lower = localpart;
  for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (lower == "postmaster" || lower == "mailer-daemon" || lower == "double-bounce") return std::string::npos;
  const auto& set = postfix.recipient_delimiter;
  if (set.find('-') != std::string::npos && postfix.owner_request_special &&
      (lower.starts_with("owner-") || (lower.size() > 8 && lower.ends_with("-request"))))
    return std::string::npos;
  const auto first = set.empty() ? std::string::npos : localpart.find_first_of(set);
  return first == 0 ? std::string::npos : first;
}

/// 4: the parents of a name, itself left out: what stands behind (dotted: from) the next dot that is not the first
/// byte.
inline std::vector<std::string> parents(const std::string& name, bool dotted) {
  std::vector<std::string> all;
  for (std::string rest = name;;) {
    const auto dot = rest.find('.', 1);
    if (rest.empty() || dot == std::string::npos) return all;
    rest = rest.substr(dotted ? dot : dot + 1);
    all.push_back(rest);
  }
}

/// 4: textual prefixes of an address, itself left out.
inline std::vector<std::string> prefixes(std::string address) {
  const char sign = address.find(':') != std::string::npos ? ':' : '.';
  std::vector<std::string> all;
  for (auto at = address.rfind(sign); at != std::string::npos; at = address.rfind(sign)) {
    address.resize(at);
    if (!address.empty()) all.push_back(address);
  }
  return all;
}

/// Each once, folded, at its first place; none that is empty.
inline std::vector<Asked> tidied(const std::vector<Asked>& asked, const Postfix& postfix) {
  std::vector<Asked> tidy;
  for (const auto& each : asked) {
    const Asked folded{postfix.fold(each.key), each.extension};
    if (!folded.key.empty() &&
        std::none_of(tidy.begin(), tidy.end(), [&](const Asked& other) { return other.key == folded.key; }))
      tidy.push_back(folded);
  }
  return tidy;
}

enum class Forms { external_only, external_first, internal_only };

/// The forms of one localpart, with what stands behind it.
inline void add_forms(std::vector<Asked>& asked, const std::string& localpart, const std::string& behind, Forms forms,
                      const std::string& extension = {}) {
  if (forms != Forms::internal_only) asked.push_back({external(localpart) + behind, extension});
  if (forms != Forms::external_only) asked.push_back({localpart + behind, extension});
}

/// `profile` by its name in section 4; one of address, address-x, access-mail, transport.
inline std::vector<Asked> candidates(const std::string& profile, const Address& address, bool external_form,
                                     bool dotted, const Postfix& postfix) {
  auto forms = profile == "address-x" ? Forms::external_only : Forms::external_first;
  if (!external_form && external(address.localpart) != address.localpart) forms = Forms::internal_only;
  const auto split = extension_of(address.localpart, postfix);
  const bool has_extension = split != std::string::npos;
  const auto user = address.localpart.substr(0, split);
  const auto extension = has_extension && profile == "address-x" ? address.localpart.substr(split) : std::string{};
  const auto at_domain = "@" + address.domain;
  std::vector<Asked> asked;
  add_forms(asked, address.localpart, at_domain, forms);
  if (has_extension) add_forms(asked, user, at_domain, forms, extension);
  if (profile == "access-mail" || profile == "transport") {
    asked.push_back({address.domain, {}});
    for (const auto& parent : parents(address.domain, dotted)) asked.push_back({parent, {}});
  }
  if (profile == "access-mail") {
    add_forms(asked, address.localpart, "@", forms);
    if (has_extension) add_forms(asked, user, "@", forms);
  }
  if (profile == "address" || profile == "address-x") {
    const auto folded = postfix.fold(address.domain);
    const auto name = folded.ends_with('.') ? folded.substr(0, folded.size() - 1) : folded;
    if (std::find(postfix.local.begin(), postfix.local.end(), name) != postfix.local.end()) {
      add_forms(asked, address.localpart, "", forms);
      if (has_extension) add_forms(asked, user, "", forms, extension);
    }
    asked.push_back({at_domain, {}});
  }
  return tidied(asked, postfix);
}

/// Of a key that is a host name or an address, or a domain.
inline std::vector<Asked> candidates_of_name(const std::string& profile, const std::string& name, bool is_address,
                                             bool dotted, const Postfix& postfix) {
  std::vector<Asked> asked{{name, {}}};
  if (profile == "access-host" && is_address)
    for (const auto& prefix : prefixes(name)) asked.push_back({prefix, {}});
  if ((profile == "access-host" || profile == "access-name" || profile == "client-list") && is_address)
    return tidied(asked, postfix);
  if (profile != "exact")
    for (const auto& parent : parents(name, dotted)) asked.push_back({parent, {}});
  return tidied(asked, postfix);
}

}  // namespace maproom::test::reference
