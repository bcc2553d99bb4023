# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What happened, from beside: packets on both sides of gateway A, the truth file."""

import json
import os
import signal
import time

from . import nat
from .procs import PATIENCE, wait_for

SIDES = {"lan": "lan0", "wan": "wan0"}


class Recorder:
    """tcpdump on lan0 and wan0, into NAME-lan.pcap and NAME-wan.pcap."""

    def __init__(self, lab, directory, name):
        self.lab, self.directory, self.name = lab, os.path.abspath(directory), name
        os.makedirs(self.directory, exist_ok=True)
        self.procs = {side: self.start(side) for side in SIDES}

    def start(self, side):
        file = os.path.join(self.directory, f"{self.name}-{side}.pcap")
        if os.path.exists(file):
            os.unlink(file)
        argv = [
            "tcpdump",
            "-i",
            SIDES[side],
            "-n",
            "-s",
            "0",
            "-B",
            "16384",
            "-Z",
            "root",
            "-U",
            "-w",
            file,
        ]
        proc = self.lab.procs.start(self.lab.ns["gwa"], argv, f"tcpdump-{side}")
        wait_for(lambda: os.path.exists(file), PATIENCE, "tcpdump")
        return proc

    def stop(self):
        time.sleep(1)  # the kernel hands over the last packets when a second has passed
        for proc in self.procs.values():
            self.lab.procs.stop(proc, sig=signal.SIGINT)

    def again(self, side):
        """For an interface that went away and came back: the recording starts over."""
        self.lab.procs.stop(self.procs[side], sig=signal.SIGINT)
        self.procs[side] = self.start(side)


def truth(lab, scenario, reports, mappings, seconds):
    return {
        "scenario": scenario.name,
        "about": scenario.about,
        "nat": dict(lab.kinds),
        "stacks": {name: report["stack"] for name, report in reports.items()},
        "rules": {
            ns: nat.rules(lab.ns[ns]) for ns in ("gwa", "inet", "gwb", "isp") if ns in lab.ns
        },
        "expected": scenario.expect.as_dict(),
        "clients": reports,
        "events": lab.events,
        "conntrack": [dict(zip(("proto", "inside", "outside", "remote"), m)) for m in mappings],
        "seconds": round(seconds, 1),
    }


def write_truth(directory, name, what):
    with open(os.path.join(directory, f"{name}.truth.json"), "w", encoding="utf-8") as f:
        json.dump(what, f, indent=1)
        f.write("\n")
