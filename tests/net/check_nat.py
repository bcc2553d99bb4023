# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares what p2pscope says of NATs and mappings with the active measurement, with conntrack and
with the wire.

As in check.py, every function returns a list of complaints.
"""

from check import differ, differ_one_of, show

BEHAVIOURS = (
    "undetermined",
    "endpoint-independent",
    "address-dependent",
    "address-and-port-dependent",
    "yes",
    "no",
    "paired",
    "arbitrary",
)
THREE = BEHAVIOURS[:4]
TRAITS = {
    "translates": ("undetermined", "yes", "no"),
    "mapping": THREE,
    "filtering": THREE,
    "port_preservation": ("undetermined", "yes", "no"),
    "parity": ("undetermined", "yes", "no"),
    "pooling": ("undetermined", "paired", "arbitrary"),
    "hairpinning": ("undetermined", "yes", "no"),
}
UPSTREAMS = ("undetermined", "none", "nat", "double-nat", "carrier-grade")
KINDS = ("dynamic", "forward", "hairpin")
ENDS = (None, "idle", "timeout", "early-drop", "deleted", "turn-close", "tcp-close")
UNDETERMINED = "undetermined"
ENDED_SLACK = 2.0


# Behaviour


def measured(want, active):
    """The active measurement with the textbook: is the lab's NAT what it is meant to be?"""
    problems = differ("active: behind a NAT", True, active["nat"])
    for what in ("mapping", "filtering", "hairpinning"):
        problems += differ(f"active: {what}", getattr(want, what), active[what])
    return problems


def host_of(answer, address):
    return next((h for h in answer["hosts"] if h["host"] == address), None)


def behaviour(want, answer, address, active):
    """p2pscope's word on one host with the active measurement from that host: the same, or
    undetermined."""
    host = host_of(answer, address)
    if not host:
        return [
            f"hosts: expected {address} among them, actual"
            f" {', '.join(h['host'] for h in answer['hosts']) or 'none'}"
        ]
    reported = reported_of(host)
    problems = shape(host) + differ("upstream_kind", want.upstream, host["upstream_kind"])
    for what in reported:
        problems += differ_one_of(
            f"{what} of {address}", (active[what], UNDETERMINED), reported[what]
        )
        if what in want.must and reported[what] == UNDETERMINED:
            problems.append(f"{what} of {address}: expected {active[what]}, actual undetermined")
    return problems + excluded(want, host, active)


def reported_of(host):
    """What compares with a measurement from that host: the whole way, but this gateway's own
    hairpinning."""
    return {**host["path"], "hairpinning": host["gateway"]["hairpinning"]["behaviour"]}


def excluded(want, host, active):
    """What it is cannot be among what it is not; nor, with one NAT only, can it be so of that
    NAT."""
    if want.upstream != "none":
        return []
    return [
        f"gateway.{what}.excluded: {active[what]} is what was measured"
        for what in ("mapping", "filtering", "hairpinning")
        if active[what] in host["gateway"][what]["excluded"]
    ]


def shape(host):
    """Every trait has a word of its own list, and none without a sample."""
    problems = differ_one_of("upstream_kind", UPSTREAMS, host["upstream_kind"])
    if not host["meaning"]:
        problems.append("meaning: expected a sentence, actual none")
    for box in ("gateway", "upstream"):
        for trait, words in TRAITS.items():
            t = host[box][trait]
            problems += differ_one_of(f"{box}.{trait}", words, t["behaviour"])
            problems += [
                f"{box}.{trait}.excluded: {e} is no word"
                for e in t["excluded"]
                if e not in BEHAVIOURS
            ]
            if t["behaviour"] != UNDETERMINED and not t["samples"]:
                problems.append(f"{box}.{trait}: {t['behaviour']} without a sample")
            if t["contrary"] > t["samples"]:
                problems.append(
                    f"{box}.{trait}: {t['contrary']} of {t['samples']} samples are contrary"
                )
    return problems


def in_short(answer, address, active):
    """For the result line: p2pscope's word / the measured one."""
    host = host_of(answer, address) if answer else None
    reported = reported_of(host) if host else {}
    words = [
        f"{what} {reported[what] + ' / ' if reported else ''}{active[what]}"
        for what in ("mapping", "filtering", "hairpinning")
    ]
    return ", ".join(words + ([f"upstream {host['upstream_kind']}"] if host else []))


# Mappings


def shaped(mappings):
    problems = []
    for m in mappings:
        label = f"mapping {m['inside']}"
        problems += differ_one_of(f"{label}: kind", KINDS, m["kind"]) + differ_one_of(
            f"{label}: ended_by", ENDS, m["ended_by"]
        )
        problems += differ(
            f"{label}: ended and ended_by both or neither",
            m["ended"] is None,
            m["ended_by"] is None,
        )
        if m["conflict"]:
            problems.append(f"{label}: in conflict, {m['outside']} and {m['conflict']}")
    return problems


def address_of(endpoint):
    return endpoint.rsplit(":", 1)[0].strip("[]")


def of_host(mappings, address, proto="udp"):
    """The host's mappings that translate."""
    return [
        m
        for m in mappings
        if m["proto"] == proto
        and address_of(m["inside"]) == address
        and m["outside"] != m["inside"]
    ]


