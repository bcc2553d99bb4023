# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Small captures, each of one kind of fault, with what must be said of it; and the same traffic
captured otherwise, of which the same must be said (vary.py)."""

import json
import os
import subprocess
import tempfile

import vary
import vary_turn
from replay import Capture, find, replay, unaccounted

STAGES = ("gathering", "checking", "connected", "nominated", "secured", "media", "ended")

TUNNELS = {"vxlan", "vxlan-8472", "erspan2", "erspan3", "tzsp"}

# Variants that a case has not, and why.
WITHOUT = {
    # an allocation without checks is told as gathering
    "dtls_vpn_told_as_session": {"turn"},
    "neg_dtls_without_srtp": {"turn"},
    # DTLS alone begins no session inside a tunnel
    "one_clienthello_captured_twice": TUNNELS,
    "turn_two_one_way_legs": TUNNELS,
}

VARIANTS = vary.VARIANTS | {"turn": lambda frames: vary.pcap(vary_turn.relayed(frames))}


def captures(directory):
    """Those of one point and of both sides."""
    yield from find(directory, [".pcap"])
    yield from find(directory, ["-lan.pcap", "-wan.pcap"])


def furthest(sessions):
    """The session that came furthest; one with the names of ICE before others."""
    return max(sessions, key=lambda s: (bool(s["ufrags"]), STAGES.index(s["stage"])), default={})


def said(sessions):
    best = furthest(sessions)
    return {
        "sessions": len(sessions),
        **{key: best.get(key) for key in ("verdict", "where", "cause", "stage", "confidence")},
        "degraded": (best.get("degraded") or {}).get("cause"),
        **{key: (best.get("path") or {}).get(key) for key in ("relayed", "transport", "family")},
    }


def wrong_values(truth, got):
    for key, value in got.items():
        want = truth.get(key, value)
        if value not in (want if isinstance(want, list) else [want]):
            yield f"{key} {value}, not {want}"


def wrong_classes(truth, classes):
    for carrier, counts in truth.get("classes", {}).items():
        for name, want in counts.items():
            if classes[carrier][name] != want:
                yield f"{carrier} {name}: {classes[carrier][name]} packets, not {want}"


def holds(expression, document):
    done = subprocess.run(
        ["jq", "-e", expression],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        check=False,
    )
    return not done.returncode


def wrong_text(truth, p2pscope, files):
    words = truth.get("text_without")
    if words:
        command = [p2pscope, "replay", *arguments(files)]
        if words in subprocess.run(command, capture_output=True, text=True, check=True).stdout:
            yield f"the text says '{words}'"


def arguments(files):
    return files if len(files) == 1 else ["--lan", files[0], "--wan", files[1]]


def faults(capture, p2pscope):
    document = replay(p2pscope, arguments(capture.files))
    yield from wrong_values(capture.truth, said(document["sessions"]))
    tunnelled = any(c["tunnelled"] for c in document["captures"])
    yield from wrong_classes(capture.truth, document["tunnelled" if tunnelled else "classes"])
    yield from unaccounted(document)
    if "jq" in capture.truth and not holds(capture.truth["jq"], document):
        yield f"not so: {capture.truth['jq']}"
    yield from wrong_text(capture.truth, p2pscope, capture.files)


def varied(capture, name, directory):
    """The case as variant `name`, its captures written into the directory."""
    files = [os.path.join(directory, os.path.basename(path)) for path in capture.files]
    for source, path in zip(capture.files, files):
        with open(path, "wb") as file:
            file.write(VARIANTS[name](vary.read(source)))
    text = json.dumps(capture.truth)
    if name == "ipv6":
        text = vary.text6(text).replace('"ipv4"', '"ipv6"')
    truth = json.loads(text)
    if name in ("turn", "twice"):
        truth.pop("classes", None)
    if name == "turn":
        truth.pop("relayed", None)
    return Capture(capture.name, files, truth)


def variants(capture, p2pscope):
    """Yields the name and the faults of each variant that the case has."""
    for name in VARIANTS.keys() - WITHOUT.get(capture.name, set()):
        with tempfile.TemporaryDirectory() as directory:
            try:
                variant = varied(capture, name, directory)
            except vary.Unfit:
                continue
            yield name, list(faults(variant, p2pscope))


def compare(capture, p2pscope, tally):
    """Returns what is wrong with a case and its variants."""
    wrong = list(faults(capture, p2pscope))
    varied_ones = dict(variants(capture, p2pscope))
    tally.add(capture.truth, wrong, varied_ones.values())
    return wrong + [f"{name}: {fault}" for name, list_ in varied_ones.items() for fault in list_]
