# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A capture with its truth file, and what p2pscope says of it."""

import dataclasses
import glob
import json
import os
import subprocess


@dataclasses.dataclass
class Capture:
    name: str
    files: list  # one, or the LAN's and the WAN's
    truth: dict


def find(directory, endings):
    """Those with a truth file and all of NAME + ending."""
    for path in sorted(glob.glob(os.path.join(directory, "*.truth.json"))):
        base = path[: -len(".truth.json")]
        files = [base + ending for ending in endings]
        if all(map(os.path.exists, files)):
            with open(path, encoding="utf-8") as f:
                yield Capture(os.path.basename(base), files, json.load(f))


def replay(p2pscope, arguments):
    done = subprocess.run(
        [p2pscope, "replay", "--json", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def unaccounted(document):
    """Each packet stands in a class or under `skipped`; a segment of TCP may hold several."""
    outer = [document["classes"][carrier] for carrier in ("udp", "tcp")]
    counted = sum(sum(counts.values()) for counts in [*outer, document["skipped"]])
    if counted < document["packets"]:
        yield f"{document['packets'] - counted} packets stand nowhere"
