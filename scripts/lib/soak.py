#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges and draws what tests/checker/soak.cpp has written.

  soak.py judge RECORD [REMARK]   is it flat, and was nothing wrong? Writes plot.svg and report.md; the status says it
  soak.py document RECORD         report.md goes between the marks of docs/testing.md, plot.svg to docs/soak.svg

Flat: over the second half, while caches are full and the allocator has what it needs, the robust slope (Theil and Sen: the
median of the slopes between all pairs, which a few odd samples do not move) times the length of that half is no more
than BOUNDS. Only the first daemon is judged: it lives all along."""
import csv
import datetime
import pathlib
import shutil
import statistics
import sys
import textwrap

# Growth over the second half: at least so much, or so much of the median, may come of noise.
BOUNDS = {"rss_kib": (1024, 0.03), "anonymous_kib": (1024, 0.03), "descriptors": (2, 0), "sql_connections": (1, 0)}
NAMES = {"rss_kib": "resident memory", "anonymous_kib": "anonymous memory", "descriptors": "descriptors",
         "sql_connections": "SQL connections"}
MOST_POINTS = 300
LEAST_SAMPLES = 20


def read(record):
    with open(record / "samples.csv", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def growth(samples, name):
    """(growth over the second half, the bound)"""
    end = samples[-1]["seconds"]
    half = [(s["seconds"], s[name]) for s in samples if s["seconds"] >= end / 2]
    step = max(1, len(half) // MOST_POINTS)
    half = half[::step]
    slopes = [(y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(half) for x2, y2 in half[i + 1:] if x2 > x1]
    least, share = BOUNDS[name]
    return statistics.median(slopes) * end / 2, max(least, share * statistics.median(y for _, y in half))


def plot(record, samples, faults):
    """One panel for each: the daemon that lives all along in blue, the other one in grey, faults as ticks below."""
    width, panel, left = 760, 110, 70
    end = max(s["seconds"] for s in samples)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{4 * panel + 40}" '
           'font-family="sans-serif" font-size="11">', '<rect width="100%" height="100%" fill="white"/>']
    for number, name in enumerate(["rss_kib", "anonymous_kib", "descriptors", "sql_connections"]):
        top = 20 + number * panel
        scale = 1024 if name.endswith("kib") else 1
        most = max(s[name] for s in samples) / scale * 1.1 or 1
        out.append(f'<text x="{left}" y="{top - 5}">{NAMES[name]}{", MiB" if scale > 1 else ""}</text>')
        for share in (0, 0.5, 1):
            y = top + (panel - 30) * (1 - share)
            out.append(f'<line x1="{left}" x2="{width - 10}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>'
                       f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{most * share:.3g}</text>')
        for daemon, color in ((1, "#bbb"), (0, "#1763b6")):
            points = [(s["seconds"], s[name] / scale) for s in samples if s["daemon"] == daemon]
            points = points[::max(1, len(points) // MOST_POINTS)]
            text = " ".join(f"{left + x / end * (width - left - 10):.1f},{top + (panel - 30) * (1 - y / most):.1f}"
                            for x, y in points)
            out.append(f'<polyline points="{text}" fill="none" stroke="{color}" stroke-width="1.3"/>')
    bottom = 20 + 4 * panel - 14
    ticks = "".join(f"M{left + x / end * (width - left - 10):.1f} {bottom}v6" for x in faults if x <= end)
    out.append(f'<path d="{ticks}" stroke="#c33" stroke-width="0.6"/>')
    out.append(f'<text x="{left}" y="{bottom + 20}">0</text><text x="{width - 10}" y="{bottom + 20}" '
               f'text-anchor="end">{end / 60:.0f} min; blue: lives all along, grey: is restarted, red: faults</text>')
    (record / "plot.svg").write_text("\n".join([*out, "</svg>", ""]))


def judge(record, remark):
    samples = read(record)
    faults = [float(line.split(",")[0]) for line in (record / "faults.csv").read_text().splitlines()]
    first = [s for s in samples if s["daemon"] == 0]
    if len(first) < LEAST_SAMPLES:
        print(f"soak: only {len(first)} samples: nothing can be said of them")
        return 1
    plot(record, samples, faults)
    bad = []
    if len({s["pid"] for s in first}) != 1:
        bad.append("the first daemon did not live all along")
    said = []
    for name in BOUNDS:
        by, bound = growth(first, name)
        last = statistics.median(s[name] for s in first[len(first) // 2:])
        scale, unit = (1024, " MiB") if name.endswith("kib") else (1, "")
        said.append(f"{NAMES[name]} {last / scale:.3g}{unit} ({by / scale:+.2f}; allowed {bound / scale:.2f})")
        if by > bound:
            bad.append(f"{NAMES[name]} grows: by {by / scale:.2f}{unit} in the second half, "
                       f"and {bound / scale:.2f}{unit} is allowed")
    totals = [line for line in (record / "rounds.txt").read_text().splitlines() if line.startswith("total: ")]
    if not totals or not totals[-1].endswith(" 0 wrong"):
        bad.append("answers were wrong, or it did not come to its end")
    minutes = first[-1]["seconds"] / 60
    report = (f"{minutes:.0f} minutes{' (' + remark + ')' if remark else ''}: "
              f"{totals[-1].removeprefix('total: ') if totals else 'not ended'}. In the second half, median and growth: "
              f"{', '.join(said)}. {'Flat.' if not bad else 'Not well: ' + '; '.join(bad) + '.'}\n")
    (record / "report.md").write_text(report)
    print(report, end="")
    return 1 if bad else 0


def document(record):
    page = pathlib.Path("docs/testing.md")
    begin, end = "<!-- soak: scripts/soak --document writes what follows -->\n", "<!-- /soak -->\n"
    before, _, rest = page.read_text().partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        sys.exit("docs/testing.md has no place for it")
    day = datetime.date.fromtimestamp((record / "report.md").stat().st_mtime)
    text = f"{day.day} {day:%B %Y}, {(record / 'report.md').read_text().strip()}"
    page.write_text(before + begin + textwrap.fill(text, 120) + "\n" + end + after)
    shutil.copy(record / "plot.svg", "docs/soak.svg")
    return 0


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("judge", "document"):
        sys.exit(__doc__)
    record = pathlib.Path(sys.argv[2])
    sys.exit(judge(record, " ".join(sys.argv[3:])) if sys.argv[1] == "judge" else document(record))


if __name__ == "__main__":
    main()
