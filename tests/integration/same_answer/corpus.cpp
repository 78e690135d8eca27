#include "integration/same_answer/corpus.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>

namespace maproom::test {
namespace {

const std::filesystem::path folder = std::filesystem::path{MAPROOM_SOURCE_DIR} / "tests/integration/same_answer/corpus";

std::string unescaped(std::string_view line) {
  std::string key;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      key.push_back(line[i]);
      continue;
    }
    const char next = i + 1 < line.size() ? line[++i] : '\0';
    if (next == 'x' && i + 2 < line.size()) {
      key.push_back(static_cast<char>(std::stoi(std::string{line.substr(i + 1, 2)}, nullptr, 16)));
      i += 2;
    } else if (next == 'n' || next == 't' || next == '\\') {
      key.push_back(next == 'n' ? '\n' : next == 't' ? '\t' : '\\');
    } else {
      throw std::runtime_error{"corpus: unknown escape in " + std::string{line}};
    }
  }
  return key;
}

Keys read_keys(const std::filesystem::path& file) {
  Keys keys;
  std::istringstream lines{read_text(file)};
  for (std::string line; std::getline(lines, line);)
    if (!line.empty() && line[0] != '#') keys.push_back(unescaped(line));
  return keys;
}

/// Changes keys. Its choices come from the generator's bits themselves: the distributions of <random> differ from one
/// library to another.
class Changer {
 public:
  explicit Changer(std::string_view seed) {
    std::seed_seq numbers(seed.begin(), seed.end());
    random_.seed(numbers);
  }

