# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The steps of the scenarios on the audit: p2pscope predicts what a ruleset does to WebRTC, then
real clients try it."""

from concurrent.futures import ThreadPoolExecutor
import json

import check_audit
from lab import nat, ruleset, turn, turnclient
from lab.clients import Call
from lab.netns import run_to_end
from lab.procs import PATIENCE
from lab.topology import SERVER

PLACE = ("--lan", "lan0", "--wan", "wan0")
AT_ONCE = {"pion": 3, "chromium": 1}  # browsers need the machine for themselves
OWN = {
    "relay_udp": [turn.turn_urls("udp")],
    "relay_tcp": [turn.turn_urls("tcp")],
}  # alice's, and then nothing else
GIVE_UP, HOLD = 9, 3


def audit_and_try(path, works, stack):
    def run_steps(run):
        gateway, elsewhere = (
            run.lab.ns["gwa"],
            run.lab.ns["signalling"],
        )  # which has no interface of these names
        load(gateway, path)
        before = ruleset.snapshot(gateway)
        running = audit(run, gateway, "--server", SERVER)
        run.problems += check_audit.unchanged(before, ruleset.snapshot(gateway))
        file = audit(run, elsewhere, option(path), path)
        found = try_all(run, stack)
        found |= try_again(run, stack, [way for way in works if not found[way]])
        met = ruleset.rules(gateway)
        run.problems += check_audit.all_ways(works, running, file, found) + check_audit.rules(
            running, file, met
        )
        run.notes.append(check_audit.in_short(running, found))
        return {}

    return run_steps


def option(path):
    return "--iptables" if path.endswith(".iptables") else "--ruleset"


def load(ns, path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if option(path) == "--iptables":
        ns.run("nft", "flush", "ruleset")
        ns.run("iptables-nft-restore", stdin=text)
    else:
        nat.load(ns, text)


def audit(run, ns, *words):
    """Its answer; the exit status must be the one that the answer means."""
    status, out, err = run_to_end(*ns.argv(run.binary, "audit", "--json", *PLACE, *words))
    if status not in (0, 1):
        raise RuntimeError(f"p2pscope audit {' '.join(words)}: status {status}: {err.strip()}")
    answer = json.loads(out)
    run.problems += check_audit.status(status, answer)
    return answer


def try_all(run, stack):
    """{way: whether media went both ways}."""
    turnclient.start_echo(run.lab)
    with ThreadPoolExecutor(AT_ONCE[stack]) as pool:
        tried = {way: pool.submit(try_call, run.lab, stack, way) for way in ("direct", *OWN)}
        return {way: done.result() for way, done in tried.items()} | {
            "relay_tls": over_tls(run.lab)
        }


def try_again(run, stack, ways):
    """What should work and did not may only have been too slow beside the others: one at a time,
    with more patience."""
    return {
        way: over_tls(run.lab)
        if way == "relay_tls"
        else try_call(run.lab, stack, way, f"{way}-again", PATIENCE)
        for way in ways
    }


def over_tls(lab):
    return any(turnclient.works_over_tls(lab.ns["alice"], port) for port in turn.TLS_PORTS)


def try_call(lab, stack, way, room=None, give_up=GIVE_UP):
    bob = Call(
        stack, "answerer", servers=[turn.STUN], hold=HOLD + 1, give_up=give_up, room=room or way
    )
    alice = bob.but(
        role="offerer",
        hold=HOLD,
        servers=OWN.get(way, [turn.STUN]),
        policy="relay" if way in OWN else "all",
    )
    clients = [lab.client(f"bob+{way}", bob), lab.client(f"alice+{way}", alice)]
    try:
        return all(check_audit.has_media(client.report()) for client in clients)
    except RuntimeError:  # a client that cannot even reach the signalling server has no report
        return False
    finally:
        for client in clients:
            lab.procs.stop(client.proc)
