#pragma once
// The live views: `maproom top` and `maproom status --watch`. Plain ANSI where the terminal takes it; where it does not
// (or standard output is none) frames follow one another as text. They end on q, Ctrl-C, SIGTERM, or after a number of
// frames, and leave the terminal as it was.

#include <chrono>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace maproom::commands {

enum class Colours : bool { none, ansi };

/// One frame: what the daemon says now, and what it did since `before` (null: the first frame, rates since its start).
/// `seconds` lie between them. Lines are cut at `columns`; control characters of names are shown as '?'.
[[nodiscard]] std::string top_frame(const nlohmann::ordered_json& now, const nlohmann::ordered_json& before,
                                    double seconds, std::size_t columns, Colours colours);

struct WatchOptions {
  std::chrono::milliseconds interval{2000};
  unsigned frames = 0;  ///< 0: until the user ends it
};

/// Colours, and so escape sequences, are wanted: standard output is a terminal that is not "dumb", and NO_COLOR
/// (no-color.org) is not set to anything.
[[nodiscard]] Colours wanted_colours();
/// Calls `frame` again and again with the terminal's width; it prints, and returns an exit status: the last one is
/// returned. An error ends nothing: the daemon may come back.
int watch(const WatchOptions& options, const std::function<int(std::size_t columns)>& frame);

int run_top(const std::string& config_file, bool as_json, const WatchOptions& options);

}  // namespace maproom::commands
