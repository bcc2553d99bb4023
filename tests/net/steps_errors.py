# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A call that is captured on all interfaces of gateway A at once, and what a replay says of it."""

import json
import os
import signal
import subprocess
import time

from lab.procs import PATIENCE, wait_for
from steps import call

HAND_OVER_SECONDS = 1  # the kernel hands over the last packets when so much has passed


def capture_of(run):
    return os.path.join(run.lab.dir, "any.pcap")


def call_captured(run):
    """tcpdump -i any: each packet as it comes in, and as it goes out behind NAT."""
    argv = ["tcpdump", "-i", "any", "-n", "-s", "0", "-B", "16384", "-Z", "root", "-U", "-w"]
    tcpdump = run.lab.procs.start(run.lab.ns["gwa"], argv + [capture_of(run)], "tcpdump-any")
    wait_for(lambda: os.path.exists(capture_of(run)), PATIENCE, "tcpdump")
    reports = call(run)
    time.sleep(HAND_OVER_SECONDS)
    run.lab.procs.stop(tcpdump, sig=signal.SIGINT)
    return reports


def replay_says_the_same(run, reports):
    """The capture is judged by the clients' reports, as what p2pscope says live is."""
    if not run.observer:
        return
    command = [run.binary, "replay", "--json", capture_of(run)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    sessions = json.loads(done.stdout)["sessions"]
    made = run.conntrack.mappings()
    problems = run.scenario.judge.observer(run.scenario, sessions, reports, made)
    run.problems += [f"replayed: {problem}" for problem in problems]
