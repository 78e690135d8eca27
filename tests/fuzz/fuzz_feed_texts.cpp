// What other daemons have left in Redis for the feed: positions, tags, checkpoints.

#include "maproom/feed/checkpoint.hpp"
#include "maproom/feed/ledger.hpp"
#include "property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maproom::feed;
  using maproom::fuzz::require;
  const auto text = maproom::fuzz::as_text(data, size);
  if (const auto position = Position::parse(text)) {
    const auto again = Position::parse(position->to_string());
    require(again && *again == *position, "a position comes back as it was");
    require(position->covers(*position), "a position covers itself");
  }
  Ledger ledger;
  const auto table = ledger.table("t");
  ledger.begin(Position::parse("0-1-10,1-1-3").value(), {"bin.000001", 7, 1});
  for (std::uint64_t i = 11; i < 20; ++i) {
    ledger.dispatch({0, 1, i});
    ledger.drop_key(*table, "k");
  }
  const auto known = ledger.dispatched();
  if (const auto mark = ledger.mark_of(text)) {
    require(*mark <= known, "nobody knows more than was dispatched");
    require(text.starts_with("bin.000001:1:7 "), "a tag of another file is none");
  }
  const auto checkpoints = Checkpoints::parse(text);
  require(Checkpoints::parse(checkpoints.to_string()).to_string() == checkpoints.to_string(), "checkpoints come back");
  return 0;
}
