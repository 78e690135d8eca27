#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""soak_judgement.py SOAK_PY: the judge of scripts/soak judged, with samples that are flat, that leak, and odd ones."""
import pathlib
import random
import subprocess
import sys
import tempfile

TOTAL = "total: seed 1, 3600 s, 9 answers, 9 commits, 9 faults, 0 put off, 0 later than promised, {} wrong\n"


def judged(leak=0.0, descriptors=0.0, sql=0.0, wrong=0, pid=lambda seconds: 7, total=TOTAL):
    """The status, and what it said; leaks in an hour."""
    noise = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        record = pathlib.Path(folder)
        lines = ["seconds,daemon,pid,rss_kib,anonymous_kib,descriptors,sql_connections"]
        for i in range(400):
            hour = i / 400
            # The cache fills in the first minutes; a burst now and then; other samples are a little off.
            rss = 40000 + 6000 * min(1, hour * 8) + leak * hour + noise.randint(-300, 300) + (9000 if i % 50 == 7 else 0)
            held = 60 + descriptors * hour + noise.randint(-1, 1) + (20 if i % 40 == 3 else 0)
            lines.append(f"{i * 9},0,{pid(i * 9)},{rss:.0f},{rss * 0.6:.0f},{held:.0f},"
                         f"{5 + sql * hour + (2 if i % 30 == 9 else 0):.0f}")
            lines.append(f"{i * 9},1,{i},{rss * (1 + i % 3):.0f},{rss:.0f},{held:.0f},5")
        (record / "samples.csv").write_text("\n".join(lines) + "\n")
        (record / "faults.csv").write_text("1.5,redis-kill\n7,mariadb-stop\n")
        (record / "rounds.txt").write_text(total.format(wrong))
        run = subprocess.run([sys.executable, sys.argv[1], "judge", folder], capture_output=True, text=True)
        assert (record / "plot.svg").stat().st_size < 60000
        return run.returncode, run.stdout + run.stderr


def expect(what, outcome, status, words):
    if outcome[0] != status or words not in outcome[1]:
        sys.exit(f"{what}: status {outcome[0]}, and it said: {outcome[1]}")


expect("what fills and then stays", judged(), 0, "Flat.")
expect("2 KiB a second", judged(leak=7200), 1, "resident memory grows")
expect("a descriptor in ten minutes", judged(descriptors=6), 1, "descriptors grows")
expect("SQL connections", judged(sql=4), 1, "SQL connections grows")
expect("a wrong answer", judged(wrong=1), 1, "answers were wrong")
expect("a run without an end", judged(total=""), 1, "did not come to its end")
expect("a daemon that was restarted", judged(pid=lambda seconds: 7 if seconds < 1800 else 8), 1, "did not live all along")
