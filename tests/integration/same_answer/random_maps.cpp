#include "integration/same_answer/random_maps.hpp"

#include <initializer_list>
#include <random>
#include <string_view>

namespace maproom::test {
namespace {

/// Takes the generator's bits themselves: the distributions of <random> differ from one library to another.
class Author {
 public:
  std::string map() {
    std::string text = "query = SELECT " + columns() + " FROM entry" + condition() + order() + "\n";
    if (one_in(2)) text += "result_format = " + format() + "\n";
    if (one_in(4)) text += "expansion_limit = " + std::string{any({"1", "2", "3", "4", "0", "-1", "+2", "7"})} + "\n";
    if (one_in(4))
      text += "domain = " +
              std::string{any({"hosted.example", "!sub.hosted.example, hosted.example müller.example",
                               "MÜLLER.example, Hosted.Example", "strasse.example a.b.c.d.e.f.g.h.i",
                               "!hosted.example sub.hosted.example", "mail.example"})} +
              "\n";
    return text;
  }

 private:
  bool one_in(std::size_t chances) { return random_() % chances == 0; }
  std::string_view any(std::initializer_list<std::string_view> all) { return all.begin()[random_() % all.size()]; }
  std::string expansion() { return std::string{any({"%s", "%s", "%S", "%u", "%U", "%d", "%D", "%1", "%2", "%3"})}; }
  std::string literal() {
    const bool is_double = one_in(3);
    std::string inside{any({"", "", "", "x", "%%", "@", " ", "it''s", "\\\\", "ä"})};
    if (is_double && inside == "it''s") inside = "a\"\"b";
    inside += expansion();
    inside += any({"", "", "@", "-", ".", "%%"});
    if (one_in(3)) inside += expansion();
    const char* quote = is_double ? "\"" : "'";
    return quote + inside + quote;
  }

  std::string column() {
    switch (random_() % 9) {
      case 0:
        return literal();
      case 1:
        return "CONCAT(value, " + literal() + ")";
      case 2:
        return std::string{any({"NULL", "''", "position", "1.50", "X'41'"})};
      case 3:
        return "IF(value LIKE " + literal() + ", value, second)";
      case 4:
      case 5:
        return "second";
      default:
        return "value";
    }
  }
  std::string columns() {
    auto all = column();
    while (one_in(2)) all += ", " + column();
    return all;
  }
  std::string condition() {
    switch (random_() % 8) {
      case 0:
        return " WHERE name LIKE " + literal();
      case 1:
        return " WHERE name IN (" + literal() + ", " + literal() + ", '%s')";
      case 2:
        return " WHERE name = CONCAT('%u', '@', '%d')";
      case 3:
        return " WHERE name LIKE '%%@%d' OR name = \"%u\"";
      default:
        return " WHERE name = '%s'";
    }
  }
  std::string order() {
    return std::string{any({" ORDER BY name, position", " ORDER BY position DESC, name",
                            " ORDER BY value, second, name, position"})} +
           (one_in(3) ? " LIMIT 2" : "");
  }
  std::string format() {
    std::string text;
    do {
      text += any({"%s", "%s", "%u", "%d", "%S", "%U", "%D", "%1", "%2", "%%", "smtp:[%s]", "%u+%1@%d"});
      if (one_in(3)) text += any({",", ":", " ", "x", "é", "\\", "'"});
    } while (one_in(2));
    return text;
  }

  std::mt19937_64 random_{20261123};
};

}  // namespace

std::vector<std::string> random_maps(std::size_t count) {
  Author author;
  std::vector<std::string> maps;
  while (maps.size() < count) maps.push_back(author.map());
  return maps;
}

}  // namespace maproom::test
