#pragma once
// Limits of the two wire protocols: Postfix's own, each with the source file it comes from, and ours for what Postfix
// leaves open. The one place for these numbers; docs/postfix-lookups.md, section 2, has their reasons.

#include <cstddef>

namespace maproom::proto {

/// One reply line of tcp_table(5), counted after quoting and with its LF. src/util/dict_tcp.c (DICT_TCP_MAXLEN). At
/// 4097 the client closes and repeats the same lookup ten times, a second apart.
inline constexpr std::size_t postfix_tcp_reply_max = 4096;

/// Payload of one socketmap reply with its "OK ". src/util/dict_sockmap.c (DICT_SOCKMAP_DEF_MAX_REPLY). 100001 is
/// "input exceeds size limit", a temporary error, and leaves the client's stream out of step.
inline constexpr std::size_t postfix_socketmap_reply_max = 100'000;

/// The longest key that any table has to know. src/util/dict_sockmap.c of Postfix 3.12 answers not-found by itself
/// above it; 3.7 sends the key, so whoever maps keys to answers does the same for both protocols.
inline constexpr std::size_t postfix_key_max = 10'000;

/// Ours: bytes kept of a request that has not come to its end, before Codec::shorten() takes out what is beyond the
/// longest key that can be found. Room for that key with every byte as %XX, and for a map's name.
inline constexpr std::size_t unfinished_max = 48 * 1024;
static_assert(unfinished_max > sizeof("get ") + 4 * (postfix_key_max + 1));

/// header_size_limit, the longest address that can come out of a header. src/global/mail_params.h.
inline constexpr std::size_t postfix_header_size_limit = 102'400;

/// Ours: a request line of tcp_table with its LF. Room for the longest header address with every byte as %XX.
inline constexpr std::size_t tcp_request_max = 320 * 1024;
static_assert(tcp_request_max >= sizeof("get ") + 3 * postfix_header_size_limit);

/// Ours: payload of one socketmap request. Room for a map's name and the longest header address.
inline constexpr std::size_t socketmap_request_max = 110'000;
static_assert(socketmap_request_max > postfix_header_size_limit);

}  // namespace maproom::proto
