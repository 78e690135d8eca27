#pragma once
// The log: one line per event, "event=ID field=value ...", to standard error. Under systemd each line begins with the
// journal's priority mark and bears no time of its own. docs/operations.md explains every event id; a test compares.

#include <cstdint>
#include <string>
#include <string_view>

namespace maproom {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// `level` is one of trace, debug, info, warning, error (validated by the configuration).
void set_up_log(std::string_view level);

/// An outage repeats the same event for each lookup: the first of (event, subject) is written, then one line every ten
/// seconds with the count of those left out. `text` is the fields.
void log_limited(LogLevel level, std::string_view event, std::string_view subject, const std::string& text);

}  // namespace maproom
