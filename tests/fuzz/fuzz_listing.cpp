// Queries of any kind: the reader ends, and what a query's listing spells is plain SQL that the reader understands: one
// table or none, nothing of the key in it.
// Input: the template.

#include "maproom/query/listing.hpp"
#include "maproom/query/sql_tree.hpp"
#include "property.hpp"

using namespace maproom::query;
using maproom::fuzz::require;

namespace {

std::string as_template(const std::string& sql) {
  std::string out;
  for (const char c : sql) {
    out += c;
    if (c == '%') out += c;
  }
  return out;
}

bool holds_key(const Expression& e) {
  for (const auto& piece : e.pieces)
    if (piece.part != 0) return true;
  for (const auto& part : e.parts)
    if (holds_key(part)) return true;
  return e.rows != nullptr;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{maproom::fuzz::as_text(data, size)};
  const auto listing = listing_of(text);
  if (!listing) {
    require(!listing.error().detail.empty(), "what is not understood is named");
    return 0;
  }
  require(!listing->parts.empty(), "a listing has a part");
  for (const auto& part : listing->parts) {
    require(part.form.worth() > 0, "each part tells something of the key");
    const auto again = read_sql(as_template(part.statement));
    require(again.has_value(), "a listing's statement can be read");
    require(again->arms.size() == 1 && again->arms[0].items.size() == 1, "it is one SELECT of one column");
    const auto& select = again->arms[0];
    require(!select.may_aggregate && !holds_key(select.items[0].value), "it lists a text of each row");
    require(!select.where || !holds_key(*select.where), "its conditions hold no key");
    require(select.from.has_value() == !part.table.empty(), "it reads the table that it names");
    if (!select.from) continue;
    require(select.from->kind == Source::Kind::table && select.from->table == part.table, "and that one alone");
    require(!part.columns.empty(), "of which it names columns");
  }
  return 0;
}
