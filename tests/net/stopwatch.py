# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A measurement, no test: how long from the first packet that gateway A drops, by its own counters,
until p2pscope tells the verdict."""

from dataclasses import dataclass
import json
import re
import statistics
import threading
import time
import urllib.request

from lab.netns import enter, run
from lab.observer import LISTEN

LOOK_SECONDS, ASK_SECONDS = 0.05, 0.25
TERMINAL = ("drop", "reject")
# Of /proc/net/snmp and /proc/net/netstat.
KERNEL = ("IPReversePathFilter", "OutNoRoutes", "InNoRoutes")
OWN = "p2pscope_time_to_verdict_seconds"


@dataclass
class Time:
    """Of one scenario; None: not known."""

    name: str
    what: str  # the verdict, in words
    seconds: float = None  # from the first packet that was dropped, or was lost by a change
    own: float = None  # what p2pscope itself says


class Stopwatch:
    """Looks at gateway A's counters and asks p2pscope, from now until stop()."""

    def __init__(self, lab, observer, scenario):
        self.gateway, self.observer, self.scenario = lab.ns["gwa"], observer, scenario
        self.over = threading.Event()
        self.dropped_at = self.told_at = None
        self.queued = False
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        enter(self.gateway.path)  # this thread, and what it starts
        before, ask_at = self.dropped(), 0
        while not self.over.wait(LOOK_SECONDS):
            if self.dropped_at is None and self.dropped() > before:
                self.dropped_at = time.time()
            if self.told_at is None and time.monotonic() >= ask_at:
                ask_at = time.monotonic() + ASK_SECONDS
                if any(self.told(s) for s in sessions()):
                    self.told_at = time.time()

    def dropped(self):
        return (
            by_nft(json.loads(run("nft", "-j", "list", "ruleset")))
            + by_kernel(read("snmp") + read("netstat"))
            + by_tc(run("tc", "-s", "qdisc", "show"))
            + self.by_queue(read("netfilter/nfnetlink_queue"))
        )

    def by_queue(self, instances):
        """1 once the program behind a queue has gone: packets that come to the queue are dropped,
        and nobody counts them."""
        self.queued = self.queued or bool(instances)
        return int(self.queued and not instances)

    def told(self, session):
        want = self.scenario.expect
        return all(session[key] == getattr(want, key) for key in ("verdict", "where", "cause"))

    def stop(self, changed_at=None):
        """changed_at: when something was changed in mid-call; where that drops nothing here, the
        time is that from then on."""
        self.over.set()
        self.thread.join()
        want = self.scenario.expect
        what = " ".join(filter(None, (want.verdict, want.where, want.cause)))
        found = Time(self.scenario.name, what, own=self.own())
        since = self.dropped_at or changed_at
        if since and self.told_at:
            found.seconds = max(0, self.told_at - since)
        return found

    def own(self):
        count = self.observer.counter(OWN + "_count")
        return self.observer.counter(OWN + "_sum") / count if count else None


def sessions():
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{LISTEN}/api/v1/sessions", timeout=3) as answer:
        return json.load(answer)["sessions"]


def read(name):
    try:
        with open(f"/proc/thread-self/net/{name}", encoding="ascii") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def by_nft(listed):
    """The packets that met a rule which drops or rejects."""
    rules = [entry["rule"].get("expr", []) for entry in listed["nftables"] if "rule" in entry]
    return sum(
        statement["counter"]["packets"]
        for rule in rules
        if any(word in statement for statement in rule for word in TERMINAL)
        for statement in rule
        if isinstance(statement.get("counter"), dict)
    )


def by_kernel(text):
    """Each line of names is followed by one of numbers."""
    lines = [line.split() for line in text.splitlines()]
    return sum(
        int(number)
        for names, numbers in zip(lines[::2], lines[1::2])
        for name, number in zip(names, numbers)
        if name in KERNEL
    )


def by_tc(text):
    return sum(map(int, re.findall(r"dropped (\d+)", text)))


def table(times):
    """Lines."""
    lines = [row("scenario", "verdict", "seconds", "p2pscope's own")]
    lines += [row(t.name, t.what, number(t.seconds), number(t.own)) for t in times]
    known = [t.seconds for t in times if t.seconds is not None]
    if known:
        median, worst = statistics.median(known), max(known)
        lines.append(f"median {median:.1f} s, worst {worst:.1f} s of {len(known)}")
    return lines


def row(name, what, seconds, own):
    return f"{name:38} {what:32} {seconds:>7} {own:>14}"


def number(value):
    return "-" if value is None else f"{value:.1f}"
