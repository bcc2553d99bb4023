# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The steps of the scenarios on NATs and mappings; what is checked afterwards is in
post_checks_nat.py."""

import time

from lab import conntrack, nat, nat64, stun, stun_flood, turnhold
from lab.natkinds import FORWARDED_PORTS
from lab.procs import PATIENCE, wait_for
from lab.topology import SERVER, WAN_A
from post_checks_nat import FAR_PORT, MAPPINGS_MOST, living, session_mappings, still_there
from steps import LINGER_SECONDS, finish

SETTLE_SECONDS = 2
NAT64_ASKS = 5
TURN_HOLD_SECONDS = 3
CROWDED_ASKS = 20
TRACKED_TIMEOUT = 120
FLOOD_COUNT, FLOOD_SECONDS = 1_000_000, 120
FLOOD_LEAST = 4 * MAPPINGS_MOST  # more than p2pscope has room for


def call_carol_too(run):
    """First alice and bob; then alice and carol, who see each other's outside address only: the
    switch keeps them apart."""
    reports = finish(run.start())
    nat.isolate(run.lab.ns["switch"], "alice", "carol")
    alice, bob = (
        call.but(room="hairpin", count=1) for call in (run.scenario.alice, run.scenario.bob)
    )
    run.apart = finish(
        [
            run.lab.client("carol", bob.but(hold=bob.hold + LINGER_SECONDS)),
            run.lab.client("alice", alice),
        ]
    )
    for name, report in run.apart.items():
        for peer in report["peers"]:
            if not peer["connected_at"]:
                run.problems.append(
                    f"{name} {peer['room']}: not connected through the outside address (ICE"
                    f" {peer['final_ice']})"
                )
    return reports


def call_without_conntrack(run):
    """Every socket that alice's client names keeps its port: that is all there is to know of the
    mappings."""
    reports = finish(run.start())
    net = run.scenario.net
    ports = {
        int(c.split()[5]) for peer in reports["alice"]["peers"] for c in peer["local_candidates"]
    }
    run.truth = {(f"{net.alice}:{port}", f"{net.wan_a}:{port}") for port in ports}
    return reports


def nat64_asks(run):
    """A host without IPv4 asks the IPv4 STUN server."""
    nat64.start(run.lab)
    note_answers(
        run, [stun.ask(run.lab.ns["alice"], (stun.server64(), 3478)) for _ in range(NAT64_ASKS)]
    )
    return {}


def note_answers(run, answers):
    run.truth = set(answers)
    run.problems += [
        f"STUN from {own}: expected an answer, actual none" for own, seen in answers if not seen
    ]
    run.notes.append(", ".join(f"{own} is {seen}" for own, seen in answers[:2]))


def ask_the_forwarded_port(run):
    """Somebody outside asks first, a program on alice's forwarded port answers."""
    alice, port = run.scenario.net.alice, FORWARDED_PORTS[0]
    with stun.responder(run.lab.ns["alice"], (alice, port)):
        own, seen = stun.ask(run.lab.ns["servers"], (WAN_A, port), (SERVER, FAR_PORT))
    if own != seen:
        run.problems.append(
            f"STUN from {own} to the forwarded port: expected itself for an answer, actual {seen}"
        )
    run.truth = {(f"{alice}:{port}", f"{WAN_A}:{port}")}
    return {}


def short_timeouts(run, single, stream):
    """Conntrack forgets gateway A's UDP entries soon; reading the table makes it notice which are
    due."""
    gateway = run.lab.ns["gwa"]
    gateway.sysctl(
        netfilter__nf_conntrack_udp_timeout=single,
        netfilter__nf_conntrack_udp_timeout_stream=stream,
    )
    run.lab.procs.start(
        gateway,
        ["sh", "-c", "while sleep 0.3; do conntrack -L -p udp >/dev/null 2>&1; done"],
        "conntrack-reader",
    )


def call_with_conntrack(run):
    """While the call lasts, p2pscope's living mappings are held against conntrack's entries."""
    short_timeouts(run, 8, 12)
    clients = run.start()
    clients[1].wait_connected()
    time.sleep(SETTLE_SECONDS)
    run.eventually(lambda: living(run))
    return finish(hung_up(clients))


def delete_after_call(run):
    """Whoever hung up sends nothing any more that could make the entries again."""
    reports = finish(run.start())
    gateway, alice = run.lab.ns["gwa"], run.scenario.net.alice
    chosen = max(conntrack.living(gateway, alice), default=None)
    if not chosen:
        run.problems.append("conntrack: expected entries of alice after the call, actual none")
        return reports
    run.truth = {chosen[1:3]}
    run.lab.event(f"conntrack -D of {chosen[1]}")
    run.notes.append(f"{conntrack.delete(gateway, chosen[1])} entries of {chosen[1]} deleted")
    return reports


def turn_close(run):
    """Alice has an allocation, closes it, and is silent."""
    short_timeouts(run, 4, 6)
    proc = turnhold.start(run.lab, "alice", TURN_HOLD_SECONDS)
    wait_for(
        lambda: proc.poll() is not None, TURN_HOLD_SECONDS + PATIENCE, "the allocation to be closed"
    )
    return {}


def crowd_out(run):
    """Conntrack has room for so many: alice's entries, of which none is a stream yet, must give way
    to others."""
    run.lab.procs.stop(run.conntrack.proc)  # it would print a line for each
    gateway, alice = run.lab.ns["gwa"], run.scenario.net.alice
    gateway.sysctl(netfilter__nf_conntrack_udp_timeout=TRACKED_TIMEOUT)
    note_answers(run, [stun.ask(run.lab.ns["alice"], (SERVER, 3478)) for _ in range(CROWDED_ASKS)])

    def gone():
        run.gone = run.truth - {m[1:3] for m in conntrack.living(gateway, alice)}
        return run.gone

    packets, seconds = stun_flood.tracked(
        run.lab, gone, conntrack.limit() + CROWDED_ASKS, FLOOD_SECONDS
    )
    run.notes.append(
        f"{packets} packets in {seconds:.1f} s pushed {len(run.gone)} of {len(run.truth)} out of"
        " conntrack"
    )
    if not run.gone:
        run.problems.append(
            f"conntrack: expected entries of alice to be pushed out by {packets} others, actual"
            " none"
        )
    return {}


def hung_up(clients):
    """Alice first, as always."""
    clients[1].hang_up()
    time.sleep(LINGER_SECONDS)
    clients[0].hang_up()
    return clients


def flood_during_session(run):
    """A session lasts while the flood passes, and is looked at when it is over."""
    clients = run.start()
    clients[1].wait_connected()
    time.sleep(SETTLE_SECONDS)
    lived = session_mappings(run)
    arrived, seconds = stun_flood.translated(run.lab, FLOOD_COUNT, FLOOD_SECONDS)
    run.notes.append(f"{arrived} packets in {seconds:.1f} s")
    if arrived < FLOOD_LEAST:
        run.problems.append(
            f"flood: expected {FLOOD_LEAST} packets or more to arrive at gateway A, actual"
            f" {arrived}"
        )
    run.check_alive("the flood")
    if run.observer:
        run.eventually(lambda: still_there(run, lived))
    return finish(hung_up(clients))
