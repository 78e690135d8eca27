// Any bytes as a cidr:, regexp: or pcre: table: it is read, with a warning for what it cannot use, and answers any key
// with a value that Postfix would take, "not found", or an error. Input: a table, whose first line is the key, with a
// '#' before it.

#include <algorithm>

#include "maproom/core/fold.hpp"
#include "maproom/map/file_table.hpp"
#include "property.hpp"

using maproom::map::FileKind;

namespace {

/// The C library takes all memory for repetitions within each other ("(a{255}){255}{255}"), which is the business of
/// who writes the table.
bool repeats_too_much(std::string_view text) {
  const auto repetitions = std::count(text.begin(), text.end(), '{');
  return repetitions > 4 && text.find("}{") != std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using maproom::fuzz::require;
  const auto text = maproom::fuzz::as_text(data, size);
  if (size > 8'192) return 0;
  auto key = text.substr(0, text.find('\n'));
  if (!key.empty()) key.remove_prefix(1);
  for (const auto kind : {FileKind::cidr, FileKind::regexp, FileKind::pcre}) {
    if (kind == FileKind::regexp && repeats_too_much(text)) continue;
    const auto table = maproom::map::FileTable::parse(kind, text, true);
    if (!table) {
      require(kind == FileKind::regexp, "only the C library's expressions can be refused");
      continue;
    }
    for (const auto asked_key : {key, std::string_view{"192.0.2.1"}, std::string_view{"joe@example.com"}}) {
      const std::string asked{asked_key};
      const auto found = table->find(asked);
      if (!found || *found == nullptr) continue;
      const std::string value = **found;
      require(!value.empty() && maproom::is_valid_utf8(value), "a value is one that Postfix takes");
      const auto again = table->find(asked);
      require(again && *again != nullptr && **again == value, "the same key has the same value");
    }
  }
  return 0;
}
