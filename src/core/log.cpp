#include "maproom/core/log.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

#include "maproom/core/clock.hpp"

namespace maproom {
namespace {

/// sd-daemon(3): "<3>" is an error, "<4>" a warning, "<6>" information, "<7>" for debugging.
class JournalPriority : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    std::string_view mark = "<7>";
    if (message.level >= spdlog::level::err)
      mark = "<3>";
    else if (message.level == spdlog::level::warn)
      mark = "<4>";
    else if (message.level == spdlog::level::info)
      mark = "<6>";
    out.append(mark.data(), mark.data() + mark.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JournalPriority>();
  }
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void set_up_log(std::string_view level) {
  if (spdlog::get("maproom") == nullptr) {
    auto logger = spdlog::stderr_logger_st("maproom");
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    if (std::getenv("JOURNAL_STREAM") != nullptr) {  // systemd.exec(5)
      formatter->add_flag<JournalPriority>('*').set_pattern("%*%v");
    } else {
      formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    }
    logger->set_formatter(std::move(formatter));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
  }
  spdlog::set_level(spdlog::level::from_str(std::string{level}));
}

void log_limited(LogLevel level, std::string_view event, std::string_view subject, const std::string& text) {
  struct Seen {
    Clock::time_point written;
    std::uint64_t left_out = 0;
  };
  static std::map<std::pair<std::string, std::string>, Seen> all;  // bounded: events and maps are few
  const auto now = Clock::now();
  const auto [it, first] = all.try_emplace({std::string{event}, std::string{subject}}, Seen{now, 0});
  auto& seen = it->second;
  if (!first && now - seen.written < std::chrono::seconds{10}) {
    ++seen.left_out;
    return;
  }
  if (seen.left_out == 0)
    spdlog::log(to_spdlog(level), "event={} {}", event, text);
  else
    spdlog::log(to_spdlog(level), "event={} {} repeated={}", event, text, seen.left_out);
  seen = {now, 0};
}

}  // namespace maproom
