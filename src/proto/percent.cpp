#include "maproom/proto/percent.hpp"

#include <algorithm>
#include <array>

namespace maproom::proto {
namespace {

// Everything outside '!'..'~' is white space, does not print, or is not ASCII.
constexpr bool is_plain(char c) noexcept { return c > ' ' && c <= '~' && c != '%'; }

constexpr std::string_view hex_digits = "0123456789ABCDEF";

constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::size_t quoted_size(std::string_view raw) noexcept {
  std::size_t size = raw.size();
  for (const char c : raw) size += is_plain(c) ? 0U : 2U;
  return size;
}

void append_quoted(std::string& out, std::string_view raw) {
  while (!raw.empty()) {
    const auto stop = std::find_if_not(raw.begin(), raw.end(), is_plain);
    const auto plain = static_cast<std::size_t>(stop - raw.begin());
    out.append(raw.substr(0, plain));
    if (plain == raw.size()) return;
    const auto byte = static_cast<unsigned char>(raw[plain]);
    const std::array<char, 3> quoted{'%', hex_digits[byte >> 4U], hex_digits[byte & 0x0FU]};
    out.append(quoted.data(), quoted.size());
    raw.remove_prefix(plain + 1);
  }
}

std::string quote(std::string_view raw) {
  std::string out;
  out.reserve(quoted_size(raw));
  append_quoted(out, raw);
  return out;
}

bool unquote_into(std::string& out, std::string_view quoted) {
  out.clear();
  for (;;) {
    const auto percent = std::min(quoted.find('%'), quoted.size());
    out.append(quoted.substr(0, percent));
    quoted.remove_prefix(percent);
    if (quoted.empty()) return true;
    const int high = quoted.size() > 2 ? hex_value(quoted[1]) : -1;
    const int low = quoted.size() > 2 ? hex_value(quoted[2]) : -1;
    if (high < 0 || low < 0) {
      out.clear();
      return false;
    }
    out.push_back(static_cast<char>(high * 16 + low));
    quoted.remove_prefix(3);
  }
}

std::optional<std::string> unquote(std::string_view quoted) {
  std::string out;
  if (!unquote_into(out, quoted)) return std::nullopt;
  return out;
}

}  // namespace maproom::proto
