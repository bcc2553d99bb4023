# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The steps and post-checks of the scenarios on blocked sessions."""

import statistics
import time

import check_blocks
from lab import ruleset, stun, traffic, turn
from lab.procs import PATIENCE, wait_for
from lab.topology import SIGNALLING, WAN_B
from steps import finish

QUIC_PACKETS = 8
FILTER_AFTER_SECONDS = 5


def blocked_call(run):
    return check_rules_met(run, finish(run.start()))


def check_rules_met(run, reports):
    """What a rule that met no packet did not do would prove nothing."""
    idle = [
        text for name in ("gwa", "inet") for text in ruleset.idle(ruleset.rules(run.lab.ns[name]))
    ]
    run.problems += [f"no packet came to the rule: {text}" for text in idle]
    return reports


def call_beside_quic(run):
    """Other UDP of alice's is answered, from the port that the STUN servers have."""
    ns = run.lab.ns
    answered = traffic.quic_like(ns["alice"], ns["signalling"], SIGNALLING, turn.PORT, QUIC_PACKETS)
    if answered != QUIC_PACKETS:
        run.problems.append(f"QUIC: expected {QUIC_PACKETS} answers, actual {answered}")
    return blocked_call(run)


def router_later(rule):
    """The router has its rule from the middle of the call on."""

    def run_steps(run):
        clients = run.start()
        clients[1].wait_connected()
        time.sleep(FILTER_AFTER_SECONDS)
        run.lab.event("the router drops")
        run.lab.router_rules(rule)
        return check_rules_met(run, finish(clients))

    return run_steps


def call_with_ruleset_kept(run):
    run.ruleset = ruleset.snapshot(run.lab.ns["gwa"])
    return blocked_call(run)


def rule_by_rule(ports):
    """One packet for each of the rules: how long until p2pscope has the rule's name."""

    def run_steps(run):
        seconds = [time_to_name(run, port) for port in ports]
        median, worst = 1000 * statistics.median(seconds), 1000 * max(seconds)
        run.notes.append(
            f"a rule's name after {median:.1f} ms (median), {worst:.1f} ms (worst of"
            f" {len(seconds)})"
        )
        return check_rules_met(run, {})

    return run_steps


def time_to_name(run, port):
    """p2pscope's own measure, from the packet's drop on."""

    def found(what):
        return run.observer.counter(f"p2pscope_rule_found_seconds_{what}")

    count, total = found("count"), found("sum")
    stun.send(run.lab.ns["alice"], (WAN_B, port))
    wait_for(lambda: found("count") > count, PATIENCE, f"the name of the rule for port {port}")
    return found("sum") - total


def untouched(run, _):
    """The running ruleset is what it was, also when p2pscope came to a sudden end; and nothing of
    p2pscope is left then."""
    gateway = run.lab.ns["gwa"]
    run.eventually(lambda: check_blocks.same_ruleset(run.ruleset, ruleset.snapshot(gateway)))
    if not run.observer:
        return
    run.notes.append(f"{len(run.observer.belongings().namespaces)} namespaces of its own")
    run.problems += [f"kill -9: {p}" for p in run.observer.kill()]
    run.problems += check_blocks.same_ruleset(run.ruleset, ruleset.snapshot(gateway))
    run.observer.start()  # its ordinary end is looked at, too
