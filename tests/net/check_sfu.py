# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares the sessions with an SFU: the browsers' reports with the scenario, and p2pscope's
sessions with both.

As in check.py, every function returns a list of complaints.
"""

import math

import check
from check import differ, show
from check_midcall import named, recovered_in_time, worked
import expect as ex
from lab import topology

HOSTS = {"alice": topology.ALICE, "carol": topology.CAROL}
GONE_SECONDS = 2 + 1  # of an ICMP error; and a little more on a busy machine
ICMP = "ICMP 3/3"  # port unreachable


def label(peer):
    return f"{peer['room']} ({peer['local_ufrag']}+{peer['remote_ufrag']})"


# The browsers


def clients(scenario, reports):
    problems = []
    for host, report in reports.items():
        if "error" in report:
            problems.append(f"{host}: {report['error']}")
        directions = [peer["direction"] for peer in report["peers"]]
        problems += differ(
            f"{host}: connections",
            scenario.sfu.connections(host),
            {direction: directions.count(direction) for direction in set(directions)},
        )
        for peer in report["peers"]:
            problems += [f"{label(peer)}: {p}" for p in client(scenario, peer)]
    return problems


def client(scenario, peer):
    want = scenario.expect
    if peer["connected_at"] is None:
        return ["connected: expected a time, actual null"]
    if want.clients == ex.LOST:
        return differ("still connected at the end", False, peer["final"] in check.CONNECTED)
    problems = differ("still connected at the end", True, peer["final"] in check.CONNECTED)
    if not peer["selected"]:
        return problems + ["no selected pair"]
    remote = peer["selected"]["remote"]
    problems += differ("remote address", topology.SFU, remote["address"])
    problems += differ("protocol", want.transport, remote["protocol"])
    return problems + client_streams(scenario.sfu.streams(peer["direction"]), peer)


def client_streams(expected, peer):
    counts = {}
    for rtp in peer["rtp"]:
        if rtp["packets"]:
            key = rtp["kind"], rtp["direction"]
            counts[key] = counts.get(key, 0) + 1
    return [
        p
        for key in sorted(expected.keys() | counts.keys())
        for p in differ(f"SSRCs of {' '.join(key)}", expected.get(key, 0), counts.get(key, 0))
    ]


# p2pscope


def observer(scenario, sessions, reports, mappings):
    problems = differ("number of sessions", scenario.expect.sessions, len(sessions))
    problems += differ("number of different ids", len(sessions), len({s["id"] for s in sessions}))
    for host, peer, mine in matched(sessions, reports):
        problems += differ(f"{label(peer)}: sessions with the client's ufrags", 1, len(mine))
        for s in mine:
            found = session(scenario, s, peer, mappings) + differ("host", HOSTS[host], s["host"])
            problems += [f"{label(peer)}: {p}" for p in found]
    return problems


def matched(sessions, reports):
    """[(host, the browser's peer, its sessions)], sessions by the pair of ufrags."""
    return [
        (host, peer, [s for s in sessions if set(s["ufrags"] or ()) == ufrags(peer)])
        for host, report in reports.items()
        for peer in report["peers"]
    ]


def ufrags(peer):
    return {peer["local_ufrag"], peer["remote_ufrag"]}


def session(scenario, s, peer, mappings):
    want = scenario.expect
    problems = check.verdict(want, s) + check.mapped(s, mappings)
    problems += check.times(want, s, peer) + check.dtls(s, peer)
    problems += differ("peer", topology.SFU, s["peer"])
    if want.verdict != "succeeded":
        return problems
    return (
        problems
        + check.path(want, s)
        + check.chosen_pair(s, peer, check.outside_moves(scenario))
        + streams(s, peer)
        + strangers(s, peer)
    )


FLOW_STREAMS = 4  # of a direction at a time: include/p2pscope/flow.h


def streams(s, peer):
    """The browser's own packet counts, stream by stream, each with its retransmissions: as such go
    packets that only fill the bandwidth, too, which no other counter of the browser tells apart."""
    seen = {(int(m["ssrc"], 0), m["direction"]): m["packets"] for m in s["media"] if m["ssrc"]}
    problems = []
    for rtp in peer["rtp"]:
        expected = rtp["all_packets"]
        actual = sum(seen.get((rtp[key], rtp["direction"]), 0) for key in ("ssrc", "rtx_ssrc"))
        slack = max(check.RTP_SLACK_PACKETS, check.RTP_SLACK * expected)
        name = f"media {rtp['kind']} {rtp['direction']} 0x{rtp['ssrc']:08x}"
        if expected and (rtp["ssrc"], rtp["direction"]) not in seen:
            if len([d for _, d in seen if d == rtp["direction"]]) >= FLOW_STREAMS:
                continue  # p2pscope counts it as one too many (docs/limits.md)
            problems.append(f"{name}: expected {expected} packets, actual null")
        elif abs(actual - expected) > slack:
            problems.append(f"{name}: expected about {expected} packets, actual {actual}")
    return problems


def strangers(s, peer):
    """Streams that the browser does not know, neither as media nor as retransmissions."""
    known = {(rtp[key], rtp["direction"]) for rtp in peer["rtp"] for key in ("ssrc", "rtx_ssrc")}
    return [
        f"media {m['direction']} {m['ssrc']}: not among the browser's streams"
        for m in s["media"]
        if m["ssrc"] and (int(m["ssrc"], 0), m["direction"]) not in known
    ]


def undisturbed(run, reports):
    """A post-check: nothing was impaired, nothing dropped here."""
    if run.observer:
        sessions = run.observer.sessions()
        run.problems += [
            f"{label(peer)}: {p}"
            for _, peer, mine in matched(sessions, reports)
            for s in mine
            for p in undisturbed_session(s)
        ]


def undisturbed_session(s):
    problems = differ("impaired", None, s["impaired"])
    for m in s["media"]:
        problems += differ(f"{m['direction']} {m['ssrc']}: lost_here", 0, m["lost_here"] or 0)
    return problems


# The SFU dies in mid-call


def gone_in_time(sessions, told, killed_at):
    """Where the SFU's host said that nobody is there any more, the session has failed soon after.
    told: {session: seconds from killed_at until it was told as failed}."""
    problems = []
    for s in sessions:
        said = [
            e["t"] - killed_at for e in s["evidence"] if e["t"] >= killed_at and ICMP in e["what"]
        ]
        if said and told.get(s["id"], math.inf) - said[0] > GONE_SECONDS:
            problems.append(
                f"{s['id']}: expected failed within {GONE_SECONDS} s of the ICMP error at"
                f" {said[0]:.1f} s, actual {show(told.get(s['id']))}"
            )
    return problems


# RTP of one direction, dropped in mid-call


def cut(sessions, reports, direction, rule, cut_at):
    """While RTP of one direction is dropped: sessions with such media are blocked here, the others
    are what they were."""
    problems = []
    for _, peer, mine in matched(sessions, reports):
        concerned = concerns(peer, direction)
        problems += differ(f"{label(peer)}: sessions with the client's ufrags", 1, len(mine))
        for s in mine:
            found = cut_session(s, peer, rule, cut_at) if concerned else spared(s)
            problems += [f"{label(peer)}: {p}" for p in found]
    return problems


def concerns(peer, direction):
    return peer["direction"] in ("sendrecv", {"out": "sendonly", "in": "recvonly"}[direction])


def cut_session(s, peer, rule, cut_at):
    problems = differ("verdict", "blocked", s["verdict"]) + differ("where", "here", s["where"])
    problems += differ("cause", "rule", s["cause"]) + differ("stage", "media", s["stage"])
    return problems + named(rule, s["rule"]) + worked(s, cut_at - peer["connected_at"])


def spared(s):
    return differ("verdict", "succeeded", s["verdict"]) + differ("cause", None, s["cause"])


def recovered(sessions, reports, direction, passing_at):
    """The rule is gone: the sessions say so, in their verdict and, soon enough, in their timeline.
    passing_at: when packets passed again."""
    problems = []
    for _, peer, mine in matched(sessions, reports):
        for s in mine:
            found = spared(s)
            if concerns(peer, direction):
                found += recovered_in_time(s["timeline"], passing_at)
            problems += [f"{label(peer)}: {p}" for p in found]
    return problems


def stopped(before, after):
    """Nothing came to any browser between two reports."""
    return [
        f"{name}: expected no more packets to come in, actual {more}"
        for name, more in came(before, after).items()
        if more
    ]


def flows(before, after):
    """Something came to every browser between two reports."""
    return [
        f"{name}: expected packets to come in, actual none"
        for name, more in came(before, after).items()
        if not more
    ]


def came(before, after):
    """{connection: packets that came in between the two reports}, of those to which any can come"""
    first, last = incoming(before), incoming(after)
    return {name: last[name] - first.get(name, 0) for name in last}


def incoming(reports):
    return {
        peer["room"]: sum(r["packets"] for r in peer["rtp"] if r["direction"] == "in")
        for report in reports.values()
        for peer in report["peers"]
        if peer["direction"] != "sendonly"
    }
