#pragma once
// Mail addresses as Postfix's address maps see them (docs/postfix-lookups.md, 3.2, 3.5, 3.6). Pure.
//
// An address has an internal form (john smith@x.example) and an external one ("john smith"@x.example); which of them
// is asked, and in which order, is candidates.cpp's business. The domain begins at the last '@'. None of these can
// fail: whatever text comes in is an address of some sort, as it is for Postfix.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "maproom/map/postfix_settings.hpp"

namespace maproom::map {

/// May this localpart stand without quotes? (RFC 822 words with single dots between them; bytes >= 0x80 are fine.)
[[nodiscard]] bool is_dot_string(std::string_view localpart) noexcept;
/// The text between quotes, with a backslash before '"', '\' and CR.
[[nodiscard]] std::string quoted_string(std::string_view text);

/// Internal to external form: the localpart gets quotes if it needs them; a source route in front stays as it is.
/// Source: quote_822_local(3).
[[nodiscard]] std::string external_address(std::string_view internal);
/// The same for a localpart without a domain: an '@' in it is a reason for quotes.
[[nodiscard]] std::string external_localpart(std::string_view localpart);
/// External to internal form. Text that is not a valid external form still has an answer: quotes and backslashes go.
[[nodiscard]] std::string internal_address(std::string_view external);

/// Where the extension (its delimiter first) begins in an internal-form localpart; nullopt: it has none, or is one
/// that is never split. Source: split_addr(3).
[[nodiscard]] std::optional<std::size_t> find_extension(std::string_view localpart, const PostfixSettings& settings);

/// Is the domain $myorigin, in $mydestination, or an address literal of this host? Source: mail_addr_find(3),
/// resolve_local(3).
[[nodiscard]] bool is_local_domain(std::string_view domain, const PostfixSettings& settings);

}  // namespace maproom::map
