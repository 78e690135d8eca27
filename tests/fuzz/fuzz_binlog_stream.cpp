// A stream of binlog packets that says of itself what it holds: groups of rows of one table whose columns change, in
// files with checksums and without, compressed or not, now and then a packet that is damaged, cut or an incident. Each
// key of a changed row is dropped, or everything is; a change of the columns always is; and no damage passes as an
// event where there are checksums.
//
// Input: steps, each a byte with what it takes.

#include <algorithm>
#include <set>

#include "binlog_server.hpp"
#include "maproom/feed/binlog_packet.hpp"
#include "maproom/feed/group.hpp"
#include "maproom/feed/watch.hpp"
#include "support/input_bytes.hpp"

namespace {

using namespace maproom::feed;
using namespace maproom::fuzz;

constexpr const char* query = "SELECT n FROM t WHERE k = '%s'";

/// What has to come of a group.
struct Due {
  std::set<std::string> keys;
  bool everything = false;
  bool layout = false;  ///< it changes the columns
  bool judged = true;   ///< false: its rows are not those of the columns as they are read now
};

class Run {
 public:
  explicit Run(maproom::test::InputBytes input) : input_{input} {
    layout_ = {{0, 5}, 0, 1};
    read_layout();
    describe(false);
  }

  void play() {
    while (!input_.empty() && !over_) step();
  }

 private:
  void step() {
    switch (input_.byte() % 12) {
      case 0:
        return change_layout();
      case 1:
        return read_layout();
      case 2:
        return describe(input_.byte() % 2 != 0);
      case 3:
        return damage();
      case 4:
        over_ = true;
        return require(!event_in(writer_.packet(event(26, number(1, 2)))).has_value(), "an incident is an error");
      case 5:
        over_ = true;
        return require(!event_in(writer_.packet("too short")).has_value(), "what is no event is an error");
      case 6: {
        // The server changes the columns now, and what stood in the binlog before is read after that.
        const auto before = layout_;
        next_layout();
        read_layout();
        layout_ = before;
        rows();
        return change_layout();
      }
      default:
        return rows();
    }
  }

  void next_layout() {
    Layout next;
    const auto columns = 2 + input_.byte() % 18;
    for (std::size_t i = 0; i < columns; ++i) next.types.push_back(input_.byte() % column_types().size());
    next.key = input_.byte() % columns;
    next.value = (next.key + 1 + input_.byte() % (columns - 1)) % columns;
    next_ = std::move(next);
  }

  void change_layout() {
    if (!next_) next_layout();
    layout_ = *std::exchange(next_, std::nullopt);
    begin(0x21);
    due_->layout = true;
    put(query_of("ALTER TABLE t MODIFY k VARCHAR(100)", input_.byte() % 2 != 0));
    require(!due_, "a statement ends its group");
  }

  /// As the feed: what it reads is how the server has it now.
  void read_layout() {
    const auto& now = next_ ? *next_ : layout_;
    Schema schema;
    Schema::Table table{"mail", "t", "BASE TABLE", "InnoDB", {}};
    for (std::size_t i = 0; i < now.types.size(); ++i) {
      const auto name = i == now.key ? "k" : i == now.value ? "n" : "c" + std::to_string(i);
      table.columns.push_back({name, column_types()[now.types[i]].text});
    }
    schema.tables.push_back(std::move(table));
    watch_ = watch_of(query, "mail", schema, {{"t", "k"}});
    require(!watch_.anything, "a plain query is watched");
    watched_ = now;
    layout_known_ = true;
  }

  Values values() {
    Values all;
    for (const auto each : layout_.types) {
      const auto& type = column_types()[each];
      const auto letter = input_.byte();
      if (letter % 16 == 15) {
        all.emplace_back(std::nullopt);
        continue;
      }
      const auto size = type.count > 0 ? std::min(type.size, letter / 16 * (1 + letter % 7)) : type.size;
      all.emplace_back(std::string(size, static_cast<char>('a' + letter % 8)));
    }
    return all;
  }

  void note(const Values& values) {
    if (values[layout_.key]) due_->keys.insert(*values[layout_.key]);
  }

