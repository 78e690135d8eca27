// Binlog events: any bytes end well, and no event that may touch a row leaves its group without a change.

#include "maproom/feed/binlog_packet.hpp"
#include "maproom/feed/group.hpp"
#include "maproom/feed/watch.hpp"
#include "property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maproom::feed;
  using maproom::fuzz::require;
  auto rest = maproom::fuzz::as_text(data, size);
  Schema schema;
  schema.tables.push_back({"mail", "t", "BASE TABLE", "InnoDB", {{"k", true, false}, {"n", false, false}}});
  const auto watch = watch_of("SELECT n FROM t WHERE k = '%s'", "mail", schema, {{"t", "k"}});
  Grouper grouper;
  BinlogPackets packets;
  bool open = false;
  bool touched = false;
  // Each event with two bytes of length before it.
  while (rest.size() >= 2) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(rest[0])) |
                        static_cast<std::size_t>(static_cast<unsigned char>(rest[1])) << 8U;
    rest.remove_prefix(2);
    const auto bytes = rest.substr(0, length);
    rest.remove_prefix(bytes.size());
    const auto packed = packets.event_in(bytes);
    if (packed && *packed) static_cast<void>(parse_binlog_event(**packed));
    const auto event = parse_binlog_event(bytes);
    const bool begins = std::holds_alternative<GroupBegin>(event.body);
    const bool touches = std::holds_alternative<RowsEvent>(event.body) || std::holds_alternative<Unclear>(event.body) ||
                         std::holds_alternative<TableMap>(event.body);
    if (!begins && open) touched = touched || touches;
    for (const auto& item : grouper.add(event)) {
      const auto* group = std::get_if<Group>(&item);
      if (group == nullptr) continue;
      require(open, "a group has a beginning");
      require(!touched || !group->changes.empty(), "what may touch a row is a change");
      for (const auto& change : group->changes) {
        const auto effect = effect_of(watch, change);
        require(change.what == Change::What::rows || change.table != nullptr || effect.all,
                "what is unclear drops all");
      }
      open = touched = false;
    }
    if (begins) {
      open = true;
      touched = false;
    }
  }
  return 0;
}
