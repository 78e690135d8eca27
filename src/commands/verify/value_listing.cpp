#include "maproom/commands/verify/value_listing.hpp"

#include <algorithm>

#include "maproom/core/fold.hpp"
#include "maproom/query/listing.hpp"
#include "maproom/query/query_shape.hpp"

namespace maproom::commands {
namespace {

/// Columns that are looked at when nothing tells which one counts.
constexpr std::size_t most_columns = 100;

bool is_of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

bool holds_word(std::string_view text, std::string_view word) {
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (!equals_ignoring_ascii_case(text.substr(at, word.size()), word)) continue;
    const bool begins = at == 0 || !is_of_a_name(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_of_a_name(text[at + word.size()]);
    if (begins && ends) return true;
  }
  return false;
}

/// nullopt: not of one part of the key with texts around it.
std::optional<ValueListing> listing_of_part(const query::ListingPart& part, const std::string& limit) {
  if (part.table.empty()) return std::nullopt;
  ValueListing listing{part.statement + limit, 0, {}, {}};
  for (const auto& piece : part.form.pieces) {
    if (piece.part == 0) {
      (listing.expansion == 0 ? listing.before : listing.after) += piece.text;
    } else if (listing.expansion == 0) {
      listing.expansion = piece.part == 'b' ? 'd' : piece.part;
    } else {
      return std::nullopt;
    }
  }
  if (listing.expansion != 's' && listing.expansion != 'u' && listing.expansion != 'd') return std::nullopt;
  return listing;
}

}  // namespace

std::vector<ValueListing> value_listings(const query::QueryTemplate& query, const std::vector<KnownTable>& tables,
                                         std::size_t most) {
  if (const auto shape = query::query_shape(query))
    if (shape->expansion == 's' || shape->expansion == 'u' || shape->expansion == 'd')
      return {{query::key_listing(*shape, most), shape->expansion, {}, {}}};
  const auto limit = " LIMIT " + std::to_string(most);
  std::vector<ValueListing> listings;
  const query::ColumnsOf columns = [&tables](std::string_view schema, std::string_view name) {
    for (const auto& table : tables)
      if (schema.empty() && equals_ignoring_ascii_case(table.name, name)) return &table.columns;
    return static_cast<const std::vector<std::string>*>(nullptr);
  };
  if (const auto listing = query::listing_of(query.text(), columns))
    for (const auto& part : listing->parts)
      if (auto made = listing_of_part(part, limit)) listings.push_back(std::move(*made));
  if (!listings.empty()) return listings;
  const bool named = std::any_of(tables.begin(), tables.end(),
                                 [&](const auto& table) { return holds_word(query.text(), table.name); });
  for (const auto& table : tables) {
    if (named && !holds_word(query.text(), table.name)) continue;
    for (const auto& column : table.texts) {
      if (listings.size() >= most_columns) return listings;
      listings.push_back({"SELECT DISTINCT " + query::quoted_identifier(column) + " FROM " +
                              query::quoted_identifier(table.name) + limit,
                          's',
                          {},
                          {}});
    }
  }
  return listings;
}

std::optional<std::string> part_of_key(const ValueListing& listing, const std::string& value) {
  if (value.size() <= listing.before.size() + listing.after.size() || !value.starts_with(listing.before) ||
      !value.ends_with(listing.after))
    return std::nullopt;
  return value.substr(listing.before.size(), value.size() - listing.before.size() - listing.after.size());
}

}  // namespace maproom::commands
