# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The steps of scenarios that are more than a call. Each function takes a ScenarioRun and returns
the clients' reports."""

import time

from lab import malformed, monitoring, traffic, turnhold
from lab.procs import PATIENCE, wait_for
from lab.topology import SERVER, SIGNALLING, WAN_A

LINGER_SECONDS = 1
CUT_AFTER_SECONDS = 8
MALFORMED_COUNT = 100_000
STEADY_FROM, STEADY_TO = 10, 60
DROP_UNREACHABLE = 'icmp type destination-unreachable drop comment "a cable sends no ICMP"'


class ScenarioRun:
    """A scenario that runs: its lab, p2pscope if it is there, and what was found besides the
    final comparison."""

    def __init__(self, lab, scenario, observer=None, recorder=None, conntrack=None, binary=None):
        self.lab, self.scenario, self.observer, self.recorder, self.conntrack = (
            lab,
            scenario,
            observer,
            recorder,
            conntrack,
        )
        self.binary = binary  # p2pscope's
        self.problems, self.notes = [], []
        self.truth, self.gone = (
            set(),
            set(),
        )  # (inside, outside) as seen in packets, where the steps find that out
        self.changed_at = None  # when something was changed in mid-call
        self.rule = None  # that drops from then on
        self.ruleset = []  # gateway A's, as it was before the steps
        self.apart = {}  # clients' reports of calls whose sessions are judged apart from the others

    def start(self, **changes):
        """Starts both clients. Bob stays a little longer, so that alice's statistics are those of a
        living session."""
        bob, alice = (getattr(self.scenario, name).but(**changes) for name in ("bob", "alice"))
        return [
            self.lab.client("bob", bob.but(hold=bob.hold + LINGER_SECONDS)),
            self.lab.client("alice", alice),
        ]

    def check_no_session(self, after):
        if self.observer and (sessions := self.observer.sessions()):
            self.problems.append(
                f"after {after}: expected no session, actual {len(sessions)}: "
                + ", ".join(f"{s['id']} {s['verdict']}" for s in sessions[:5])
            )

    def check_alive(self, after):
        if self.observer and not self.observer.healthy():
            self.problems.append(f"after {after}: /healthz does not answer 200")

    def eventually(self, complaints, seconds=PATIENCE):
        """Calls complaints() until it returns none, or time is over; keeps the last ones."""
        deadline = time.monotonic() + seconds
        while (problems := complaints()) and time.monotonic() < deadline:
            time.sleep(0.5)
        self.problems += problems


def finish(clients):
    reports = {client.name: client.report() for client in clients}
    for client in clients:
        client.end()
    return reports


def call(run):
    return finish(run.start())


def call_with_quota_used(run):
    turnhold.start(run.lab)
    return call(run)


def cut_bob(run):
    # The gateway would tell alice that bob is unreachable; a path that is cut farther on tells
    # nothing.
    run.lab.rules("gwb", output=(DROP_UNREACHABLE,))
    clients = run.start()
    clients[1].wait_connected()
    time.sleep(CUT_AFTER_SECONDS)
    run.lab.event("bob's link down")
    run.lab.ns["bob"].ip("link", "set", "eth0", "down")
    return finish(clients)


def steady(run):
    if not run.observer:
        return finish(run.start(hold=6))
    clients = run.start()
    connected = clients[1].wait_connected()
    counts = [events_at(run, connected + seconds) for seconds in (STEADY_FROM, STEADY_TO)]
    run.notes.append(
        f"events at {STEADY_FROM} s: {counts[0]:.0f}, at {STEADY_TO} s: {counts[1]:.0f}"
    )
    if counts[0] != counts[1]:
        run.problems.append(
            f"p2pscope_events_total: expected {counts[0]:.0f} as at {STEADY_FROM} s, actual"
            f" {counts[1]:.0f}"
        )
    return finish(clients)


def events_at(run, moment):
    time.sleep(max(0, moment - time.time()))
    count = run.observer.counter("p2pscope_events_total")
    if not count:
        raise RuntimeError(f"p2pscope_events_total: expected a number above 0, actual {count}")
    return count


def replug_and_call(run):
    run.lab.event("lan0 deleted")
    run.lab.topology.unplug_lan_a()
    time.sleep(2)
    run.check_alive("lan0 went away")
    run.lab.topology.plug_lan_a()
    run.lab.event("lan0 is back")
    if run.observer:
        wait_for(
            lambda: run.observer.is_attached("lan0"), PATIENCE, "p2pscope to observe lan0 again"
        )
    run.check_alive("lan0 came back")
    if run.recorder:
        run.recorder.again("lan")
    return call(run)


def call_then_prometheus(run):
    reports = call(run)
    run.problems += monitoring.promtool(run.observer)
    run.problems += monitoring.prometheus(run.lab, run.observer, len(reports["alice"]["peers"]))
    return reports


def other_traffic(run):
    ns = run.lab.ns
    counts = {
        "http": traffic.http(ns["alice"], run.lab.signal_url + "/call.html", 50),
        "dns": traffic.dns(ns["alice"], ns["servers"], SERVER),
        "quic": traffic.quic_like(ns["alice"], ns["servers"], SERVER),
        "iperf3": traffic.iperf3(run.lab, "alice", "signalling", SIGNALLING),
    }
    run.notes.append(", ".join(f"{name} {count}" for name, count in counts.items()))
    run.problems += [
        f"{name}: expected some answers, actual none" for name, count in counts.items() if not count
    ]
    return {}


def malformed_then_call(run):
    ns = run.lab.ns
    start = time.monotonic()
    inside = malformed.send(ns["alice"], "eth0", ns["gwa"], "lan0", MALFORMED_COUNT // 2, seed=1)
    outside = malformed.send(
        ns["inet"], "gwa", ns["gwa"], "wan0", MALFORMED_COUNT // 2, seed=2, toward=WAN_A
    )
    run.notes.append(f"{inside + outside} packets in {time.monotonic() - start:.1f} s")
    if inside + outside < MALFORMED_COUNT:
        run.problems.append(
            f"malformed packets: expected {MALFORMED_COUNT} to arrive at gateway A, actual"
            f" {inside + outside}"
        )
    run.check_alive("the malformed packets")
    run.check_no_session("the malformed packets")
    return call(run)
