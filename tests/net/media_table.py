# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A measurement, no test: what p2pscope reports of the media of ten bad calls, beside what the
gateway's own counters and the clients' getStats say."""

from dataclasses import dataclass
import re
import time

from lab import bad_link, nat, ruleset
from lab.core import Lab
from lab.observer import Observer
from scenario import STUN, both

HOLD_SECONDS = 15
SETTLE_SECONDS = 3
LIMITED = "more than this is too much"
LIMIT = f'{nat.RTP} limit rate over 50/second counter drop comment "{LIMITED}"'
TBF = "tbf rate 100kbit burst 2kb latency 30ms"
IN, OUT = 'iifname "wan0"', 'iifname "lan0"'


@dataclass(frozen=True)
class Condition:
    name: str
    way: str  # in: what alice gets; out: what bob gets
    link: object = None  # takes the Lab: makes a link bad
    limit: str = None  # gateway A's limit is for what comes in there
    tbf: str = None  # gateway A's queue that is too slow


CONDITIONS = (
    Condition("2 % lost before", "in", bad_link.on_the_way("gwa", 0.02, 0)),
    Condition("10 % lost before", "in", bad_link.on_the_way("gwa", 0.1, 0)),
    Condition("5 % lost, 40 ms jitter before", "in", bad_link.on_the_way("gwa")),
    Condition("5 % overtaken before", "in", bad_link.on_the_way("gwa", 0, 0, 0.05)),
    Condition("5 % lost beyond", "out", bad_link.on_the_way("gwb", 0.05, 0)),
    Condition("limit here", "in", limit=IN),
    Condition("limit here", "out", limit=OUT),
    Condition("tbf here", "in", tbf="lan0"),
    Condition("tbf here", "out", tbf="wan0"),
    Condition("5 % lost before, limit here", "in", bad_link.on_the_way("gwa", 0.05, 0), IN),
)

HEAD = (
    ("call", "way", "RTP", "lost here", "", "lost before", "lost in all", "")
    + ("audio jitter, ms", "", "freezes", "", "impaired"),
    ("", "", "packets", "p2pscope", "gateway", "p2pscope", "p2pscope", "client")
    + ("p2pscope", "client", "p2pscope", "client", "p2pscope"),
)


def table(options):
    """Prints the table, a line as soon as a call is over."""
    for line in HEAD:
        print(row(line), flush=True)
    for condition in CONDITIONS:
        print(row(measure(condition, options)), flush=True)


def row(cells):
    widths = (29, 4, 8, 9, 8, 12, 12, 7, 17, 7, 9, 7, 10)
    return " ".join(f"{cell:{width}}" for cell, width in zip(map(str, cells), widths)).rstrip()


def measure(condition, options):
    with Lab(options.builddir) as lab:
        impair(lab, condition)
        observer = Observer(lab, options.p2pscope)
        observer.start()
        calls = both("chromium", servers=STUN, media="audio,video", hold=HOLD_SECONDS)
        clients = [lab.client("bob", calls["bob"]), lab.client("alice", calls["alice"])]
        reports = {client.name: client.report() for client in clients}
        here = dropped(lab, condition)
        for client in clients:
            client.end()
        time.sleep(SETTLE_SECONDS)
        return cells(condition, here, observer.sessions(), reports)


def impair(lab, condition):
    if condition.limit:
        lab.rules("gwa", forward=(f"{condition.limit} {LIMIT}",))
    if condition.tbf:
        words = f"qdisc add dev {condition.tbf} root {TBF}"
        lab.ns["gwa"].run("tc", *words.split())
    if condition.link:
        condition.link(lab)


def dropped(lab, condition):
    """How many packets gateway A itself dropped, by its own counters; the queue's are those of
    everything that went through it."""
    count = 0
    if condition.limit:
        count += int(re.search(r"packets (\d+)", ruleset.find(lab.ns["gwa"], LIMITED)["text"])[1])
    if condition.tbf:
        shown = lab.ns["gwa"].run("tc", "-s", "qdisc", "show", "dev", condition.tbf)
        count += int(re.search(r"dropped (\d+)", shown)[1])
    return count


def cells(condition, here, sessions, reports):
    """The line of one call. Retransmissions are among what was lost here, but not in all."""
    far = reports["alice" if condition.way == "in" else "bob"]["peers"][0]
    streams = {r["kind"]: r for r in far["rtp"] if r["direction"] == "in"}
    session = next(
        s for s in sessions if set(s["ufrags"] or ()) == {far["local_ufrag"], far["remote_ufrag"]}
    )
    mine = [m for m in session["media"] if m["ssrc"] and m["direction"] == condition.way]
    seen = {kind: m for kind, r in streams.items() for m in mine if int(m["ssrc"], 0) == r["ssrc"]}
    before, in_all = lost(seen.values()), lost(seen.values()) + lost(seen.values(), "lost_here")
    return (
        condition.name,
        condition.way,
        sum(m["packets"] for m in seen.values()),
        lost(mine, "lost_here"),
        here,
        before,
        in_all,
        sum(r["lost"] for r in streams.values()),
        number(seen.get("audio", {}).get("jitter_ms")),
        number(streams["audio"]["jitter_ms"]),
        seen.get("video", {}).get("freezes", "-"),
        streams["video"]["freezes"],
        impaired(session),
    )


def lost(media, key="lost"):
    return sum(m[key] or 0 for m in media)


def number(value):
    return "-" if value is None else f"{value:.1f}"


def impaired(session):
    what = session["impaired"]
    return f"{what['cause']} {100 * (what['share'] or 0):.0f} %" if what else "-"
