# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Both sides of a gateway: the one session's verdict and cause, and the mappings that its client
was told of."""

import re

from replay import find, replay

# What the lab's own word for a run means in p2pscope's.
MEANINGS = {
    "hole-punching": {"verdict": "succeeded", "relayed": False},
    "relayed-udp": {"verdict": "succeeded", "relayed": True, "transport": "udp"},
    "udp-blocked-relayed-over-tcp": {
        "verdict": "succeeded",
        "relayed": True,
        "transport": "tcp",
        "degraded": "drop",
    },
    "ipv6-direct": {"verdict": "succeeded", "relayed": False, "family": "ipv6"},
    "datachannel-only": {"verdict": "succeeded", "relayed": False},
    "symmetric-nat-no-relay": {"verdict": "failed", "cause": "nat-incompatible"},
    "udp-blocked": {"verdict": "blocked", "where": "here", "cause": "drop"},
    "dtls-dropped": {"verdict": "blocked", "where": "here", "cause": "drop"},
    "low-mtu-blackhole": {"verdict": "blocked", "where": "upstream", "cause": "mtu"},
    "turn-401": {"verdict": "failed", "cause": "turn-auth"},
    "turn-486": {"verdict": "failed", "cause": "turn-quota"},
    "remote-unreachable": {"verdict": "failed", "cause": "no-answer"},
    "consent-expired": {"verdict": "failed", "cause": "consent-lost"},
}

SRFLX = re.compile(r" (?P<address>[0-9a-f.:]+) (?P<port>\d+) typ srflx ")


def captures(directory):
    return find(directory, ["-lan.pcap", "-wan.pcap"])


def expected(truth):
    """In p2pscope's words: those of the project's own captures are that already."""
    want = truth["expected"]
    return MEANINGS.get(want["cause"]) if "outcome" in want else want


def said(session):
    return {
        **{key: session[key] for key in ("verdict", "where", "cause")},
        **session["path"],
        "degraded": session["degraded"] and session["degraded"]["cause"],
    }


def wrong_mappings(truth, mappings):
    """A STUN server told the client where its packets come from: that is a mapping's outside."""
    outsides = {m["outside"] for m in mappings}
    for line in truth["clients"]["alice"]["candidates"]["local"] or []:
        match = SRFLX.search(line)
        if match and "{address}:{port}".format(**match.groupdict()) not in outsides:
            yield f"no mapping to {match['address']}:{match['port']}"


def compare(capture, p2pscope):
    """What is wrong, in words."""
    want = expected(capture.truth)
    if want is None:
        return [f"the lab's word {capture.truth['expected']['cause']} has no meaning here yet"]
    lan, wan = capture.files
    try:
        answer = replay(p2pscope, ["--lan", lan, "--wan", wan])
    except RuntimeError as error:
        return [str(error)]
    if len(answer["sessions"]) != 1:
        return [f"{len(answer['sessions'])} sessions, not 1"]
    got = said(answer["sessions"][0])
    wrong = [
        f"{key} is {got[key]}, not {value}" for key, value in want.items() if got[key] != value
    ]
    return wrong + list(wrong_mappings(capture.truth, answer["mappings"]))
