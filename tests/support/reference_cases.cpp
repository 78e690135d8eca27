#include "support/reference_cases.hpp"

#include "maproom/core/fold.hpp"
#include "maproom/map/candidates.hpp"
#include "maproom/map/table.hpp"
#include "support/candidates_reference.hpp"
#include "support/input_bytes.hpp"
#include "support/mysql_table_reference.hpp"

namespace maproom::test {
namespace {

using reference::Outcome;

std::string shown(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < 127)
      out += c;
    else
      out.append("\\x").append(1, digits[byte / 16]).append(1, digits[byte % 16]);
  }
  return out + '"';
}

std::string shown(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::value:
      return shown(outcome.value);
    case Outcome::Kind::not_found:
      return "not found";
    case Outcome::Kind::error:
      break;
  }
  return "an error";
}

// ---- mysql_table(5)

constexpr std::string_view words[] = {"a",    "joe",    "example", "x.y", "..",  ".",        "@",        "@",
                                      "com",  "o'neil", "\\",      "\"",  " ",   "\xc3\xbc", "\xc3\x9f", "+",
                                      "mail", "%",      "\n",      "",    "A.B", "\x1a",     "org",      "-"};
constexpr std::string_view letters[] = {"%s", "%u", "%d", "%S", "%U", "%D", "%1", "%2",
                                        "%3", "%9", "%%", "%4", "%s", "%u", "%d"};

std::string text_of(InputBytes& input, std::size_t most) {
  std::string text;
  for (auto count = input.byte() % (most + 1); count > 0; --count) text += input.one_of(words);
  return text;
}

/// Of letters, and words that change nothing in SQL.
std::string template_of(InputBytes& input, std::size_t most) {
  constexpr std::string_view plain[] = {"a", "smtp:[", "]", ", ", "@", ".", "\xc3\xbc", "="};
  std::string text;
  for (auto count = 1 + input.byte() % most; count > 0; --count) {
    const auto how = input.byte();
    text += how % 2 == 0 ? letters[how / 2 % std::size(letters)] : plain[how / 2 % std::size(plain)];
  }
  return text;
}

std::string difference_of_table(InputBytes& input) {
  map::TableSettings settings;
  reference::MysqlTable table;
  const bool utf8 = input.byte() % 4 != 0;
  table.query = "SELECT v FROM t WHERE k = '" + template_of(input, 3) + "'";
  if (input.byte() % 4 == 0) table.query += " AND d <> '" + template_of(input, 2) + "'";
  if (input.byte() % 2 == 0) table.result_format = template_of(input, 4);
  if (input.byte() % 8 == 0) table.result_format += input.one_of(std::initializer_list<const char*>{"%", "%x", "%0"});
  for (auto count = input.byte() % 8; count > 4; --count) {
    std::string marks(input.byte() % 8 < 5 ? 0 : input.byte() % 3, '!');
    const auto name = input.one_of(std::initializer_list<const char*>{"Example", "x.y", "com", "A.B", "b", "\xc3\x9c"});
    settings.domain.push_back(marks + name);
    table.domain.push_back(marks + fold(name, utf8));
  }
  table.expansion_limit = static_cast<long>(input.byte() % 8) - 3;
  table.require_result_set = input.byte() % 4 != 0;
  settings.query = table.query;
  settings.result_format = table.result_format;
  settings.expansion_limit = table.expansion_limit;
  settings.require_result_set = table.require_result_set;

  const std::string what = "query " + shown(table.query) + " result_format " + shown(table.result_format);
  const auto ours = map::Table::compile(settings, utf8);
  const bool valid = reference::is_template(table.query) && reference::is_template(table.result_format);
  if (ours.has_value() != valid) return what + ": " + (valid ? "is refused: " + ours.error().detail : "is taken");
  if (!valid) return {};

  const auto key = fold(text_of(input, 9), utf8);
  for (const bool backslashes : {true, false}) {
    const auto wanted = reference::statement(table, key, backslashes);
    const auto of_key = what + " domains " + std::to_string(table.domain.size()) + " key " + shown(key) + ": ";
    if (ours->asks(key) != wanted.has_value()) return of_key + (wanted ? "is not asked" : "is asked");
    if (!wanted) return {};
    const auto bound = ours->query().bind(key, {.no_backslash_escapes = !backslashes});
    if (!bound || *bound != *wanted)
      return of_key + "sends " + (bound ? shown(*bound) : "nothing") + " and not " + shown(*wanted);
  }

  std::optional<reference::Rows> rows;
  query::ResultSet set;
  set.present = input.byte() % 8 != 0;
  if (set.present) {
    rows.emplace();
    const auto columns = 1 + input.byte() % 3;
    for (auto count = input.byte() % 5; count > 0; --count) {
      auto& row = rows->emplace_back();
      for (std::size_t i = 0; i < columns; ++i) {
        const auto how = input.byte() % 16;
        if (how == 0)
          row.emplace_back(std::nullopt);
        else
          row.emplace_back(how == 1 ? "\xff" : how == 2 ? std::string{"a\0b", 3} : text_of(input, 5));
      }
    }
    set.rows = *rows;
  }
  const auto wanted =
      reference::outcome(table, key, rows, [&](const std::string& text) { return !utf8 || is_valid_utf8(text); });
  const auto value = ours->value(set, key);
  Outcome got{Outcome::Kind::error, {}};
  if (value) got = *value ? Outcome{Outcome::Kind::value, **value} : Outcome{Outcome::Kind::not_found, {}};
  if (got == wanted) return {};
  return what + " limit " + std::to_string(table.expansion_limit) + " key " + shown(key) + ": " + shown(got) +
         " and not " + shown(wanted);
}

