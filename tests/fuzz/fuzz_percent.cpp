// %XX quoting: what is quoted comes back, and what can be unquoted has one meaning only.

#include "maproom/proto/percent.hpp"
#include "property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maproom::proto;
  using maproom::fuzz::require;
  const auto text = maproom::fuzz::as_text(data, size);

  const auto quoted = quote(text);
  require(quoted.size() == quoted_size(text), "quoted_size tells the size");
  for (const char c : quoted) require(c > ' ' && c <= '~', "a quoted text prints and has no white space");
  require(unquote(quoted) == text, "what was quoted comes back");

  if (const auto raw = unquote(text)) {
    require(raw->size() <= text.size(), "unquoting never grows");
    require(unquote(quote(*raw)) == *raw, "what was unquoted can be quoted");
  } else {
    require(text.find('%') != std::string_view::npos, "only a '%' makes a text bad");
  }
  return 0;
}
