# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks of NATs and mappings, after the steps of a scenario and the comparison of its sessions."""

import json
from dataclasses import asdict

import check_nat
from lab import conntrack, natdiscovery
from lab.procs import wait_for
from lab.topology import ALICE6, CAROL, SERVER, WAN_A

FAR_PORT = 40000  # the source port of requests from outside
DRAIN_SECONDS = 60
MAPPINGS_MOST = 100_000


def behaviour(run, _):
    """P2pscope first; then the active measurement, whose packets it would learn from."""
    want, host, answer = run.scenario.measured, alice(run), None
    if run.observer:
        run.eventually(lambda: check_nat.behaviour(want, run.observer.nat(), host, asdict(want)))
        answer = run.observer.nat()
    active = natdiscovery.measure(run.lab.ns["alice"], host)
    run.problems += check_nat.measured(want, active)
    if answer:
        run.problems += [
            p for p in check_nat.behaviour(want, answer, host, active) if p not in run.problems
        ]
    run.notes.append(check_nat.in_short(answer, host, active))


def behaviour_and_hairpin(run, reports):
    if run.observer:
        run.eventually(lambda: hairpinned(run))
    behaviour(run, reports)


def hairpinned(run):
    peer = run.apart["alice"]["peers"][0]
    ufrags = {peer["local_ufrag"], peer["remote_ufrag"]}
    verdicts = [s["verdict"] for s in run.observer.sessions() if set(s["ufrags"] or ()) == ufrags]
    carols = check_nat.of_host(run.observer.mappings(), CAROL)
    return check_nat.differ(
        "the session through the outside address", ["succeeded"], verdicts
    ) + check_nat.some_of_kind(carols, "hairpin")


def alice(run):
    return ALICE6 if run.scenario.expect.family == "ipv6" else run.scenario.net.alice


def ours(run):
    """Alice's translated UDP mappings as p2pscope has them."""
    return check_nat.of_host(run.observer.mappings(), alice(run))


def alices(run):
    """The same as conntrack had them, with each remote."""
    return [
        m
        for m in run.conntrack.mappings()
        if m[0] == "udp" and check_nat.address_of(m[1]) == alice(run) and m[1] != m[2]
    ]


def as_conntrack(run, _):
    """Mappings and remotes are those that conntrack had."""
    truth = alices(run)
    run.notes.append(f"{len({t[1:3] for t in truth})} mappings in conntrack")
    if not truth:
        run.problems.append("conntrack: expected mappings of alice, actual none")
    if run.observer:
        run.eventually(
            lambda: check_nat.shaped(ours(run))
            + check_nat.same_sides(truth, ours(run))
            + check_nat.remotes_known(truth, ours(run))
        )


def as_beside(run, reports):
    """The same, where p2pscope itself has no conntrack."""
    left = run.lab.ns["tap"].run("conntrack", "-L")
    if left.strip():
        run.problems.append(
            f"conntrack beside p2pscope: expected no entry, actual {left.splitlines()[0]}"
        )
    as_conntrack(run, reports)
    from_stun_only(run)


def from_stun_only(run):
    if run.observer:
        run.problems += check_nat.only_from(ours(run), "stun")


def stateless(run, reports):
    """Conntrack has none of the mappings that p2pscope reports."""
    run.problems += [
        f"conntrack: expected no UDP entry of alice, actual {' '.join(m)}" for m in alices(run)[:3]
    ]
    on_the_wire(run, reports)
    from_stun_only(run)


def on_the_wire(run, _):
    """The mappings are those that the steps found out."""
    if run.observer:
        address = check_nat.address_of(min(run.truth)[0])
        run.eventually(
            lambda: check_nat.sets_differ(
                "mappings",
                run.truth,
                check_nat.sides(check_nat.of_host(run.observer.mappings(), address)),
            )
        )
        run.problems += check_nat.shaped(run.observer.mappings())


def forwarded(run, _):
    if run.observer:
        ((inside, outside),) = run.truth
        run.eventually(
            lambda: check_nat.one(
                run.observer.mappings(),
                proto="udp",
                inside=inside,
                outside=outside,
                kind="forward",
                remotes=[f"{SERVER}:{FAR_PORT}"],
                ended=None,
            )
        )


def well_known(run, _):
    """The one socket, everywhere that it can be asked for."""
    port = run.scenario.alice.port
    inside, outside = f"{run.scenario.net.alice}:{port}", f"{WAN_A}:{port}"
    run.problems += [
        f"conntrack: {m[1]} is not {inside} - {outside}"
        for m in alices(run)
        if m[1:3] != (inside, outside)
    ]
    if not run.observer:
        return
    want = {
        "proto": "udp",
        "inside": inside,
        "outside": outside,
        "kind": "dynamic",
        "sources": ["conntrack", "stun"],
        "conflict": None,
    }
    run.eventually(lambda: check_nat.one(run.observer.mappings(), **want))
    run.problems += check_nat.one(
        json.loads(run.observer.get("/api/v1/mappings")[1])["mappings"], **want
    )
    for session in run.observer.sessions():
        text = run.observer.command("explain", session["id"])
        run.problems += [
            f"explain {session['id']}: expected {what} in it"
            for what in (inside, outside)
            if what not in text
        ]


def living(run):
    """Conntrack is read before and after p2pscope: what changes in between proves nothing."""
    if not run.observer:
        return []
    before = conntrack.living(run.lab.ns["gwa"], alice(run))
    mappings = ours(run)
    return check_nat.living(before, mappings, conntrack.living(run.lab.ns["gwa"], alice(run)))


def drained(run):
    gateway = run.lab.ns["gwa"]
    wait_for(
        lambda: not conntrack.living(gateway, alice(run)),
        DRAIN_SECONDS,
        "conntrack to forget alice's entries",
        step=0.3,
    )
    ours_were, ends = set(alices(run)), run.conntrack.ends()
    ends = {m: t for m, t in ends.items() if m in ours_were}
    run.notes.append(f"{len({e[1:3] for e in ends})} mappings ended")
    if not ends:
        run.problems.append("conntrack: expected entries of alice that ended, actual none")
    return ends


def all_ended(word):
    def check_ends(run, _):
        ends = drained(run)
        if run.observer:
            run.eventually(
                lambda: check_nat.same_sides(ends, ours(run))
                + check_nat.ended(ends, ours(run), word)
                + check_nat.shaped(ours(run))
            )

    return check_ends


def deleted(run, _):
    """The one mapping; the others live on."""
    ends = run.conntrack.ends()
    if run.observer and run.truth:
        run.eventually(
            lambda: check_nat.ended(
                ends, [m for m in ours(run) if (m["inside"], m["outside"]) in run.truth], "deleted"
            )
        )
        run.problems += [
            f"mapping {m['inside']}: was not deleted, but {m['ended_by']}"
            for m in ours(run)
            if (m["inside"], m["outside"]) not in run.truth and m["ended_by"]
        ]


def crowded_out(run, _):
    if run.observer:
        run.eventually(lambda: check_nat.crowded_out(run.gone, run.truth - run.gone, ours(run)))


def session_mappings(run):
    """The endpoints of the pairs that carry a session; what was asked and never answered may be
    pushed out by a flood."""
    sessions = run.observer.sessions() if run.observer else []
    return {(p["local"], p["mapped"]) for s in sessions for p in s["pairs"] if p["nominated"]}


def still_there(run, lived):
    mappings = run.observer.mappings()
    return check_nat.survived(lived, mappings, MAPPINGS_MOST) + check_nat.more_than_none(
        run.observer, 'p2pscope_map_evicted_total{map="probation"}'
    )
