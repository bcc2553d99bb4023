# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares: the clients' reports with what the scenario's rules must lead to, and p2pscope's
sessions with both.
What p2pscope says of NATs and mappings is compared in check_nat.py.

Every function returns a list of complaints, one line each, with what was expected and what came.
"""

import expect as ex
from lab import topology

CONNECTED = ("connected", "completed")
OTHER = {"alice": "bob", "bob": "alice"}
# Counters of the two sides are read at different moments, up to the hang-up.
RTP_SLACK_PACKETS, RTP_SLACK = 40, 0.05


def differ(what, expected, actual):
    return (
        [] if expected == actual else [f"{what}: expected {show(expected)}, actual {show(actual)}"]
    )


def differ_one_of(what, allowed, actual):
    return (
        []
        if actual in allowed
        else [f"{what}: expected {' or '.join(show(a) for a in allowed)}, actual {show(actual)}"]
    )


def show(value):
    return "null" if value is None else str(value)


# The clients themselves


def clients(scenario, reports):
    want = scenario.expect
    if want.clients == ex.NO_CLIENTS:
        return []
    problems = []
    for name, report in reports.items():
        theirs = () if name in want.deaf else getattr(scenario, OTHER[name]).media
        if report["stack"] == "absent":
            continue
        if "error" in report:
            problems.append(f"{name}: {report['error']}")
        problems += differ(f"{name}: peer connections", want.sessions, len(report["peers"]))
        for peer in report["peers"]:
            problems += [
                f"{name} {peer['room']}: {p}"
                for p in client_outcome(want, peer, getattr(scenario, name).media, theirs)
            ]
    if want.clients == ex.RELAYED and not problems:
        problems += relay_protocol(want, reports["alice"])
    return problems


def client_outcome(want, peer, media, theirs):
    ice, connected = peer["ice_connected_at"] is not None, peer["connected_at"] is not None
    problems = differ("ICE connected", want.clients != ex.NO_ICE, ice)
    problems += differ("connected", want.clients not in (ex.NO_ICE, ex.NO_DTLS), connected)
    if problems or want.clients in (ex.NO_ICE, ex.NO_DTLS):
        return problems
    if want.clients == ex.LOST:
        return differ("still connected at the end", False, peer["final"] in CONNECTED)
    pair = peer["selected"]
    if not pair:
        return ["no selected pair"]
    relayed = "relay" in (pair["local"]["type"], pair["remote"]["type"])
    problems += differ("relayed", want.clients == ex.RELAYED, relayed)
    return problems + client_media(peer, media, theirs)


def client_media(peer, media, theirs):
    """What it sends itself, what comes from the other side."""
    problems = []
    for kind in ("audio", "video"):
        for direction in ("in", "out"):
            packets = sum(
                s["packets"]
                for s in peer["rtp"]
                if (s["kind"], s["direction"]) == (kind, direction)
            )
            problems += differ(
                f"{kind} {direction}",
                kind in (media if direction == "out" else theirs),
                packets > 0,
            )
    for way in ("data_sent", "data_received"):
        problems += differ(way, "data" in media, peer[way] > 0)
    return problems


def relay_protocol(want, report):
    """Over TCP only alice's own relay can be reached so; over UDP either end's will do."""
    problems = []
    for peer in report["peers"]:
        local = peer["selected"]["local"]
        if want.transport == "tcp":
            problems += differ("alice's selected local candidate", "relay", local["type"])
        if local["type"] == "relay" and local["relay_protocol"]:
            problems += differ("alice's relay protocol", want.transport, local["relay_protocol"])
    return problems


# p2pscope


def observer(scenario, sessions, reports, mappings):
    want = scenario.expect
    problems = differ("number of sessions", want.sessions, len(sessions))
    problems += differ("number of different ids", len(sessions), len({s["id"] for s in sessions}))
    if want.verdict and (want.clients == ex.NO_CLIENTS or want.stages == ("gathering",)):
        return problems + [p for s in sessions for p in unnamed(want, s)]
    if want.clients == ex.NO_CLIENTS:
        return problems + [
            f"a session where there is none: {s['id']} {s['verdict']} {show(s['cause'])}"
            for s in sessions
        ]
    for peer in reports["alice"]["peers"]:
        ufrags = {peer["local_ufrag"], peer["remote_ufrag"]}
        mine = [s for s in sessions if set(s["ufrags"] or ()) == ufrags]
        label = f"{peer['room']} ({'+'.join(sorted(ufrags))})"
        if len(mine) != 1:
            others = ", ".join("+".join(s["ufrags"] or ["null"]) for s in sessions) or "none"
            problems.append(
                f"{label}: expected one session with the client's ufrags, actual {len(mine)} (there"
                f" are: {others})"
            )
        problems += [
            f"{label}: {p}"
            for s in mine
            for p in session(scenario, s, peer, far_end(reports, peer), mappings)
        ]
    return problems


def unnamed(want, s):
    """A gathering has no ufrags: no check was sent."""
    return verdict(want, s) + differ("ufrags", None, s["ufrags"])


def without(sessions, reports):
    """The sessions that are not those of these reports."""
    others = [
        {p["local_ufrag"], p["remote_ufrag"]}
        for report in reports.values()
        for p in report["peers"]
    ]
    return [s for s in sessions if set(s["ufrags"] or ()) not in others]


def far_end(reports, peer):
    """Bob's own report of the same connection; none from an absent peer."""
    return next((p for p in reports["bob"]["peers"] if p["room"] == peer["room"]), {"rtp": []})


def session(scenario, s, peer, far, mappings):
    want = scenario.expect
    problems = verdict(want, s) + addresses(scenario, s, peer) + mapped(s, mappings)
    if want.verdict == "succeeded":
        problems += (
            path(want, s)
            + chosen_pair(s, peer, outside_moves(scenario))
            + streams(want, s, peer, far)
        )
    return problems + times(want, s, peer) + dtls(s, peer)


