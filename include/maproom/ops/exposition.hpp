#pragma once
// Exposition: Prometheus' text format (version 0.0.4), family by family. Pure.
//
// Written straight into one text: a scrape stands in the way of lookups, and 64 maps have some 6,000 lines.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "maproom/core/histogram.hpp"

namespace maproom::ops {

class Exposition {
 public:
  enum class Type { counter, gauge, histogram };
  /// Values may hold any bytes: they are escaped.
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// All samples up to the next family belong to this one.
  void family(Type type, std::string_view name, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  /// In seconds, cumulative, as Prometheus wants it.
  void sample(Labels labels, const Histogram& histogram);
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  void begin(std::string_view suffix, Labels labels, std::string_view bound = {});
  void end(std::uint64_t value);
  void end(double value);
  std::string text_, name_;
};

}  // namespace maproom::ops
