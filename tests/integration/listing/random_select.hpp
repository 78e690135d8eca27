#pragma once
// Random tables and random query templates over them, of the grammar that people's mail queries are written in.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace maproom::test {

struct RandomTable {
  struct Column {
    std::string name;
    std::string type;  ///< as CREATE TABLE takes it
    bool text = false;
  };
  std::string name;
  std::vector<Column> columns;
};

class RandomSelect {
 public:
  explicit RandomSelect(std::uint32_t seed) : random_{seed} {}

  /// Statements that make the tables anew, with other types, collations and rows each time.
  std::vector<std::string> make_tables();
  [[nodiscard]] const std::vector<RandomTable>& tables() const { return tables_; }
  /// Query templates: some are no good SQL.
  std::string query();
  /// Folded, as they are asked: some are of the tables.
  std::vector<std::string> keys();

 private:
  struct Column {
    std::string name;  ///< as the query calls it
    bool text = true;
  };
  using Columns = std::vector<Column>;

  std::size_t below(std::size_t n) { return random_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& any(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  std::string word() { return any(words()); }
  static const std::vector<std::string>& words();
  std::string value();

  std::string select(int depth, const Columns& outer, std::size_t items);
  std::string source(int depth, Columns& seen);
  std::string table(int depth, Columns& seen);
  std::string condition(int depth, const Columns& seen);
  std::string conditions(int depth, const Columns& seen);
  std::string equality(int depth, const Columns& seen);
  std::string item(int depth, const Columns& seen);
  std::string key_text(const Columns& seen);
  std::string row_text(const Columns& seen);
  std::string column(const Columns& seen, bool text);
  std::string constant(const Columns& seen);

  std::mt19937 random_;
  std::vector<RandomTable> tables_;
  int aliases_ = 0;
};

}  // namespace maproom::test
