#pragma once
// MoodyBackend: a database whose answer to a key can be told from the key's first letter: a value, no row, two rows, an
// error, one that comes when it is let, one that cannot be used. So whoever sees a reply knows what it has to be.

#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "property.hpp"
#include "support/fake_backend.hpp"

namespace maproom::fuzz {

enum class Mood : char {
  value = 'v',
  no_row = 'n',
  no_column = 'm',  ///< a row with an empty column: not found
  two_rows = 'd',
  long_value = 'l',  ///< the second letter says how long
  error = 'e',
  exception = 'x',
  not_utf8 = 'u',
  no_result_set = 'q',
  slow_value = 's',
  slow_no_row = 'a',
  slow_error = 'f',
};

/// Of a folded key; any other letter is `no_row`.
inline Mood mood_of(std::string_view key) {
  constexpr std::string_view letters = "vnmdlexuqsaf";
  return !key.empty() && letters.find(key[0]) != std::string_view::npos ? static_cast<Mood>(key[0]) : Mood::no_row;
}

/// What the row of a folded key says: unlike for each.
inline std::string value_of(std::string_view key) {
  std::uint64_t mixed = 1469598103934665603U;
  for (const char c : key) mixed = (mixed ^ static_cast<unsigned char>(c)) * 1099511628211U;
  auto value = "value " + std::to_string(mixed);
  if (mood_of(key) == Mood::long_value) {
    // On both sides of what fits into a reply of tcp_table and of socketmap.
    constexpr std::size_t sizes[] = {4'091, 4'092, 50'000, 99'997, 99'998};
    value.resize(sizes[key.size() < 2 ? 0 : static_cast<unsigned char>(key[1]) % 5], 'l');
    // With blanks quoted it would be another size.
    for (auto& c : value) c = c == ' ' ? '_' : c;
  }
  return value;
}

class MoodyBackend : public test::FakeBackend {
 public:
  boost::asio::awaitable<Result<backend::Fetched>> fetch(const query::QueryTemplate& query, const std::string& key,
                                                         backend::Deadline deadline) override {
    const auto mood = mood_of(key);
    require(under_way_.insert(key).second, "nobody asks what is being asked already");
    hold = mood == Mood::slow_value || mood == Mood::slow_no_row || mood == Mood::slow_error;
    auto fetched = co_await FakeBackend::fetch(query, key, deadline);
    under_way_.erase(key);
    if (!fetched) co_return fetched;
    auto& said = fetched->rows.rows;
    switch (mood) {
      case Mood::error:
      case Mood::slow_error:
        co_return fail(errors_[key.size() % std::size(errors_)], "fake: as the key asks for");
      case Mood::exception:
        throw std::runtime_error{"fake: as the key asks for"};
      case Mood::no_row:
      case Mood::slow_no_row:
        break;
      case Mood::no_column:
        said.push_back({""});
        break;
      case Mood::not_utf8:
        said.push_back({"\xff"});
        break;
      case Mood::no_result_set:
        fetched->rows.present = false;
        break;
      case Mood::two_rows:
        said.push_back({value_of(key)});
        said.push_back({value_of(key)});
        break;
      case Mood::value:
      case Mood::long_value:
      case Mood::slow_value:
        said.push_back({value_of(key)});
    }
    co_return fetched;
  }

 private:
  static constexpr Errc errors_[] = {Errc::query, Errc::unavailable, Errc::timeout, Errc::overload, Errc::bad_data};
  std::set<std::string> under_way_;
};

}  // namespace maproom::fuzz
