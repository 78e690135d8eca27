#pragma once
// May the socket that hands out passwords stand in this folder? Whoever may enter it can ask: the protocol knows no
// password of its own, so that the folder is what keeps everybody else out.

#include <optional>
#include <string>

namespace maproom::app {

/// nullopt: only the daemon and the processes of `group` (Postfix's, by name) get in. Else why not, for a person, with
/// what mends it. It must be a folder of root's or of the daemon's own, which the group may enter and not write, and
/// others may not at all; and nobody else may put another one in its place.
[[nodiscard]] std::optional<std::string> password_folder_problem(const std::string& folder, const std::string& group);

}  // namespace maproom::app
