#include "maproom/ops/status_page.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "maproom/ops/outage_outlook.hpp"
#include "maproom/ops/recent_events.hpp"

namespace maproom::ops {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

constexpr const char* markup = "<script>alert(1)</script>{{maps}}'\"&";

Json status_of(const std::string& text) {
  Json map{{"name", text}, {"found", 3}, {"not_found", 5}, {"temporary", 2}, {"lookups_by_database", 1}};
  map["p50_us"] = 10;
  map["p99_us"] = 2500;
  map["trust"] = text;
  map["in_outage"] = {{"found", text}, {"absent", text}};
  Json status{{"version", text}, {"uptime_s", 10},  {"connections", 7},
              {"requests", 10},  {"verdict", text}, {"well", false}};
  status["maps"] = Json::array({map});
  status["pools"] = Json::array({{{"name", text}, {"host", text}, {"last_error", text}, {"down", true}}});
  status["feed"] = {{"healthy", false}, {"state", text}, {"position", text}};
  status["memory"] = {{"entries", 1}, {"bytes", 2}, {"evictions", 3}};
  status["redis"] = {{"connected", false}};
  status["events"] = Json::array({{{"time", text}, {"level", text}, {"text", text}}});
  return status;
}

TEST(EscapeHtml, LeavesNoCharacterThatBeginsMarkupOrEndsAnAttribute) {
  EXPECT_EQ(escape_html("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
  EXPECT_EQ(escape_html("plain \xc3\xa4 text"), "plain \xc3\xa4 text");
}

TEST(StatusPage, NoTextOfTheDaemonBringsInMarkup) {
  const auto page = status_page(status_of(markup));
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("<th scope=\"row\">&lt;script&gt;alert(1)&lt;/script&gt;{{maps}}&#39;&quot;&amp;"),
            std::string::npos);
  // As many tags as with harmless text.
  const auto tags = [](const std::string& text) { return std::count(text.begin(), text.end(), '<'); };
  EXPECT_EQ(tags(page), tags(status_page(status_of("plain"))));
}

TEST(StatusPage, HasItsFiguresWithoutAScript) {
  const auto page = status_page(status_of("plain"));
  EXPECT_EQ(page.find("{{"), std::string::npos);
  for (const auto* const part :
       {"<td>3</td><td>5</td><td class=\"warn\">2</td>", "<td>90 %</td><td>10 µs</td><td>2.5 ms</td>",
        "<td data-rate=\"plain\">1.0</td>", "class=\"verdict bad\"", "AWAY"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
}

TEST(StatusPage, EveryTableAndSectionIsNamedForWhoDoesNotSee) {
  const auto page = status_page(status_of("plain"));
  const auto count = [&page](const std::string& part) {
    std::size_t n = 0;
    for (auto at = page.find(part); at != std::string::npos; at = page.find(part, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("<table"), count("<caption"));
  EXPECT_EQ(count("<section"), count("<section aria-labelledby="));
  EXPECT_EQ(count("<th"), count("<th scope=") + count("<thead"));
  EXPECT_EQ(count("<main"), 1U);
  EXPECT_EQ(count("lang=\"en\""), 1U);
}

TEST(StatusPage, NeedsNothingFromElsewhereAndItsPolicyAllowsNothing) {
  const auto page = std::string{status_page_template};
  EXPECT_FALSE(std::regex_search(page, std::regex{R"((src|href)="(?!/|data:,))"}));
  EXPECT_EQ(page.find("http"), page.find("http-equiv"));
  // Neither would pass the policy.
  EXPECT_FALSE(std::regex_search(page, std::regex{R"( (style|on[a-z]+)=")"}));
  const auto& policy = status_page_policy();
  EXPECT_TRUE(policy.starts_with("default-src 'none'; style-src 'sha256-"));
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_TRUE(std::regex_search(policy, std::regex{R"(script-src 'sha256-[A-Za-z0-9+/]{43}=';)"})) << policy;
}

TEST(OutageOutlook, SaysWhatFlowsAndWhatWaits) {
  map::Freshness freshness{5min, 30s, 24h, 0s};
  freshness.outage_not_found_limit = 24h;
  const auto absent = [&freshness](map::WrongNotFound cost, Changes changes, Keys keys) {
    return outage_outlook(freshness, cost, changes, keys).absent;
  };
  using map::WrongNotFound;
  EXPECT_TRUE(absent(WrongNotFound::distrusts, Changes::followed, Keys::complete).starts_with("flows for "));
  EXPECT_TRUE(absent(WrongNotFound::distrusts, Changes::followed, Keys::unknown).starts_with("waits, unless"));
  EXPECT_TRUE(absent(WrongNotFound::distrusts, Changes::unseen, Keys::complete).starts_with("waits after 30 s"));
  EXPECT_TRUE(absent(WrongNotFound::distrusts, Changes::followed, Keys::domains).ends_with("all domains are known"));
  EXPECT_TRUE(absent(WrongNotFound::distrusts, Changes::lost, Keys::complete).starts_with("waits after 30 s"));
  EXPECT_TRUE(absent(WrongNotFound::distrusts, Changes::of_files, Keys::unknown).starts_with("flows"));
  freshness.outage_not_found_limit = 0s;
  EXPECT_TRUE(absent(WrongNotFound::rejects, Changes::followed, Keys::complete).starts_with("waits after 30 s"));
  EXPECT_TRUE(
      outage_outlook(freshness, WrongNotFound::rejects, Changes::unseen, Keys::unknown).found.starts_with("flows"));
  freshness.stale_limit = 0s;
  EXPECT_TRUE(
      outage_outlook(freshness, WrongNotFound::rejects, Changes::unseen, Keys::unknown).found.starts_with("waits"));
}

TEST(OutageOutlook, MailFlowsWhereAllKeysOrDomainsAreKnownAndFollowed) {
  map::Freshness freshness{5min, 30s, 24h, 0s};
  using map::WrongNotFound;
  for (const auto cost : {WrongNotFound::distrusts, WrongNotFound::misroutes, WrongNotFound::passes,
                          WrongNotFound::rejects, WrongNotFound::opens}) {
    freshness.outage_not_found_limit = map::waits_in_outage(cost) ? 0h : 24h;
    for (const auto changes : {Changes::unseen, Changes::lost, Changes::followed, Changes::of_files})
      for (const auto keys : {Keys::unknown, Keys::incomplete, Keys::domains, Keys::complete}) {
        const auto outlook = outage_outlook(freshness, cost, changes, keys);
        const bool known = changes == Changes::followed && (keys == Keys::domains || keys == Keys::complete);
        EXPECT_EQ(outlook.flows, known || changes == Changes::of_files);
        EXPECT_EQ(outlook.mend.empty(), outlook.flows) << "what waits has a setting that mends it";
        EXPECT_FALSE(outlook.because.empty());
      }
  }
  freshness.stale_limit = 0s;
  EXPECT_FALSE(outage_outlook(freshness, WrongNotFound::passes, Changes::followed, Keys::complete).flows);
}

TEST(RecentEvents, KeepsChangesOfStateAndNothingThatMayQuoteAKey) {
  spdlog::set_level(spdlog::level::trace);
  const RecentEvents events;
  spdlog::warn("event=database_up host=a database=mail");
  spdlog::warn("event=lookup_failed map=m host_error=\"near 'joe@d.example'\"");
  spdlog::error("event=database_fails host=a what=\"every query fails: near 'joe@d.example'\"");
  spdlog::debug("event=redis_up");
  ASSERT_EQ(events.all().size(), 2U);
  EXPECT_EQ(events.all()[0].level, "warning");
  EXPECT_EQ(events.all()[0].text, "database_up host=a database=mail");
  EXPECT_EQ(events.all()[1].text, "database_fails host=a");
  for (std::size_t i = 0; i < RecentEvents::most; ++i) spdlog::info("event=redis_up");
  EXPECT_EQ(events.all().size(), RecentEvents::most);
  EXPECT_EQ(events.all().front().text, "redis_up");
}

}  // namespace
}  // namespace maproom::ops