  /// A transaction of one or more statements.
  void rows() {
    begin(0);
    due_->judged = watched_.types == layout_.types && watched_.key == layout_.key && watched_.value == layout_.value;
    if (watched_.types.size() != layout_.types.size() || !column_types()[layout_.types[layout_.key]].text)
      due_->everything = due_->judged || watched_.types.size() != layout_.types.size();
    const auto statements = 1 + input_.byte() % 3;
    bool touched = false;
    for (std::size_t statement = 0; statement < statements; ++statement) {
      const auto how = input_.byte();
      const auto kind = static_cast<int>(how % 3);
      std::string images;
      for (std::size_t row = 0; row <= how / 4 % 4; ++row) {
        const auto before = values();
        images += written(layout_, before);
        if (kind != 1) {
          note(before);
          touched = true;
          continue;
        }
        const auto after = values();
        images += written(layout_, after);
        // What the query reads is as it was: no answer has changed.
        if (before[layout_.key] == after[layout_.key] && before[layout_.value] == after[layout_.value]) continue;
        touched = true;
        note(before);
        note(after);
      }
      put(table_map_of(++table_id_, "t", layout_));
      // Of another table: nothing of ours.
      if (how / 16 % 4 == 3) put(table_map_of(table_id_ + 1000, "other", layout_));
      put(rows_of(kind, table_id_, layout_, images, how / 64 % 2 != 0));
    }
    if (!touched) due_->everything = false;
    put(xid_event());
    require(!due_, "a transaction ends its group");
  }

  void begin(int flags) {
    due_ = Due{};
    put(gtid_event(++sequence_, flags));
  }

  std::optional<std::string> event_in(const std::string& packet) {
    const auto event = packets_.event_in(packet);
    if (!event) return std::nullopt;
    require(event->has_value(), "the stream goes on");
    return std::string{**event};
  }

  void describe(bool summed) { take(event_in(writer_.description(summed))); }

  void put(const std::string& event) {
    const auto read = event_in(writer_.packet(event));
    require(read == event, "an event that is whole is read as it was written");
    take(read);
  }

  void take(const std::optional<std::string>& event) {
    require(event.has_value(), "what is whole is read");
    for (const auto& item : grouper_.add(parse_binlog_event(*event)))
      if (const auto* group = std::get_if<Group>(&item)) judge(*group);
  }

  void judge(const Group& group) {
    require(due_.has_value(), "a group has a beginning");
    const auto due = *std::exchange(due_, std::nullopt);
    Effect effect;
    for (const auto& change : group.changes) {
      auto one = layout_known_ ? effect_of(watch_, change) : Effect{true, {}};
      effect.all = effect.all || one.all;
      effect.keys.insert(effect.keys.end(), one.keys.begin(), one.keys.end());
    }
    if (due.everything) require(effect.all, "what cannot be told drops all");
    if (due.layout) require(group.layout_changed, "a statement that changes columns is known for that");
    layout_known_ = layout_known_ && !group.layout_changed;
    if (!due.judged || effect.all) return;
    for (const auto& key : due.keys)
      require(std::find(effect.keys.begin(), effect.keys.end(), key) != effect.keys.end(),
              "a changed row's key is dropped");
  }

  /// A byte of a packet is another one, or some are missing; then the stream is over, as for the feed.
  void damage() {
    over_ = true;
    const Values row(layout_.types.size());
    auto packet = writer_.packet(rows_of(0, 1, layout_, written(layout_, row), false));
    const auto where = input_.byte();
    const auto how = input_.byte();
    // A type that turns into a file's description says itself whether there are sums; one of an incident is an error.
    const bool type = 1 + where % (packet.size() - 1) == 5;
    if (how % 4 == 0)
      packet.resize(packet.size() - 1 - where % (packet.size() - 1));
    else
      packet[1 + where % (packet.size() - 1)] = static_cast<char>(packet[1 + where % (packet.size() - 1)] ^ how);
    const auto read = packets_.event_in(packet);
    if (writer_.summed() && !type) require(!read.has_value(), "no damage passes where there are checksums");
    if (read.has_value() && *read) static_cast<void>(grouper_.add(parse_binlog_event(**read)));
  }

  maproom::test::InputBytes input_;
  PacketWriter writer_;
  BinlogPackets packets_;
  Grouper grouper_;
  Layout layout_, watched_;
  std::optional<Layout> next_;  ///< the server has it already, the binlog does not tell yet
  Watch watch_;
  bool layout_known_ = false;
  std::optional<Due> due_;
  std::uint64_t sequence_ = 0, table_id_ = 10;
  bool over_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Run{maproom::test::InputBytes{as_text(data, size)}}.play();
  return 0;
}