// ---- candidates

constexpr std::string_view localparts[] = {"joe",
                                           "Joe",
                                           "+",
                                           "-",
                                           ".",
                                           "owner-",
                                           "Owner-L",
                                           "list-request",
                                           "-request",
                                           "request",
                                           "postmaster",
                                           "MAILER-DAEMON",
                                           "double-bounce",
                                           "a b",
                                           "@",
                                           ",",
                                           "\xc3\x9c",
                                           "\xc3\x9f",
                                           "x",
                                           "1",
                                           "=",
                                           "/",
                                           ":",
                                           "%"};
constexpr std::string_view domains[] = {
    "Test.example",   "local.example",          "sub.local.example",  "a.b.c.d", "example",
    "local.example.", "M\xc3\xbcnchen.example", "x.\xc3\x9f.example", "a..b",    "other.example."};
constexpr std::string_view addresses[] = {"192.0.2.55", "10.1.2.3",   "2001:db8::9:0:0:1",
                                          "::1",        "2001:db8::", "fe80::1"};

std::string difference_of_candidates(InputBytes& input) {
  map::PostfixSettings settings;
  settings.smtputf8_enable = input.byte() % 4 != 0;
  settings.owner_request_special = input.byte() % 4 != 0;
  settings.recipient_delimiter = input.one_of(std::initializer_list<const char*>{"", "+", "+-", "-", "-+"});
  settings.myorigin = "test.example";
  settings.mydestination = {"Local.example", "m\xc3\xbcnchen.example"};
  const bool plain_parents = input.byte() % 2 != 0;
  if (!plain_parents) settings.parent_domain_matches_subdomains.clear();
  const bool utf8 = settings.smtputf8_enable;
  const reference::Postfix postfix{settings.recipient_delimiter,
                                   settings.owner_request_special,
                                   {"test.example", fold("local.example", utf8), fold("m\xc3\xbcnchen.example", utf8)},
                                   [utf8](const std::string& text) { return fold(text, utf8); }};

  struct Kind {
    std::string_view parameter, profile;
    bool of_addresses, plain_by_default;
  };
  constexpr Kind kinds[] = {{"virtual_mailbox_maps", "address", true, false},
                            {"relay_recipient_maps", "address", true, false},
                            {"virtual_alias_maps", "address-x", true, false},
                            {"canonical_maps", "address-x", true, false},
                            {"check_recipient_access", "access-mail", true, true},
                            {"transport_maps", "transport", true, false},
                            {"virtual_mailbox_domains", "exact", false, false},
                            {"relay_domains", "domain-tree", false, true},
                            {"check_client_access", "access-host", false, true},
                            {"check_helo_access", "access-name", false, true},
                            {"mynetworks", "client-list", false, true}};
  const auto& kind = input.one_of(kinds);
  const bool dotted = !(plain_parents && kind.plain_by_default);
  const auto profile = map::profile_of(kind.parameter, settings);
  if (!profile) return std::string{kind.parameter} + " has no profile";

  std::string key;
  std::vector<reference::Asked> wanted;
  if (kind.of_addresses) {
    reference::Address address;
    for (auto count = 1 + input.byte() % 4; count > 0; --count) address.localpart += input.one_of(localparts);
    // What begins with '@' and has a colon is a source route in internal form, and not for the reference.
    if (address.localpart.starts_with('@')) address.localpart.insert(0, 1, 'r');
    address.domain = input.one_of(domains);
    const bool external_form = input.byte() % 3 != 0;
    key = (external_form ? reference::external(address.localpart) : address.localpart) + "@" + address.domain;
    wanted = reference::candidates(std::string{kind.profile}, address, external_form, dotted, postfix);
  } else {
    const bool is_address = input.byte() % 2 != 0;
    key = is_address ? input.one_of(addresses) : input.one_of(domains);
    wanted = reference::candidates_of_name(std::string{kind.profile}, key, is_address, dotted, postfix);
  }
  std::string ours, theirs;
  for (const auto& each : map::candidates(*profile, key, settings)) ours += " " + shown(each.key) + each.extension;
  for (const auto& each : wanted) theirs += " " + shown(each.key) + each.extension;
  if (ours == theirs) return {};
  return std::string{kind.parameter} + " delimiter \"" + settings.recipient_delimiter + "\" key " + shown(key) + ":" +
         ours + " and not" + theirs;
}

}  // namespace

std::string difference_in(std::string_view bytes) {
  InputBytes input{bytes};
  return input.byte() % 2 == 0 ? difference_of_table(input) : difference_of_candidates(input);
}

}  // namespace maproom::test
