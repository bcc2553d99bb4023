# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares calls that break or are impaired in the middle: the clients' running reports with what
was done to the call, and the course of p2pscope's sessions with both.

As in check.py, every function returns a list of complaints.
"""

import check
from check import OTHER, differ, differ_one_of, show
import expect as ex

WORKED_SLACK_SECONDS = 3
RECOVERED_SECONDS = 2
EARLY_SECONDS = 0.5  # the gateway's counter is looked at a little later
ENDED_SECONDS = 10
LAST_SLACK_SECONDS = 1
GONE_SECONDS = 2
SPARSE_RATE = 10  # packets a second
NEARLY_ALL = 0.98
# nft's counter and p2pscope's are read at different moments.
DROPPED_SLACK, DROPPED_SHARE = 20, 0.1
BROKEN = ("blocked", "failed")


# The clients


def clients(scenario, reports):
    """As in an ordinary call; but bob may still be connected where alice has lost the call, as his
    packets alone may be cut."""
    lost = scenario.expect.clients == ex.LOST
    return check.clients(scenario, {"alice": reports["alice"]} if lost else reports)


def incoming(report):
    """{(room, kind): packets} and the frames that were decoded."""
    found = {}
    for peer in report["peers"]:
        for r in peer["rtp"]:
            if r["direction"] == "in":
                found[peer["room"], r["kind"]] = r["packets"]
                if r.get("frames") is not None:
                    found[peer["room"], r["kind"] + " frames"] = r["frames"]
    return found


def came(before, after):
    """{(name, room, kind): how much more came in} between two reports of each client."""
    return {
        (name, *key): count - incoming(before[name]).get(key, 0)
        for name, report in after.items()
        for key, count in incoming(report).items()
    }


def stopped(before, after, names):
    """Nothing came to those between two reports, and something to the others. names: "bob", or
    "bob video" where another kind comes on."""
    problems = []
    for (name, room, kind), more in came(before, after).items():
        label = f"{name} {room}: {kind} that came in"
        deaf = name in names or f"{name} {kind.split()[0]}" in names
        if deaf and more:
            problems.append(f"{label}: expected no more, actual {more}")
        elif not deaf and not more:
            problems.append(f"{label}: expected more, actual none")
    return problems + silent(after)


def flows(before, after):
    """Something came to each of them between two reports."""
    return stopped(before, after, ())


def silent(reports):
    """Whom there is nothing to say about."""
    return [
        f"{name}: expected media that came in, actual none"
        for name, report in reports.items()
        if not incoming(report)
    ]


def thinned(reports, direction):
    """Of what was sent in that direction a part came, and not all."""
    sender = "alice" if direction == "out" else "bob"
    problems = []
    for peer in reports[sender]["peers"]:
        sent, got = sums(peer, reports[OTHER[sender]])
        if not 0 < got < NEARLY_ALL * sent:
            problems.append(f"{sender}: expected a part to be lost, actual {got} of {sent} came")
    return problems


def packets_of(report, room, ssrc):
    return next(
        (
            r["packets"]
            for peer in report["peers"]
            for r in peer["rtp"]
            if peer["room"] == room and r["ssrc"] == ssrc and r["direction"] == "in"
        ),
        0,
    )


def sums(peer, far):
    sent = [r for r in peer["rtp"] if r["direction"] == "out"]
    return (
        sum(r["packets"] for r in sent),
        sum(packets_of(far, peer["room"], r["ssrc"]) for r in sent),
    )


# p2pscope


def observer(scenario, sessions, reports, mappings):
    """As in an ordinary call; a client that was killed has no report."""
    return check.observer(scenario, sessions, {"bob": {"peers": []}, **reports}, mappings)


def of_alice(sessions, reports):
    """[(alice's peer, its sessions)]"""
    return [
        (
            peer,
            [
                s
                for s in sessions
                if set(s["ufrags"] or ()) == {peer["local_ufrag"], peer["remote_ufrag"]}
            ],
        )
        for peer in reports["alice"]["peers"]
    ]


def each(sessions, reports, complaints):
    """complaints(session, peer) of the one session of each of alice's connections."""
    problems = []
    for peer, mine in of_alice(sessions, reports):
        problems += differ(f"{peer['room']}: sessions with the client's ufrags", 1, len(mine))
        problems += [f"{peer['room']}: {p}" for s in mine for p in complaints(s, peer)]
    return problems


def broken(want, sessions, reports, rule, changed_at):
    """While the call is broken: the session says so, where, why, and how long it worked before."""
    return each(sessions, reports, lambda s, peer: broken_session(want, s, peer, rule, changed_at))


def broken_session(want, s, peer, rule, changed_at):
    problems = []
    for key in ("verdict", "where", "cause"):
        problems += differ(key, getattr(want, key), s[key])
    problems += differ_one_of("stage", want.stages, s["stage"]) if want.stages else []
    return problems + named(rule, s["rule"]) + worked(s, changed_at - peer["connected_at"])


def named(rule, actual):
    place = lambda r: r and (r["chain"], r["handle"])
    return differ("rule", place(rule), place(actual))


def worked(s, truth):
    actual = s["worked_s"]
    if actual is not None and abs(actual - truth) <= WORKED_SLACK_SECONDS:
        return []
    return [f"worked_s: expected about {truth:.1f}, actual {show(actual)}"]


def working(sessions, reports):
    return each(
        sessions,
        reports,
        lambda s, _: differ("verdict", "succeeded", s["verdict"])
        + differ("cause", None, s["cause"]),
    )


def recovered(sessions, reports, passing_at):
    """What broke is mended: the sessions say so, in their verdict and, soon enough, in their
    timeline. passing_at: when packets passed again."""
    return working(sessions, reports) + each(
        sessions, reports, lambda s, _: recovered_in_time(s["timeline"], passing_at)
    )


def recovered_in_time(timeline, passing_at):
    times = [entry["t"] for entry in timeline if entry["state"] == "recovered"]
    if not times:
        return ["timeline: expected an entry 'recovered', actual none"]
    early = passing_at - times[0]
    if early > EARLY_SECONDS:
        return [f"recovered: expected when packets pass again, actual {early:.1f} s before"]
    return in_time("recovered", times[-1] - passing_at, RECOVERED_SECONDS)


def was_blocked(timeline):
    """It is told that it was blocked, and then that it recovered."""
    states = [("blocked" if e["verdict"] == "blocked" else None, e["state"]) for e in timeline]
    blocked = next((i for i, (verdict, _) in enumerate(states) if verdict), None)
    if blocked is None:
        return ["timeline: expected an entry of 'blocked', actual none"]
    if "recovered" not in [state for _, state in states[blocked:]]:
        return ["timeline: expected 'recovered' after 'blocked', actual none"]
    return []


def undisturbed(s):
    """Nothing was ever wrong with it: nothing dropped here, no verdict that was taken back."""
    problems = differ("impaired", None, s["impaired"]) + check.reopened(s)
    problems += [
        f"timeline: expected no entry of '{e['verdict']}', actual {e['state']} {show(e['cause'])}"
        for e in s["timeline"]
        if e["verdict"] in BROKEN
    ]
    for m in s["media"]:
        problems += differ(f"{m['direction']} {m['ssrc']}: lost_here", 0, m["lost_here"] or 0)
    return problems


def as_many(what, dropped, actual):
    """About as many as the gateway's own counter has."""
    if abs(actual - dropped) <= max(DROPPED_SLACK, DROPPED_SHARE * dropped):
        return []
    return [f"{what}: expected about {dropped}, actual {actual}"]


def impaired(s, cause, rule, direction, dropped, since):
    """A part of the packets of one direction is dropped here: `dropped` of them by the gateway's
    own counter, from the moment `since` on."""
    it = s["impaired"]
    if not it:
        return ["impaired: expected something, actual null"]
    problems = differ("impaired.where", "here", it["where"])
    problems += differ("impaired.cause", cause, it["cause"])
    problems += differ("impaired.direction", direction, it["direction"])
    problems += [f"impaired.{p}" for p in named(rule, it["rule"])]
    problems += as_many("impaired.dropped", dropped, it["dropped"])
    if not it["share"] or not 0 < it["share"] < 1:
        problems.append(f"impaired.share: expected between 0 and 1, actual {show(it['share'])}")
    if not since - 1 <= it["from"] <= it["to"]:
        problems.append(
            f"impaired: expected from {since:.1f} or later to a later moment, actual from"
            f" {it['from']:.1f} to {it['to']:.1f}"
        )
    return problems


def lost_here(s, direction, dropped):
    """Streams of that direction have lost as much, by p2pscope; the others nothing."""
    counts = {"in": 0, "out": 0}
    for m in s["media"]:
        counts[m["direction"]] += m["lost_here"] or 0
    problems = differ("lost_here of the other direction", 0, counts.pop(OPPOSITE[direction]))
    return problems + as_many("lost_here", dropped, counts[direction])


OPPOSITE = {"in": "out", "out": "in"}


def stood_still(s, direction, since):
    """No stream of that direction has had a packet since, and one had until then."""
    times = [m["last"] for m in s["media"] if m["ssrc"] and m["direction"] == direction]
    last = max((t for t in times if t is not None), default=None)
    if last is not None and abs(last - since) <= LAST_SLACK_SECONDS:
        return []
    actual = show(last) if last is None else f"{last - since:+.1f} s from it"
    return [f"media {direction}: expected the last packet at {since:.1f}, actual {actual}"]


def no_rates(s, direction):
    """Streams of that direction that have stopped have no rate and no jitter any more."""
    return [
        f"media {direction} {m['ssrc']}: {key}: expected null, actual {m[key]:.1f}"
        for m in s["media"]
        if m["ssrc"] and m["direction"] == direction
        for key in ("bitrate_kbps", "jitter_ms")
        if m[key] is not None
    ]


def gone_in_time(s, unreachable_at):
    """unreachable_at: when the peer's host first said that nobody is there any more."""
    times = [e["t"] for e in s["timeline"] if e["verdict"] == "failed"]
    if not times:
        return ["timeline: expected an entry of 'failed', actual none"]
    return in_time("failed", times[0] - unreachable_at, GONE_SECONDS)


def ended_in_time(s, last_packet_at):
    times = [e["t"] for e in s["timeline"] if e["state"] == "ended"]
    if not times:
        return ["timeline: expected an entry 'ended', actual none"]
    return in_time("ended", times[-1] - last_packet_at, ENDED_SECONDS)


def in_time(what, seconds, limit):
    return [] if seconds <= limit else [f"{what}: expected within {limit} s, actual {seconds:.1f}"]


def sparse(before, after, seconds):
    """So few packets came as in discontinuous transmission: each 400 ms at most."""
    return [
        f"{name} {room}: expected few packets of {kind}, actual {more} in {seconds} s"
        for (name, room, kind), more in came(before, after).items()
        if more > SPARSE_RATE * seconds
    ]