  std::string change(std::string key) {
    for (auto times = 1 + below(4) / 3; times > 0; --times) change_once(key);
    return key;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::size_t place_in(const std::string& key) { return below(key.size() + 1); }

  void change_once(std::string& key) {
    // Folded, each of these is a letter (or two) that may well stand in a key.
    using Pair = std::array<std::string_view, 2>;
    static constexpr auto twins = std::to_array<Pair>({{"ss", "\u00df"},
                                                       {"k", "\u212a"},
                                                       {"s", "\u017f"},
                                                       {"fi", "\ufb01"},
                                                       {"ff", "\ufb00"},
                                                       {"σ", "ς"},
                                                       {"i", "\u0130"},
                                                       {"i", "\u0131"},
                                                       {"ö", "Ö"},
                                                       {"ö", "o\u0308"},
                                                       {"o", "ö"},
                                                       {"e", "é"},
                                                       {"ü", "u"},
                                                       {"a", "\uff41"},
                                                       {"n", "ñ"},
                                                       {"c", "\U0001d41c"}});
    static constexpr auto signs = std::to_array<std::string_view>({"'",        "\"",
                                                                   "\\",       "%",
                                                                   "_",        "@",
                                                                   ".",        "+",
                                                                   "+x",       " ",
                                                                   "''",       "\\'",
                                                                   "`",        ";",
                                                                   "-- ",      "#",
                                                                   "/*",       "*/",
                                                                   ",",        ":",
                                                                   "[",        "]",
                                                                   "(",        "<",
                                                                   ">",        "=",
                                                                   "!",        "$",
                                                                   "\x01",     "\x1a",
                                                                   "\x7f",     "\r",
                                                                   "\t",       "\xc3",
                                                                   "\xff",     "\xe2\x82",
                                                                   "\xc0\x80", "\xed\xa0\x80",
                                                                   "\u00a0",   "\u200b",
                                                                   "\ufeff",   "\U0001f600",
                                                                   "é",        "Ü",
                                                                   "%s",       "%%",
                                                                   "0",        "x"});
    switch (below(12)) {
      case 0:
      case 1:
        for (auto& c : key)
          if (c >= 'a' && c <= 'z' && below(2) == 0) c = static_cast<char>(c - 'a' + 'A');
        return;
      case 2:
      case 3:
        for (std::size_t tries = 0; tries < twins.size(); ++tries) {
          const auto& [plain, twin] = twins[below(twins.size())];
          const auto at = key.find(plain);
          if (at == std::string::npos) continue;
          key.replace(at, plain.size(), twin);
          return;
        }
        return;
      case 4:
      case 5:
      case 6:
        key.insert(place_in(key), signs[below(signs.size())]);
        return;
      case 7:
        if (!key.empty()) key.erase(below(key.size()), 1);
        return;
      case 8:
        key.insert(below(2) == 0 ? 0 : key.size(), 1 + below(2), below(3) == 0 ? '.' : ' ');
        return;
      case 9:
        if (const auto at = key.rfind('@'); at != std::string::npos) {
          const auto choice = below(5);
          if (choice == 0) key = key.substr(at);
          if (choice == 1) key = key.substr(0, at);
          if (choice == 2) key = key.substr(0, at + 1);
          if (choice == 3) key = key.substr(at + 1);
          if (choice == 4) key.insert(at, "@other.example");
        }
        return;
      case 10:
        if (const auto at = key.rfind('@'); at != std::string::npos) key.insert(at, below(2) == 0 ? "+Ext" : "-ext");
        return;
      default:
        if (const auto at = key.rfind('@'); at != std::string::npos)
          key = '"' + key.substr(0, at) + '"' + key.substr(at);
        return;
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

std::vector<Layout> read_corpus() {
  std::vector<Layout> all;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (!entry.is_directory()) continue;
    Layout layout{
        entry.path().filename(), read_text(entry.path() / "schema.sql"), read_keys(entry.path() / "keys"), {}};
    for (const auto& file : std::filesystem::directory_iterator{entry.path()})
      if (file.path().extension() == ".cf")
        layout.maps.push_back({layout.name + "/" + file.path().filename().string(), read_text(file.path())});
    std::sort(layout.maps.begin(), layout.maps.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    all.push_back(std::move(layout));
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

Keys common_keys() {
  auto keys = read_keys(folder / "keys");
  add_keys(keys, {"", std::string(5000, 'a') + "@hosted.example", "anna@" + std::string(5000, 'b') + ".example",
                  std::string(2500, '\''), std::string(1300, '\\') + "'", std::string(10'000, 'A')});
  std::string long_unicode;
  std::string long_when_folded;
  for (int i = 0; i < 1200; ++i) {
    long_unicode += "ẞİ";
    long_when_folded += "ΐ";  // three characters
    long_when_folded += "ŉ";
  }
  add_keys(keys, {long_unicode, long_when_folded, std::string(10'001, 'A'), "anna@" + long_unicode + long_unicode});
  return keys;
}

Keys variants_of(const Keys& keys, std::size_t each, std::string_view seed) {
  Changer changer{seed};
  Keys variants;
  for (const auto& key : keys)
    for (std::size_t i = 0; i < each; ++i) variants.push_back(changer.change(key));
  return variants;
}

void add_keys(Keys& keys, const Keys& more) {
  std::set<std::string> known(keys.begin(), keys.end());
  for (const auto& key : more)
    if (known.insert(key).second) keys.push_back(key);
}

std::string escaped(std::string_view text) {
  constexpr std::size_t shown = 120;
  constexpr std::string_view digits = "0123456789abcdef";
  const auto part = [&](std::string_view piece) {
    std::string out;
    for (const char c : piece) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '\\')
        out += "\\\\";
      else if (byte >= 0x20 && byte < 0x7f)
        out += c;
      else
        out += std::string{"\\x"} + digits[byte >> 4U] + digits[byte & 0xfU];
    }
    return out;
  };
  if (text.size() <= 3 * shown) return part(text);
  return part(text.substr(0, shown)) + " ... (" + std::to_string(text.size()) + " bytes) ... " +
         part(text.substr(text.size() - shown));
}

}  // namespace maproom::test
