#include "maproom/ops/exposition.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace maproom::ops {
namespace {

template <class Number>
void append_number(std::string& text, Number number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

void append_label_value(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') text.push_back('\\');
    if (c == '\n')
      text.append("\\n");
    else
      text.push_back(c);
  }
}

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

/// "0.00025", made once.
const std::array<std::string, Histogram::bounds.size()>& bound_texts() {
  static const auto texts = [] {
    std::array<std::string, Histogram::bounds.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) append_number(all[i], seconds(Histogram::bounds[i]));
    return all;
  }();
  return texts;
}

}  // namespace

void Exposition::family(Type type, std::string_view name, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
  text_.append(type == Type::counter ? " counter\n" : type == Type::gauge ? " gauge\n" : " histogram\n");
}

void Exposition::begin(std::string_view suffix, Labels labels, std::string_view bound) {
  text_.append(name_).append(suffix);
  if (labels.size() == 0 && bound.empty()) return text_.push_back(' ');
  char before = '{';
  for (const auto& [label, value] : labels) {
    text_.push_back(std::exchange(before, ','));
    text_.append(label).append("=\"");
    append_label_value(text_, value);
    text_.push_back('"');
  }
  if (!bound.empty()) {
    text_.push_back(before);
    text_.append("le=\"").append(bound).push_back('"');
  }
  text_.append("} ");
}

void Exposition::end(std::uint64_t value) {
  append_number(text_, value);
  text_.push_back('\n');
}

void Exposition::end(double value) {
  append_number(text_, value);
  text_.push_back('\n');
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  begin("", labels);
  end(value);
}

void Exposition::sample(Labels labels, double value) {
  begin("", labels);
  end(value);
}

void Exposition::sample(Labels labels, const Histogram& histogram) {
  std::uint64_t so_far = 0;
  for (std::size_t bucket = 0; bucket < Histogram::bounds.size(); ++bucket) {
    so_far += histogram.in(bucket);
    begin("_bucket", labels, bound_texts()[bucket]);
    end(so_far);
  }
  so_far += histogram.in(Histogram::bounds.size());
  begin("_bucket", labels, "+Inf");
  end(so_far);
  begin("_sum", labels);
  end(seconds(histogram.sum()));
  begin("_count", labels);
  end(so_far);
}

}  // namespace maproom::ops
