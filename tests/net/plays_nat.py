# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What happens in the scenarios on NATs and mappings; what is looked at there is in looks_nat.py."""

import time

from lab import conntrack, flood, nat, nat64, stun, turnhold
from lab.natkinds import FORWARDED_PORTS
from lab.procs import wait_for
from lab.topology import SERVER, WAN_A
from looks_nat import FAR_PORT, living, session_mappings, still_there
from plays import LINGER_SECONDS, finish

SETTLE_SECONDS = 2
NAT64_ASKS = 5
TURN_HOLD_SECONDS = 3
CROWDED_ASKS = 20
TRACKED_TIMEOUT = 120
FLOOD_COUNT, FLOOD_SECONDS = 1_000_000, 40


def call_carol_too(stage):
    """First alice and bob; then alice and carol, who see each other's outside address only: the switch keeps them apart."""
    reports = finish(stage.start())
    nat.isolate(stage.lab.ns["switch"], "alice", "carol")
    alice, bob = (call.but(room="hairpin", count=1) for call in (stage.scenario.alice, stage.scenario.bob))
    stage.apart = finish([stage.lab.client("carol", bob.but(hold=bob.hold + LINGER_SECONDS)), stage.lab.client("alice", alice)])
    for name, report in stage.apart.items():
        for peer in report["peers"]:
            if not peer["connected_at"]:
                stage.problems.append(f"{name} {peer['room']}: not connected through the outside address (ICE {peer['final_ice']})")
    return reports


def call_without_conntrack(stage):
    """Every socket that alice's client names keeps its port: that is all there is to know of the mappings."""
    reports = finish(stage.start())
    net = stage.scenario.net
    ports = {int(c.split()[5]) for peer in reports["alice"]["peers"] for c in peer["local_candidates"]}
    stage.truth = {(f"{net.alice}:{port}", f"{net.wan_a}:{port}") for port in ports}
    return reports


def nat64_asks(stage):
    """A host without IPv4 asks the IPv4 STUN server."""
    nat64.start(stage.lab)
    note_answers(stage, [stun.ask(stage.lab.ns["alice"], (stun.server64(), 3478)) for _ in range(NAT64_ASKS)])
    return {}


def note_answers(stage, answers):
    stage.truth = set(answers)
    stage.problems += [f"STUN from {own}: expected an answer, actual none" for own, seen in answers if not seen]
    stage.notes.append(", ".join(f"{own} is {seen}" for own, seen in answers[:2]))


def ask_the_forwarded_port(stage):
    """Somebody outside asks first, a program on alice's forwarded port answers."""
    alice, port = stage.scenario.net.alice, FORWARDED_PORTS[0]
    with stun.responder(stage.lab.ns["alice"], (alice, port)):
        own, seen = stun.ask(stage.lab.ns["servers"], (WAN_A, port), (SERVER, FAR_PORT))
    if own != seen:
        stage.problems.append(f"STUN from {own} to the forwarded port: expected itself for an answer, actual {seen}")
    stage.truth = {(f"{alice}:{port}", f"{WAN_A}:{port}")}
    return {}


def short_timeouts(stage, single, stream):
    """Conntrack forgets gateway A's UDP entries soon; reading the table makes it notice which are due."""
    gateway = stage.lab.ns["gwa"]
    gateway.sysctl(netfilter__nf_conntrack_udp_timeout=single, netfilter__nf_conntrack_udp_timeout_stream=stream)
    stage.lab.procs.start(gateway, ["sh", "-c", "while sleep 0.3; do conntrack -L -p udp >/dev/null 2>&1; done"], "conntrack-reader")


def call_with_conntrack(stage):
    """While the call lasts, p2pscope's living mappings are held against conntrack's entries."""
    short_timeouts(stage, 8, 12)
    clients = stage.start()
    clients[1].wait_connected()
    time.sleep(SETTLE_SECONDS)
    stage.settled(lambda: living(stage), seconds=5)
    return finish(clients)


def delete_after_call(stage):
    """Whoever hung up sends nothing any more that could make the entries again."""
    reports = finish(stage.start())
    gateway, alice = stage.lab.ns["gwa"], stage.scenario.net.alice
    chosen = max(conntrack.living(gateway, alice), default=None)
    if not chosen:
        stage.problems.append("conntrack: expected entries of alice after the call, actual none")
        return reports
    stage.truth = {chosen[1:3]}
    stage.lab.event(f"conntrack -D of {chosen[1]}")
    stage.notes.append(f"{conntrack.delete(gateway, chosen[1])} entries of {chosen[1]} deleted")
    return reports


def turn_close(stage):
    """Alice has an allocation, closes it, and is silent."""
    short_timeouts(stage, 4, 6)
    proc = turnhold.start(stage.lab, "alice", TURN_HOLD_SECONDS)
    wait_for(lambda: proc.poll() is not None, TURN_HOLD_SECONDS + 5, "the allocation to be closed")
    return {}


def crowd_out(stage):
    """Conntrack has room for so many: alice's entries, of which none is a stream yet, must give way to others."""
    stage.lab.procs.stop(stage.conntrack.proc)  # it would print a line for each
    gateway, alice = stage.lab.ns["gwa"], stage.scenario.net.alice
    gateway.sysctl(netfilter__nf_conntrack_udp_timeout=TRACKED_TIMEOUT)
    note_answers(stage, [stun.ask(stage.lab.ns["alice"], (SERVER, 3478)) for _ in range(CROWDED_ASKS)])

    def gone():
        stage.gone = stage.truth - {m[1:3] for m in conntrack.living(gateway, alice)}
        return stage.gone
    packets, seconds = flood.tracked(stage.lab, gone, conntrack.limit() + CROWDED_ASKS, FLOOD_SECONDS)
    stage.notes.append(f"{packets} packets in {seconds:.1f} s pushed {len(stage.gone)} of {len(stage.truth)} out of conntrack")
    if not stage.gone:
        stage.problems.append(f"conntrack: expected entries of alice to be pushed out by {packets} others, actual none")
    return {}


def hung_up(clients):
    """Alice first, as always."""
    clients[1].hang_up()
    time.sleep(LINGER_SECONDS)
    clients[0].hang_up()
    return clients


def flood_then_look(stage):
    """A session lasts while the flood passes, and is looked at when it is over."""
    clients = stage.start()
    clients[1].wait_connected()
    time.sleep(SETTLE_SECONDS)
    lived = session_mappings(stage)
    arrived, seconds = flood.translated(stage.lab, FLOOD_COUNT, FLOOD_SECONDS)
    stage.notes.append(f"{arrived} packets in {seconds:.1f} s")
    if arrived < FLOOD_COUNT:
        stage.problems.append(f"flood: expected {FLOOD_COUNT} packets to arrive at gateway A, actual {arrived}")
    stage.alive("the flood")
    if stage.observer:
        stage.settled(lambda: still_there(stage, lived))
    return finish(hung_up(clients))
