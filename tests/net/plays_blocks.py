# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What happens in the scenarios on blocked sessions, and what is looked at there afterwards."""

import statistics
import time

import check_blocks
from lab import ruleset, stun, traffic, turn
from lab.procs import wait_for
from lab.topology import SIGNALLING, WAN_B
from plays import finish

QUIC_PACKETS = 8
FILTER_AFTER_SECONDS = 5


def blocked_call(stage):
    return look_at_rules(stage, finish(stage.start()))


def look_at_rules(stage, reports):
    """What a rule that met no packet did not do would prove nothing."""
    idle = [text for name in ("gwa", "inet") for text in ruleset.idle(ruleset.rules(stage.lab.ns[name]))]
    stage.problems += [f"no packet came to the rule: {text}" for text in idle]
    return reports


def call_beside_quic(stage):
    """Other UDP of alice's is answered, from the port that the STUN servers have."""
    ns = stage.lab.ns
    answered = traffic.quic_like(ns["alice"], ns["signalling"], SIGNALLING, turn.PORT, QUIC_PACKETS)
    if answered != QUIC_PACKETS:
        stage.problems.append(f"QUIC: expected {QUIC_PACKETS} answers, actual {answered}")
    return blocked_call(stage)


def router_later(rule):
    """The router has its rule from the middle of the call on."""
    def play(stage):
        clients = stage.start()
        clients[1].wait_connected()
        time.sleep(FILTER_AFTER_SECONDS)
        stage.lab.event("the router drops")
        stage.lab.router_rules(rule)
        return look_at_rules(stage, finish(clients))
    return play


def call_with_ruleset_kept(stage):
    stage.ruleset = ruleset.snapshot(stage.lab.ns["gwa"])
    return blocked_call(stage)


def rule_by_rule(ports):
    """One packet for each of the rules: how long until p2pscope has the rule's name."""
    def play(stage):
        seconds = [time_to_name(stage, port) for port in ports]
        median, worst = 1000 * statistics.median(seconds), 1000 * max(seconds)
        stage.notes.append(f"a rule's name after {median:.1f} ms (median), {worst:.1f} ms (worst of {len(seconds)})")
        return look_at_rules(stage, {})
    return play


def time_to_name(stage, port):
    """p2pscope's own measure, from the packet's drop on."""
    def found(what):
        return stage.observer.counter(f"p2pscope_rule_found_seconds_{what}")
    count, total = found("count"), found("sum")
    stun.send(stage.lab.ns["alice"], (WAN_B, port))
    wait_for(lambda: found("count") > count, 5, f"the name of the rule for port {port}")
    return found("sum") - total


def untouched(stage, _):
    """The running ruleset is what it was, also when p2pscope came to a sudden end; and nothing of p2pscope is left then."""
    gateway = stage.lab.ns["gwa"]
    stage.settled(lambda: check_blocks.same_ruleset(stage.ruleset, ruleset.snapshot(gateway)))
    if not stage.observer:
        return
    stage.notes.append(f"{len(stage.observer.belongings().namespaces)} namespaces of its own")
    stage.problems += [f"kill -9: {p}" for p in stage.observer.kill()]
    stage.problems += check_blocks.same_ruleset(stage.ruleset, ruleset.snapshot(gateway))
    stage.observer.start()  # its ordinary end is looked at, too
