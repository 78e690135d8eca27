#include "maproom/ops/status_page.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "maproom/core/sha256.hpp"

namespace maproom::ops {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json, const char* name) {
  if (!json.contains(name)) return {};
  const auto& value = json[name];
  return escape_html(value.is_string() ? value.get<std::string>() : value.dump());
}

std::uint64_t number_of(const Json& json, const char* name) { return json.value(name, std::uint64_t{0}); }

std::string time_text(std::uint64_t microseconds) {
  if (microseconds == 0) return "-";
  if (microseconds < 1000) return fmt::format("{} µs", microseconds);
  if (microseconds < 1'000'000) return fmt::format("{:g} ms", static_cast<double>(microseconds) / 1e3);
  return fmt::format("{:g} s", static_cast<double>(microseconds) / 1e6);
}

std::string uptime_text(std::uint64_t seconds) {
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86'400);
}

void row(std::string& out, std::string_view term, std::string_view html) {
  out += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(term), html);
}

std::string flag(bool good, std::string_view yes, std::string_view no) {
  return fmt::format("<span class=\"{}\">{}</span>", good ? "good" : "bad", good ? yes : no);
}

std::string maps(const Json& status) {
  std::string out;
  const auto uptime = std::max<std::uint64_t>(number_of(status, "uptime_s"), 1);
  for (const auto& map : status["maps"]) {
    const auto found = number_of(map, "found");
    const auto not_found = number_of(map, "not_found");
    const auto temporary = number_of(map, "temporary");
    const auto all = found + not_found + temporary;
    const auto by_database = number_of(map, "lookups_by_database");
    const auto name = text_of(map, "name");
    out += fmt::format(
        "<tr><th scope=\"row\">{}{}</th><td>{}</td><td>{}</td><td{}>{}</td><td data-rate=\"{}\">{:.1f}</td><td>{}</td>"
        "<td>{}</td><td>{}</td></tr>\n",
        name,
        map.contains("trust") && map["trust"] != "trusted" ? " <span class=\"bad\">" + text_of(map, "trust") + "</span>"
                                                           : "",
        found, not_found, temporary > 0 ? " class=\"warn\"" : "", temporary, name,
        static_cast<double>(all) / static_cast<double>(uptime),
        all == 0 ? "-" : fmt::format("{} %", (all - std::min(by_database, all)) * 100 / all),
        time_text(number_of(map, "p50_us")), time_text(number_of(map, "p99_us")));
  }
  return out;
}

std::string outage(const Json& status) {
  std::string out;
  for (const auto& map : status["maps"]) {
    const auto& in_outage = map["in_outage"];
    const auto cell = [&](const char* name) {
      const auto text = text_of(in_outage, name);
      return fmt::format("<td class=\"text {}\">{}</td>", text.starts_with("waits") ? "warn" : "good", text);
    };
    out += fmt::format("<tr><th scope=\"row\">{}</th>{}{}</tr>\n", text_of(map, "name"), cell("found"), cell("absent"));
  }
  return out;
}

std::string database(const Json& status) {
  std::string out;
  for (const auto& pool : status["pools"]) {
    auto html = flag(!pool.value("down", false), "answers", "AWAY");
    html += fmt::format(": on {}, {} connections, {} busy, {} lookups waiting, {} queries, {} errors",
                        text_of(pool, "host"), number_of(pool, "open"), number_of(pool, "busy"),
                        number_of(pool, "waiting"), number_of(pool, "queries"), number_of(pool, "errors"));
    if (const auto error = text_of(pool, "last_error"); !error.empty()) html += "; " + error;
    row(out, pool["name"].get<std::string>(), html);
  }
  return out;
}

std::string feed(const Json& status) {
  std::string out;
  const auto& feed = status["feed"];
  if (!feed.is_object()) {
    row(out, "State", "not configured: the times to live bound the age of answers");
    return out;
  }
  row(out, "State", flag(feed.value("healthy", false), "healthy", "NOT healthy") + ", " + text_of(feed, "state"));
  row(out, "Position", text_of(feed, "position"));
  row(out, "Last change", "visible after " + time_text(number_of(feed, "lag_us")));
  row(out, "Seen",
      fmt::format("{} transactions, {} new beginnings", number_of(feed, "groups"), number_of(feed, "eras")));
  return out;
}

std::string caches(const Json& status) {
  std::string out;
  const auto& memory = status["memory"];
  row(out, "Memory",
      fmt::format("{} entries, {} bytes, {} evictions", number_of(memory, "entries"), number_of(memory, "bytes"),
                  number_of(memory, "evictions")));
  const auto& redis = status["redis"];
  if (redis.is_object())
    row(out, "Redis",
        flag(redis.value("connected", false), "connected", "NOT connected") +
            fmt::format(", {} hits, {} misses, {} errors, {} time-outs, {} skipped", number_of(redis, "hits"),
                        number_of(redis, "misses"), number_of(redis, "errors"), number_of(redis, "timeouts"),
                        number_of(redis, "skipped")));
  else
    row(out, "Redis", "not configured");
  return out;
}

std::string events(const Json& status) {
  std::string out;
  const auto& all = status["events"];
  for (auto event = all.rbegin(); event != all.rend(); ++event)
    out += fmt::format("<li><time>{}</time> <span class=\"{}\">{}</span> {}</li>\n", text_of(*event, "time"),
                       text_of(*event, "level") == "info" ? "soft" : "bad", text_of(*event, "level"),
                       text_of(*event, "text"));
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8U | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      out.push_back(at + i > bytes.size() ? '=' : digits[group >> (18 - 6 * i) & 63U]);
  }
  return out;
}

/// "'sha256-...'" of what stands between these two in the page.
std::string hash_of(std::string_view begin, std::string_view end) {
  const auto from = status_page_template.find(begin) + begin.size();
  const auto hex = sha256_hex(status_page_template.substr(from, status_page_template.find(end, from) - from));
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return "'sha256-" + base64(bytes) + "'";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  return out;
}

std::string status_page(const Json& status) {
  const std::vector<std::pair<std::string_view, std::string>> places{
      {"version", text_of(status, "version")},
      {"uptime", uptime_text(number_of(status, "uptime_s"))},
      {"connections", text_of(status, "connections")},
      {"requests", text_of(status, "requests")},
      {"verdict", text_of(status, "verdict")},
      {"verdict_class", status.value("well", false) ? "good" : "bad"},
      {"maps", maps(status)},
      {"outage", outage(status)},
      {"database", database(status)},
      {"feed", feed(status)},
      {"caches", caches(status)},
      {"events", events(status)}};
  std::string out;
  auto rest = status_page_template;
  // One pass over the template: what is filled in is never looked at again, whatever stands in it.
  for (auto at = rest.find("{{"); at != std::string_view::npos; at = rest.find("{{")) {
    out += rest.substr(0, at);
    rest.remove_prefix(at + 2);
    const auto end = rest.find("}}");
    for (const auto& [name, html] : places)
      if (name == rest.substr(0, end)) out += html;
    rest.remove_prefix(end + 2);
  }
  return out += rest;
}

const std::string& status_page_policy() {
  static const std::string policy = "default-src 'none'; style-src " + hash_of("<style>", "</style>") +
                                    "; script-src " + hash_of("<script>", "</script>") +
                                    "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
                                    "frame-ancestors 'none'";
  return policy;
}

}  // namespace maproom::ops
