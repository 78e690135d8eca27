#pragma once
// CidrTable: a table of networks, in the format and with the meaning of Postfix's cidr: (cidr_table(5), Postfix 3.7
// util/dict_cidr.c and util/cidr_match.c). Pure: gets the text, hands out values by the text of an address.
//
// The first line whose network has the address counts. What cidr: skips with a warning is skipped here with a warning,
// an IF among it, so that what should have stood under it stands open: as it does in Postfix.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace maproom::map {

class CidrTable {
 public:
  /// Never fails: each line that cannot be used is one of the warnings.
  [[nodiscard]] static CidrTable parse(std::string_view text);

  /// nullptr: not found, or no address. Good as long as the table is.
  [[nodiscard]] const std::string* find(const std::string& key) const;
  [[nodiscard]] std::size_t size() const noexcept { return rules_.size(); }
  /// "line N: ...", in the file's order. They do not quote the line.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  enum class Does : std::uint8_t { answer, begin_if, end_if };
  struct Rule {
    Does does = Does::answer;
    bool negated = false;
    int family = 0;
    Bytes network{}, mask{};
    std::string value;
    std::size_t line = 0;
    std::size_t end = none;  ///< of an IF: its ENDIF; none: it is never closed
    [[nodiscard]] bool matches(const Bytes& address) const;
  };
  static constexpr auto none = static_cast<std::size_t>(-1);
  /// Why the line is skipped; empty: `rule` is what it says.
  [[nodiscard]] static std::string read(std::string_view line, std::size_t nesting, Rule& rule);
  [[nodiscard]] static std::string read_network(std::string_view text, Rule& rule);

  std::vector<Rule> rules_;
  std::vector<std::string> warnings_;
};

}  // namespace maproom::map
