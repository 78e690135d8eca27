#pragma once
// The status page at "/" of the admin port: one page, complete in itself, made of what /status says. All figures stand
// in it without JavaScript; its script draws what is going on. Every text goes through escape_html, and nothing but the
// page's own style and script is allowed by its policy, so that no name can bring in markup. It holds no key of any
// lookup.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace maproom::ops {

/// The page as it stands in status_page.html, with {{places}} to be filled.
extern const std::string_view status_page_template;

/// For text and for attributes in double or single quotes.
[[nodiscard]] std::string escape_html(std::string_view text);
/// `status`: as Control makes it for /status.
[[nodiscard]] std::string status_page(const nlohmann::ordered_json& status);
/// The Content-Security-Policy that goes with it.
[[nodiscard]] const std::string& status_page_policy();

}  // namespace maproom::ops
