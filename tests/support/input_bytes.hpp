#pragma once
// InputBytes: choices out of bytes, a fuzzer's or random ones: taken from the front, zeros when there are none left.

#include <cstddef>
#include <iterator>
#include <string_view>

namespace maproom::test {

class InputBytes {
 public:
  explicit InputBytes(std::string_view bytes) : bytes_{bytes} {}
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  std::size_t byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  std::string_view text(std::size_t size) {
    const auto text = bytes_.substr(0, size);
    bytes_.remove_prefix(text.size());
    return text;
  }
  template <class Array>
  auto one_of(const Array& array) {
    return *(std::begin(array) + static_cast<std::ptrdiff_t>(byte() % std::size(array)));
  }

 private:
  std::string_view bytes_;
};

}  // namespace maproom::test
