#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The alert rules and the dashboard: every query parses, and names only metrics and labels that docs/operations.md has (which a
test compares with the program); each alert says what to do, comes when it should, and not before.
usage: files.py SOURCE-FOLDER"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

source = pathlib.Path(sys.argv[1])
conf = source / "conf/prometheus"
failed = False


def complain(text):
    global failed
    failed = True
    print("FAILED:", text, file=sys.stderr)


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complain(f"promtool {arguments[0]} {arguments[1]}: {done.stdout}{done.stderr}")


def exported():
    """Each name that can be queried, with its labels."""
    manual = (source / "docs/operations.md").read_text()
    histograms = set(re.findall(r'histogram, "(\w+)"', (source / "src/ops/metrics.cpp").read_text()))
    series = {}
    for name, labels in re.findall(r"\n\| `((?:maproom|process)_\w+)(?:\{([\w,]+)\})?", manual):
        own = set(filter(None, labels.split(","))) | {"instance", "job"}
        if name in histograms:
            for suffix, more in (("_bucket", {"le"}), ("_sum", set()), ("_count", set())):
                series[name + suffix] = own | more
        else:
            series[name] = own
    return series


known = exported()
if len(known) < 40:
    complain(f"docs/operations.md has only {len(known)} series")


def check_series(query):
    found = re.findall(r"\b((?:maproom|process)_\w+)(?:\{([^}]*)\})?", query)
    if not found:
        complain("a query without a metric of ours: " + query)
    for name, matchers in found:
        if name not in known:
            complain(f"the program has no {name}: {query}")
            continue
        for label in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', matchers):
            if label not in known[name]:
                complain(f"{name} has no label {label}")


# The dashboard. Grafana puts a range in place of its variable; promtool reads queries as rules.
dashboard = json.loads((conf / "maproom-dashboard.json").read_text())
queries = []
taken = set()
for panel in dashboard["panels"]:
    place = panel["gridPos"]
    if place["x"] + place["w"] > 24:
        complain(f"{panel['title']}: wider than the dashboard")
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            if (x, y) in taken:
                complain(f"{panel['title']}: lies over another panel")
            taken.add((x, y))
    if panel["type"] == "row":
        continue
    if not panel["targets"]:
        complain(f"{panel['title']}: asks nothing")
    queries += [target["expr"] for target in panel["targets"]]
if len(queries) < 20:
    complain(f"only {len(queries)} queries")
for query in queries:
    check_series(query)
for variable in dashboard["templating"]["list"]:
    if variable["type"] == "query":
        check_series(variable["query"])
with tempfile.TemporaryDirectory() as work:
    rules = [
        {"record": f"a{number}", "expr": query.replace("$__rate_interval", "5m")} for number, query in enumerate(queries)
    ]
    file = pathlib.Path(work) / "dashboard.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", file)

# The alerts.
tests = source / "tests/unit/ops/prometheus/rules_test.yml"
promtool("check", "rules", conf / "maproom.rules.yml")
promtool("test", "rules", tests)
tested = tests.read_text()
alerts = re.findall(r"- alert: (\w+)\n((?:        .*\n)*)", (conf / "maproom.rules.yml").read_text())
if len(alerts) < 12:
    complain(f"only {len(alerts)} alerts")
for name, body in alerts:
    for part in ('summary: "', 'action: "', "severity: "):
        if part not in body:
            complain(f"{name} has no {part}")
    if not re.search(rf"alertname: {name}\n +exp_alerts", tested):
        complain(f"{name}: no test raises it")
    if not re.search(rf"alertname: {name} \}}", tested):
        complain(f"{name}: no test in which it is silent")
    query = re.search(r"expr: (?:>-\n)?((?:.*\n)(?:          .*\n)*)", body).group(1)
    if not query.startswith("up{"):
        check_series(query)

sys.exit(failed)
