# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares what the audit says of a ruleset with the textbook, with what real clients found, and
with the ruleset itself.

As in check.py, every function returns a list of complaints.
"""

from check import differ
from check_blocks import KEYS, in_short as rule_in_short, same_ruleset
from lab.ruleset import steady

OPTIONAL = ("checks-in",)  # a NAT may keep these out, and needs no rule for it


def has_media(report):
    """Sound or pictures came from the other side and were sent there, in each call."""
    return (
        "error" not in report
        and bool(report["peers"])
        and all(
            sum(s["packets"] for s in peer["rtp"] if s["direction"] == way)
            for peer in report["peers"]
            for way in ("in", "out")
        )
    )


def ipv4(answer):
    return next(way for way in answer["ways"] if way["family"] == "ipv4")


def works(answer):
    return {way for way, yes in ipv4(answer)["media"].items() if yes}


def all_ways(want, running, file, found):
    clients = {way for way, yes in found.items() if yes}
    return [
        p
        for what, ways in (
            ("the running ruleset's audit", works(running)),
            ("the file's audit", works(file)),
            ("real clients", clients),
        )
        for p in differ(f"media paths, by {what}", sorted(want), sorted(ways))
    ]


def status(status, answer):
    blocked = [
        n["need"]
        for way in answer["ways"]
        for n in way["needs"]
        if n["result"] == "blocked" and n["need"] not in OPTIONAL
    ]
    return differ("exit status", 1 if blocked else 0, status)


def unchanged(before, after):
    return same_ruleset(before, after)


def blocked(answer):
    """{need: rule or None} of what is blocked over IPv4."""
    return {n["need"]: n["rule"] for n in ipv4(answer)["needs"] if n["result"] == "blocked"}


def rules(running, file, listed):
    """The rules named are the gateway's own; the file's audit names the same; unknown is
    nothing."""
    problems = [
        f"{n['need']}: unknown: {n['why']}"
        for answer in (running, file)
        for n in ipv4(answer)["needs"]
        if n["result"] == "unknown"
    ]
    ours, theirs = blocked(running), blocked(file)
    problems += differ("tests that are blocked, by the file's audit", sorted(ours), sorted(theirs))
    for need, rule in ours.items():
        where = [] if rule is None and need in OPTIONAL else place(rule, listed)
        problems += [f"{need}: {p}" for p in where + same_text(rule, theirs.get(need))]
    return problems


def place(rule, listed):
    if rule is None:
        return ["blocked by no rule"]
    there = [r for r in listed if all(r[key] == rule[key] for key in KEYS)]
    return [] if there else [f"there is no rule {rule_in_short(rule)}"]


def same_text(one, other):
    """A rule of iptables is shown in the words of whoever lists it: nft the running one's, the file
    its own."""
    if not one or not other or other["text"].startswith("-A "):
        return []
    return differ("its text by the file's audit", steady(one["text"]), steady(other["text"]))


def in_short(answer, found):
    ways = ", ".join(way for way, yes in found.items() if yes) or "nothing"
    named = sorted(
        {rule_in_short(rule) if rule else "no rule" for rule in blocked(answer).values()}
    )
    return (
        f"works: {ways}; blocked: {', '.join(sorted(blocked(answer))) or 'nothing'}; by:"
        f" {' | '.join(named) or 'nobody'}"
    )
