# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A capture of one point: classes, sessions by outcome, ufrags."""

from collections import Counter

from replay import find, replay, unaccounted

# carrier as replay names it, and in the truth
CARRIERS = {
    "udp": "udp_classes",
    "udp_relayed": "udp_inner_turn",
    "tcp": "tcp_messages",
    "tcp_relayed": "tcp_inner_turn",
}


def captures(directory):
    return find(directory, [".pcap"])


def true_classes(truth, carrier, got):
    """What the truth only suspects may be `other` as well; `stun-oddlen` is counted among `stun`
    already."""
    all_of_them = truth["ref"][CARRIERS[carrier]]
    counts = Counter({name: n for name, n in all_of_them.items() if not name.startswith("stun-")})
    for name in [name for name in counts if name.endswith("-unconfirmed")]:
        packets, sure = counts.pop(name), name.removesuffix("-unconfirmed")
        counts[sure if got[sure] == counts[sure] + packets else "other"] += packets
    return +counts


def our_classes(answer, carrier):
    counts = Counter({name: n for name, n in answer["classes"][carrier].items() if n})
    if carrier == "tcp":
        del counts["other"]  # segments, of which the truth tells nothing
    return counts


def outcome(session):
    """A verdict in the truth's words."""
    if session["verdict"] == "succeeded":
        return "succeeded_relay" if session["path"]["relayed"] else "succeeded_direct"
    return "failed" if session["verdict"] in ("failed", "blocked") else "incomplete"


def names(pairs):
    return {frozenset(pair) for pair in pairs}


def wrong_outcomes(want, got):
    if got != want:
        yield f"outcomes {dict(got)}, not {dict(want)}"


def wrong_sessions(capture, sessions, matrix):
    truth = capture.truth
    want = Counter(
        {name: n for name, n in truth["judgement"]["outcomes"].items() if name != "none"}
    )
    got = Counter(map(outcome, sessions))
    matrix.add(want, got, truth["judgement"]["outcomes"].get("none", 0 if want else 1))
    yield from wrong_outcomes(want, got)
    true_names = names(
        name.split(":") for pair in truth["ref"].get("ice_pairs", []) for name in pair["usernames"]
    )
    our_names = names(s["ufrags"] for s in sessions if s["ufrags"])
    if true_names != our_names:
        yield f"ufrags {our_names ^ true_names} in one of both only"
    for session in sessions:
        if not session["evidence"]:
            yield f"session {session['id']} is {session['verdict']} without evidence"


def compare(capture, p2pscope, scores, matrix):
    """What is wrong, in words."""
    try:
        answer = replay(p2pscope, capture.files)
    except RuntimeError as error:
        return [str(error)]
    wrong = list(unaccounted(answer))
    for carrier in CARRIERS:
        got = our_classes(answer, carrier)
        want = true_classes(capture.truth, carrier, got)
        scores.add(want, got)
        if want != got:
            wrong.append(f"{carrier} classes {dict(got)}, not {dict(want)}")
    return wrong + list(wrong_sessions(capture, answer["sessions"], matrix))