def verdict(want, s):
    problems = differ("verdict", want.verdict, s["verdict"])
    problems += differ("where", want.where, s["where"])
    problems += differ("cause", want.cause, s["cause"])
    if want.stages:
        problems += differ_one_of("stage", want.stages, s["stage"])
    problems += differ("degraded", want.degraded, s["degraded"] and s["degraded"]["cause"])
    if not s["evidence"]:
        problems.append("evidence: expected some for the verdict, actual none")
    return problems + (reopened(s) if want.verdict == "succeeded" else [])


def reopened(s):
    """Of a session that works no other verdict was ever told and taken back."""
    return [
        "timeline: expected no entry 'reopened', actual one"
        for entry in s["timeline"]
        if entry["state"] == "reopened"
    ]


def path(want, s):
    problems = []
    for key in ("relayed", "transport", "family"):
        problems += differ(f"path.{key}", getattr(want, key), s["path"][key])
    return problems


def addresses(scenario, s, peer):
    want, pair = scenario.expect, peer["selected"]
    problems = differ(
        "host", topology.ALICE6 if want.family == "ipv6" else scenario.net.alice, s["host"]
    )
    # A browser keeps the address of a peer-reflexive candidate to itself.
    if want.clients == ex.DIRECT and pair and pair["remote"]["address"]:
        problems += differ("peer", pair["remote"]["address"], s["peer"])
    return problems


def mapped(s, mappings):
    """Every mapping named must be one that gateway A's conntrack made."""
    made = {(inside, outside) for _, inside, outside, _ in mappings if inside != outside}
    return [
        f"pair {p['local']} -> {p['remote']}: conntrack never mapped it to {p['mapped']}"
        for p in s["pairs"]
        if p["mapped"] and p["mapped"] != p["local"] and (p["local"], p["mapped"]) not in made
    ]


def outside_moves(scenario):
    """What a STUN server says the client is seen as is not what gateway A makes of its checks."""
    return bool(scenario.net.upstream) or scenario.net.moves or scenario.nat[0] == "random"


def chosen_pair(s, peer, moves):
    nominated = [p for p in s["pairs"] if p["nominated"]]
    if not nominated:
        return ["pairs: expected a nominated one, actual none"]
    complaints = [pair_differs(p, peer["selected"], moves) for p in nominated]
    return [] if [] in complaints else complaints[-1]


def pair_differs(p, selected, moves):
    local, remote = endpoint(selected["local"]), endpoint(selected["remote"])
    problems = (
        differ("nominated pair's remote", remote, p["remote"])
        if selected["remote"]["address"]
        else []
    )
    # A browser says how its own end looks from where the check was answered, pion and aiortc may
    # name the socket itself.
    seen_as = {"relay": "relay", "host": "local"}.get(selected["local"]["type"], "mapped")
    if seen_as == "mapped" and moves:
        return problems  # mapped() holds it against conntrack
    return problems + differ(f"nominated pair's {seen_as}", local, p[seen_as])


def endpoint(c):
    return f"[{c['address']}]:{c['port']}" if ":" in c["address"] else f"{c['address']}:{c['port']}"


def streams(want, s, peer, far):
    """The client's own packet counts, stream by stream. What bob sent after alice hung up still
    came to gateway A."""
    seen = {(int(m["ssrc"], 0), m["direction"]): m["packets"] for m in s["media"] if m["ssrc"]}
    problems = []
    for rtp in peer["rtp"]:
        most, least = rtp["packets"], int(rtp["packets"] * want.share_seen)
        most = max(
            [most]
            + [
                f["packets"]
                for f in far["rtp"]
                if f["ssrc"] == rtp["ssrc"] and rtp["direction"] == "in"
            ]
        )
        actual = seen.get((rtp["ssrc"], rtp["direction"]))
        label = f"media {rtp['kind']} {rtp['direction']} 0x{rtp['ssrc']:08x}"
        slack = max(RTP_SLACK_PACKETS, RTP_SLACK * most)
        if least and (actual is None or not least - slack <= actual <= most + slack):
            problems.append(
                f"{label}: expected about {least} to {most} packets, actual {show(actual)}"
            )
    return problems


def times(want, s, peer):
    moment, mine = s["times"]["connected"], peer["ice_connected_at"]
    if want.clients == ex.NO_ICE:
        return differ("times.connected", None, moment)
    if moment is None:
        return ["times.connected: expected a time, actual null"]
    problems = []
    if want.connected_within is not None and abs(moment - mine) > want.connected_within:
        problems.append(
            f"times.connected: expected within {want.connected_within * 1000:.0f} ms of the"
            f" client's own {mine:.3f}, actual {moment:.3f} ({(moment - mine) * 1000:+.0f} ms)"
        )
    if s["time_to_connect_ms"] is None:
        problems.append("time_to_connect_ms: expected a number, actual null")
    return problems


def dtls(s, peer):
    version = peer["dtls"]["version"]
    return differ("dtls.version", version, s["dtls"]["version"]) if version else []


def connect_difference_ms(sessions, reports):
    """For the record: how far times.connected is from the clients' own moment, the largest of
    all."""
    by_ufrags = {frozenset(s["ufrags"] or ()): s["times"]["connected"] for s in sessions}
    gaps = []
    for peer in reports.get("alice", {}).get("peers", []):
        seen, mine = (
            by_ufrags.get(frozenset((peer["local_ufrag"], peer["remote_ufrag"]))),
            peer["ice_connected_at"],
        )
        if seen is not None and mine is not None:
            gaps.append((seen - mine) * 1000)
    return max(gaps, key=abs) if gaps else None
