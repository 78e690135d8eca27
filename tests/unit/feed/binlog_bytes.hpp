#pragma once
// Makes binlog events, byte by byte, as sql/log_event.h describes them.

#include <cstdint>
#include <string>

namespace maproom::feed {

inline std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  return out;
}

inline std::string event(int type, const std::string& body, std::uint64_t end = 100) {
  return number(1000, 4) + number(static_cast<std::uint64_t>(type), 1) + number(1, 4) + number(19 + body.size(), 4) +
         number(end, 4) + number(0, 2) + body;
}
inline std::string gtid_event(std::uint64_t sequence, int flags = 0) {
  return event(162, number(sequence, 8) + number(0, 4) + number(static_cast<std::uint64_t>(flags), 1) + number(0, 6));
}
inline std::string query_event(const std::string& statement, const std::string& database = "mail") {
  return event(2,
               number(0, 8) + number(database.size(), 1) + number(0, 4) + database + std::string(1, '\0') + statement);
}
/// Two columns: k VARCHAR(100), n INT.
inline std::string table_map_event(std::uint64_t id, const std::string& table, const std::string& database = "mail") {
  return event(19, number(id, 6) + number(0, 2) + number(database.size(), 1) + database + std::string(1, '\0') +
                       number(table.size(), 1) + table + std::string(1, '\0') + number(2, 1) + "\x0f\x03" +
                       number(2, 1) + number(100, 2) + number(0, 1));
}
inline std::string image(const std::string& key, std::uint32_t n) {
  return number(0, 1) + number(key.size(), 1) + key + number(n, 4);
}
/// `type`: 23 inserted, 24 updated, 25 deleted.
inline std::string rows_event(int type, std::uint64_t id, const std::string& images, int used = 3) {
  const auto bitmap = number(static_cast<std::uint64_t>(used), 1);
  return event(type, number(id, 6) + number(0, 2) + number(2, 1) + bitmap + (type == 24 ? bitmap : "") + images);
}
inline std::string xid_event(std::uint64_t end = 100) { return event(16, number(1, 8), end); }
inline std::string rotate_event(const std::string& file) { return event(4, number(4, 8) + file, 0); }
/// `at_start`: the server has just started.
inline std::string file_event(bool at_start = false) {
  return event(15, std::string(2 + 50, '\0') + number(at_start ? 1000 : 0, 4) + std::string(4, '\0'), 60);
}

}  // namespace maproom::feed
