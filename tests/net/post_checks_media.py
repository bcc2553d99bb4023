# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks after the call: does p2pscope report the same loss and jitter as the receiver?"""

import check

# The receiver's counters are read before the hang-up, p2pscope's after it; jitter is an average
# over the last few packets.
LOST_SLACK, LOST_SHARE, JITTER_SLACK_MS = 6, 0.1, 6
CLOCKS = {"audio": 48000, "video": 90000}


def compare_with_receiver(run, reports):
    """Alice's way in is bad, her way out is good."""
    if not run.observer:
        return
    sessions = run.observer.sessions()
    for peer in reports["alice"]["peers"]:
        run.problems += compare(sessions, peer["rtp"])
        run.notes += [
            in_short(m, r) for m, r in pairs(sessions, peer["rtp"]) if m and r["direction"] == "in"
        ]


def pairs(sessions, rtp):
    """Pairs each stream of the client's report with what p2pscope reports of it."""
    reported = {
        (int(m["ssrc"], 0), m["direction"]): m for s in sessions for m in s["media"] if m["ssrc"]
    }
    return [(reported.get((r["ssrc"], r["direction"])), r) for r in rtp]


def compare(sessions, rtp):
    """Complaints. Retransmissions, which have streams of their own, are none of these."""
    problems = []
    for m, r in pairs(sessions, rtp):
        label = f"media {r['kind']} {r['direction']} 0x{r['ssrc']:08x}"
        if not m:
            problems.append(f"{label}: expected to be there, actual null")
            continue
        problems += [
            f"{label}: {p}" for p in check.differ("clock_rate", CLOCKS[r["kind"]], m["clock_rate"])
        ]
        problems += [
            f"{label}: {p}" for p in (received(m, r) if r["direction"] == "in" else sent(m))
        ]
    return problems


def received(m, r):
    problems = near("lost", m["lost"], r["lost"], LOST_SLACK + LOST_SHARE * r["lost"])
    if r["kind"] == "audio":  # of video the client leaves out the packets that belong to one frame
        problems += near("jitter_ms", m["jitter_ms"], r["jitter_ms"], JITTER_SLACK_MS)
    return problems + ([] if r["lost"] else ["lost: expected the link to lose some, actual 0"])


def sent(m):
    return check.differ("lost", 0, m["lost"])


def near(what, actual, expected, slack):
    if actual is not None and abs(actual - expected) <= slack:
        return []
    return [
        f"{what}: expected about {expected:.1f} as the receiver says, actual {check.show(actual)}"
    ]


def in_short(m, r):
    jitter = "null" if m["jitter_ms"] is None else f"{m['jitter_ms']:.1f}"
    return f"{r['kind']} lost {m['lost']} / {r['lost']}, jitter {jitter} / {r['jitter_ms']:.1f} ms"
