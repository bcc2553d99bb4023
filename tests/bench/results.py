# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""bench.json at the root: a list of {"name", "value", "unit", "target", "runs"}, which every part
of the bench adds to."""

import json
import os
import statistics

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PATH = os.path.join(ROOT, "bench.json")


def add(name, runs, unit, target=None, digits=3):
    """Adds the median of `runs` under this name, in place of what was there. Returns the median."""
    value = round(statistics.median(runs), digits)
    entries = [entry for entry in read() if entry["name"] != name]
    entries.append(
        {
            "name": name,
            "value": value,
            "unit": unit,
            "target": target,
            "runs": [round(run, digits) for run in runs],
        }
    )
    with open(PATH, "w", encoding="utf-8") as f:
        json.dump(entries, f, indent=1)
        f.write("\n")
    return value


def read():
    """What has been written so far."""
    if not os.path.exists(PATH):
        return []
    with open(PATH, encoding="utf-8") as f:
        return json.load(f)