def sides(mappings):
    return {(m["inside"], m["outside"]) for m in mappings}


def sets_differ(what, expected, actual, least=1):
    """Both sets, named element by element; an empty truth proves nothing."""
    problems = (
        []
        if len(expected) >= least
        else [f"{what}: expected at least {least} in the truth, actual {len(expected)}"]
    )
    problems += [f"{what}: {show_all(e)} is not there" for e in sorted(expected - actual)[:5]]
    return problems + [f"{what}: {show_all(e)} is too much" for e in sorted(actual - expected)[:5]]


def show_all(what):
    return " ".join(what) if isinstance(what, tuple) else what


def same_sides(truth, mappings):
    """conntrack's [(proto, inside, outside, remote)] and the mappings name the same pairs of inside
    and outside."""
    return sets_differ("mappings", {(t[1], t[2]) for t in truth if t[1] != t[2]}, sides(mappings))


def remotes_known(truth, mappings):
    """No remote that conntrack has never seen with this mapping."""
    seen = {t[1:] for t in truth}
    return [
        f"mapping {m['inside']}: {remote} was never its remote"
        for m in mappings
        for remote in m["remotes"]
        if (m["inside"], m["outside"], remote) not in seen
    ]


def only_from(mappings, *sources):
    return [
        p
        for m in mappings
        for p in differ(f"mapping {m['inside']}: sources", list(sources), m["sources"])
    ]


def living(before, mappings, after):
    """The living mappings' endpoints and remotes with two readings of conntrack around the answer:
    what both readings
    have must be there, what neither has must not."""
    reported = {
        ("udp", m["inside"], m["outside"], remote)
        for m in mappings
        if m["ended"] is None
        for remote in m["remotes"]
    }
    sure, possible = before & after, before | after
    problems = [] if sure else ["conntrack: expected living entries, actual none"]
    problems += [
        f"living mappings: {show_all(e)} is not there" for e in sorted(sure - reported)[:5]
    ]
    return problems + [
        f"living mappings: {show_all(e)} is too much" for e in sorted(reported - possible)[:5]
    ]


def ended(ends, mappings, word):
    """Each mapping ended, by this, when the last of its entries left conntrack."""
    problems = [] if mappings else ["mappings: expected some that ended, actual none"]
    for m in mappings:
        label = f"mapping {m['inside']} - {m['outside']}"
        left = [t for entry, t in ends.items() if entry[1:3] == (m["inside"], m["outside"])]
        problems += differ(f"{label}: ended_by", word, m["ended_by"])
        if not left:
            problems.append(f"{label}: conntrack never had it end")
        elif m["ended"] is None or abs(m["ended"] - max(left)) > ENDED_SLACK:
            problems.append(
                f"{label}: expected its end within {ENDED_SLACK:.0f} s of {max(left):.3f}, actual"
                f" {show(m['ended'])}"
            )
    return problems


def some_of_kind(mappings, kind):
    kinds = [m["kind"] for m in mappings]
    return (
        []
        if kind in kinds
        else [f"mappings: expected a {kind} one, actual {', '.join(kinds) or 'none'}"]
    )


def crowded_out(gone, left, mappings):
    """Who was pushed out of conntrack, and who stayed."""

    def ended_by(pair):
        return next(
            (m["ended_by"] for m in mappings if (m["inside"], m["outside"]) == pair), "not there"
        )

    problems = [] if gone else ["conntrack: expected entries to be pushed out, actual none"]
    problems += [
        p
        for pair in sorted(gone)
        for p in differ(f"mapping {show_all(pair)}: ended_by", "early-drop", ended_by(pair))
    ]
    return problems + [
        p
        for pair in sorted(left)
        for p in differ(f"mapping {show_all(pair)}: ended_by", None, ended_by(pair))
    ]


def survived(lived, mappings, most):
    """These mappings live, and a flood has not made the list endless."""
    lives = sides(m for m in mappings if m["ended"] is None)
    problems = [] if lived else ["mappings of a session: expected some, actual none"]
    problems += [
        f"mapping {inside} - {outside}: does not live any more"
        for inside, outside in sorted(lived - lives)
    ]
    return problems + (
        [f"mappings: expected less than {most}, actual {len(mappings)}"]
        if len(mappings) >= most
        else []
    )


def more_than_none(observer, series):
    value = observer.counter(series)
    return [] if value else [f"{series}: expected a number above 0, actual {show(value)}"]


def one(mappings, **want):
    """There is one mapping with these endpoints, and its other fields are as given."""
    there = [
        m for m in mappings if (m["inside"], m["outside"]) == (want["inside"], want["outside"])
    ]
    if len(there) != 1:
        others = ", ".join(f"{m['inside']} - {m['outside']}" for m in mappings[:10]) or "none"
        return [
            f"mapping {want['inside']} - {want['outside']}: expected one, actual"
            f" {len(there)} (there are: {others})"
        ]
    return [
        p
        for key, value in want.items()
        for p in differ(f"mapping {want['inside']}: {key}", value, there[0][key])
    ]
