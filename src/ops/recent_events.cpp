#include "maproom/ops/recent_events.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace maproom::ops {
namespace {

// What a server says of a query can quote a key, so `lookup_failed`, `bad_rows` and their like are not among them.
constexpr std::array<std::string_view, 24> shown{
    "ready",         "stopping",           "reloaded",    "reload_refused",   "feed_following",
    "feed_healthy",  "feed_stalled",       "feed_away",   "feed_gap",         "feed_layout_unknown",
    "keys_complete", "keys_unknown",       "host_behind", "text_table_read",  "text_table_unreadable",
    "database_down", "all_databases_down", "database_up", "database_answers", "map_refused",
    "map_trusted",   "redis_up",           "redis_down",  "redis_slow"};
constexpr std::array<std::string_view, 1> shown_without_reason{"database_fails"};

template <class Names>
bool is_among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

struct RecentEvents::Sink : spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  std::deque<RecentEvent> events;

  void sink_it_(const spdlog::details::log_msg& message) override {
    constexpr std::string_view mark = "event=";
    std::string_view text{message.payload.data(), message.payload.size()};
    if (message.level < spdlog::level::info || !text.starts_with(mark)) return;
    text.remove_prefix(mark.size());
    const auto name = text.substr(0, text.find(' '));
    if (is_among(shown_without_reason, name))
      text = text.substr(0, text.find(" what="));
    else if (!is_among(shown, name))
      return;
    const auto seconds = spdlog::log_clock::to_time_t(message.time);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    std::array<char, 32> time{};
    std::strftime(time.data(), time.size(), "%Y-%m-%d %H:%M:%S", &parts);
    const auto* const level = message.level >= spdlog::level::err    ? "error"
                              : message.level == spdlog::level::warn ? "warning"
                                                                     : "info";
    events.push_back({time.data(), level, std::string{text}});
    if (events.size() > most) events.pop_front();
  }
  void flush_() override {}
};

RecentEvents::RecentEvents() : sink_{std::make_shared<Sink>()} { spdlog::default_logger()->sinks().push_back(sink_); }
RecentEvents::~RecentEvents() { std::erase(spdlog::default_logger()->sinks(), sink_); }
const std::deque<RecentEvent>& RecentEvents::all() const noexcept { return sink_->events; }

}  // namespace maproom::ops
