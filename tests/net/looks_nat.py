# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What is looked at when a scenario on NATs and mappings has been played and its sessions were judged."""

import json
from dataclasses import asdict

import check_nat
from lab import conntrack, natdiscovery
from lab.procs import wait_for
from lab.topology import ALICE6, CAROL, SERVER, WAN_A

FAR_PORT = 40000  # whence somebody outside asks first
DRAIN_SECONDS = 25
MAPPINGS_MOST = 100_000


def behaviour(stage, _):
    """P2pscope first; then the active measurement, whose packets it would learn from."""
    want, host, answer = stage.scenario.measured, alice(stage), None
    if stage.observer:
        stage.settled(lambda: check_nat.behaviour(want, stage.observer.nat(), host, asdict(want)))
        answer = stage.observer.nat()
    active = natdiscovery.measure(stage.lab.ns["alice"], host)
    stage.problems += check_nat.measured(want, active)
    if answer:
        stage.problems += [p for p in check_nat.behaviour(want, answer, host, active) if p not in stage.problems]
    stage.notes.append(check_nat.in_short(answer, host, active))


def behaviour_and_hairpin(stage, reports):
    if stage.observer:
        stage.settled(lambda: hairpinned(stage))
    behaviour(stage, reports)


def hairpinned(stage):
    peer = stage.apart["alice"]["peers"][0]
    ufrags = {peer["local_ufrag"], peer["remote_ufrag"]}
    verdicts = [s["verdict"] for s in stage.observer.sessions() if set(s["ufrags"] or ()) == ufrags]
    carols = check_nat.of_host(stage.observer.mappings(), CAROL)
    return check_nat.differ("the session through the outside address", ["succeeded"], verdicts) + check_nat.some_of_kind(carols, "hairpin")


def alice(stage):
    return ALICE6 if stage.scenario.expect.family == "ipv6" else stage.scenario.net.alice


def ours(stage):
    """Alice's translated UDP mappings as p2pscope has them."""
    return check_nat.of_host(stage.observer.mappings(), alice(stage))


def alices(stage):
    """The same as conntrack had them, with each remote."""
    return [m for m in stage.conntrack.mappings() if m[0] == "udp" and check_nat.address_of(m[1]) == alice(stage) and m[1] != m[2]]


def as_conntrack(stage, _):
    """Mappings and remotes are those that conntrack had."""
    truth = alices(stage)
    stage.notes.append(f"{len({t[1:3] for t in truth})} mappings in conntrack")
    if not truth:
        stage.problems.append("conntrack: expected mappings of alice, actual none")
    if stage.observer:
        stage.settled(lambda: check_nat.shaped(ours(stage)) + check_nat.same_sides(truth, ours(stage))
                      + check_nat.remotes_known(truth, ours(stage)))


def as_beside(stage, reports):
    """The same, where p2pscope itself has no conntrack."""
    left = stage.lab.ns["tap"].run("conntrack", "-L")
    if left.strip():
        stage.problems.append(f"conntrack beside p2pscope: expected no entry, actual {left.splitlines()[0]}")
    as_conntrack(stage, reports)
    from_stun_only(stage)


def from_stun_only(stage):
    if stage.observer:
        stage.problems += check_nat.only_from(ours(stage), "stun")


def stateless(stage, reports):
    """Conntrack knows nothing of what p2pscope says."""
    stage.problems += [f"conntrack: expected no UDP entry of alice, actual {' '.join(m)}" for m in alices(stage)[:3]]
    on_the_wire(stage, reports)
    from_stun_only(stage)


def on_the_wire(stage, _):
    """Mappings are those that the play found out."""
    if stage.observer:
        address = check_nat.address_of(min(stage.truth)[0])
        stage.settled(lambda: check_nat.sets_differ("mappings", stage.truth,
                                                    check_nat.sides(check_nat.of_host(stage.observer.mappings(), address))))
        stage.problems += check_nat.shaped(stage.observer.mappings())


def forwarded(stage, _):
    if stage.observer:
        (inside, outside), = stage.truth
        stage.settled(lambda: check_nat.one(stage.observer.mappings(), proto="udp", inside=inside, outside=outside, kind="forward",
                                            remotes=[f"{SERVER}:{FAR_PORT}"], ended=None))


def well_known(stage, _):
    """The one socket, everywhere that it can be asked for."""
    port = stage.scenario.alice.port
    inside, outside = f"{stage.scenario.net.alice}:{port}", f"{WAN_A}:{port}"
    stage.problems += [f"conntrack: {m[1]} is not {inside} - {outside}" for m in alices(stage) if m[1:3] != (inside, outside)]
    if not stage.observer:
        return
    want = {"proto": "udp", "inside": inside, "outside": outside, "kind": "dynamic", "sources": ["conntrack", "stun"], "conflict": None}
    stage.settled(lambda: check_nat.one(stage.observer.mappings(), **want))
    stage.problems += check_nat.one(json.loads(stage.observer.get("/api/v1/mappings")[1])["mappings"], **want)
    for session in stage.observer.sessions():
        text = stage.observer.command("explain", session["id"])
        stage.problems += [f"explain {session['id']}: expected {what} in it" for what in (inside, outside) if what not in text]


def living(stage):
    """Conntrack is read before and after p2pscope: what changes in between proves nothing."""
    if not stage.observer:
        return []
    before = conntrack.living(stage.lab.ns["gwa"], alice(stage))
    mappings = ours(stage)
    return check_nat.living(before, mappings, conntrack.living(stage.lab.ns["gwa"], alice(stage)))


def drained(stage):
    gateway = stage.lab.ns["gwa"]
    wait_for(lambda: not conntrack.living(gateway, alice(stage)), DRAIN_SECONDS, "conntrack to forget alice's entries", step=0.3)
    ours_were, ends = set(alices(stage)), stage.conntrack.ends()
    ends = {m: t for m, t in ends.items() if m in ours_were}
    stage.notes.append(f"{len({e[1:3] for e in ends})} mappings ended")
    if not ends:
        stage.problems.append("conntrack: expected entries of alice that ended, actual none")
    return ends


def all_ended(word):
    def look(stage, _):
        ends = drained(stage)
        if stage.observer:
            stage.settled(lambda: check_nat.same_sides(ends, ours(stage)) + check_nat.ended(ends, ours(stage), word)
                          + check_nat.shaped(ours(stage)))
    return look


def deleted(stage, _):
    """The one mapping; the others live on."""
    ends = stage.conntrack.ends()
    if stage.observer and stage.truth:
        stage.settled(lambda: check_nat.ended(ends, [m for m in ours(stage) if (m["inside"], m["outside"]) in stage.truth], "deleted"))
        stage.problems += [f"mapping {m['inside']}: was not deleted, but {m['ended_by']}" for m in ours(stage)
                           if (m["inside"], m["outside"]) not in stage.truth and m["ended_by"]]


def crowded_out(stage, _):
    if stage.observer:
        stage.settled(lambda: check_nat.crowded_out(stage.gone, stage.truth - stage.gone, ours(stage)))


def session_mappings(stage):
    """The endpoints of the pairs that carry a session; what was asked and never answered may be pushed out by a flood."""
    sessions = stage.observer.sessions() if stage.observer else []
    return {(p["local"], p["mapped"]) for s in sessions for p in s["pairs"] if p["nominated"]}


def still_there(stage, lived):
    mappings = stage.observer.mappings()
    return (check_nat.survived(lived, mappings, MAPPINGS_MOST)
            + check_nat.more_than_none(stage.observer, 'p2pscope_map_evicted_total{map="probation"}'))
