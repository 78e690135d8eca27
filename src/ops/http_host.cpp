#include "maproom/ops/http_host.hpp"

#include <algorithm>

#include "maproom/core/ip_address.hpp"

namespace maproom::ops {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool same_name(std::string_view one, std::string_view other) {
  one = without_dot(one);
  other = without_dot(other);
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool host_allowed(std::string_view host, const std::vector<std::string>& names) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return false;
    const auto rest = host.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
    const auto address = host.substr(1, end - 1);
    return address.find(':') != std::string_view::npos && parse_ip_address(address).has_value();
  }
  if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    if (!is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  if (host.empty()) return false;
  if (same_name(host, "localhost") || parse_ip_address(host)) return true;
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return same_name(host, name); });
}

}  // namespace maproom::ops
