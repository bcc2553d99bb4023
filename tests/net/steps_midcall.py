# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The steps and post-checks of the scenarios in which something happens in the middle of a call."""

import re
import time

import check_midcall as check
from lab import changes, ruleset
from lab.procs import PATIENCE, wait_for
from lab.topology import WAN_A, WAN_B
from steps_blocks import check_rules_met
from watching import POLL_SECONDS, first_told, note_first, watch

MEDIA_SECONDS = 5  # before anything happens
CHANGED_SECONDS = 8  # that it lasts
HELD_SECONDS = 15
STAY_SECONDS = 120  # until they are told to hang up
REPORT_SECONDS = 0.5
BROKEN_SECONDS = 5 + 3  # five of silence, and a little more on a busy machine
RECOVERED_SECONDS = 2 + 1
BYE_SECONDS = 0.5  # until the word of the other side's end has come by signalling

UNREACHABLE = "nobody there"
CALL = "the call's packets"
NOBODY_THERE = f'icmp type destination-unreachable counter comment "{UNREACHABLE}"'
ANY_PACKET = f'ip daddr {{ {WAN_A}, {WAN_B} }} meta l4proto udp counter comment "{CALL}"'
BOTH = ("alice", "bob")
WAYS = {"alice": "in", "bob": "out"}  # of what comes to them


def begin(run, stay=STAY_SECONDS):
    """Both are connected and have had media; {name: client}."""
    started = run.start(hold=stay, every=REPORT_SECONDS)
    clients = {client.name: client for client in started}
    for name in BOTH:
        clients[name].wait_connected()
    time.sleep(MEDIA_SECONDS)
    return clients


def end(clients, tell=True):
    """Alice hangs up first: her statistics are those of a living session. tell: else they leave by
    themselves."""
    reports = {}
    for name in (n for n in BOTH if n in clients):
        if tell:
            clients[name].hang_up()
        reports[name] = clients[name].report()
    for client in clients.values():
        client.end()
    return reports


def fresh(clients):
    return {name: client.fresh() for name, client in clients.items()}


def change(run, what):
    """Changes something; returns the rule that drops from then on, if one does, and the moment."""
    run.changed_at = time.time()
    what.do(run.lab)
    run.lab.event(what.words)
    rule = ruleset.find(run.lab.ns["gwa"], what.comment) if what.comment else None
    return rule, run.changed_at


def breaks(what, deaf=BOTH):
    """Something breaks the call, for good. deaf: to whom no media comes any more, or to whom of
    which kind."""

    def run_steps(run):
        clients = begin(run)
        rule, since = change(run, what)
        while_broken(run, clients, run.scenario.expect, deaf, rule, since)
        return check_rules_met(run, end(clients))

    return run_steps


def gives_up(what):
    """Something breaks the call, and the clients find that out by themselves."""

    def run_steps(run):
        clients = begin(run)
        change(run, what)
        return check_rules_met(run, end(clients, tell=False))

    return run_steps


def while_broken(run, clients, want, deaf, rule, since):
    """Returns the clients' reports of the end of that time."""
    time.sleep(1)  # what was on its way
    before = fresh(clients)
    watch(
        run,
        want.verdict,
        lambda s: s["verdict"] == want.verdict,
        lambda sessions: check.broken(want, sessions, before, rule, since),
        since,
        BROKEN_SECONDS,
    )
    time.sleep(max(0, since + CHANGED_SECONDS - time.time()))
    after = fresh(clients)
    run.problems += check.stopped(before, after, deaf)
    return after


def mends(what, want, deaf=BOTH):
    """Something breaks the call, and is taken back before the clients give up. want: what the
    session is until then."""

    def run_steps(run):
        clients = begin(run)
        rule, since = change(run, what)
        broken = while_broken(run, clients, want, deaf, rule, since)
        check_rules_met(run, None)
        count = counted(run.lab.ns["gwa"], changes.PASSES)
        what.undo(run.lab)
        run.lab.event(f"no more: {what.words}")
        passing_at = once_counted(run.lab.ns["gwa"], changes.PASSES, count)
        watch(
            run,
            "recovered",
            lambda s: any(entry["state"] == "recovered" for entry in s["timeline"]),
            lambda sessions: check.recovered(sessions, broken, passing_at),
            passing_at,
            RECOVERED_SECONDS,
        )
        run.eventually(lambda: check.flows(broken, fresh(clients)))
        return end(clients)

    return run_steps


def goes_on(what):
    """Something happens that the call outlives, and perhaps the signalling's connections do not:
    the clients leave by themselves."""

    def run_steps(run):
        clients = begin(run, MEDIA_SECONDS + CHANGED_SECONDS + 6)
        change(run, what)
        time.sleep(CHANGED_SECONDS)
        before = fresh(clients)
        time.sleep(1)
        run.problems += check.flows(before, fresh(clients))
        return end(clients, tell=False)

    return run_steps


def impairs(what, direction):
    """Something drops a part of the packets of one direction, until the end."""

    def run_steps(run):
        clients = begin(run)
        run.rule, since = change(run, what)
        watch(run, "impaired", lambda s: s["impaired"], says_impaired, since, PATIENCE)
        time.sleep(max(0, since + CHANGED_SECONDS - time.time()))
        reports = end(clients)
        run.problems += check.thinned(reports, direction)
        return reports

    return run_steps


def says_impaired(sessions):
    return [f"{s['id']}: expected impaired, actual null" for s in sessions if not s["impaired"]]


def killed(run):
    """kill -9 of bob's client; his kernel says so."""
    run.lab.router_rules(NOBODY_THERE)
    clients = begin(run)
    clients["bob"].kill()
    run.lab.event("kill -9 of bob's client")
    said_at = once_counted(run.lab.ns["inet"], UNREACHABLE, 0)
    del clients["bob"]
    before = fresh(clients)
    watch(
        run,
        "failed",
        lambda s: s["verdict"] == "failed",
        lambda sessions: check.each(sessions, before, lambda s, _: check.gone_in_time(s, said_at)),
        said_at,
        check.GONE_SECONDS + 1,
    )
    time.sleep(max(0, said_at + CHANGED_SECONDS - time.time()))
    return end(clients)


def hangs_up(run):
    """An ordinary end: how long until p2pscope says so?"""
    run.lab.router_rules(ANY_PACKET)
    clients = begin(run)
    for name in BOTH:
        clients[name].hang_up()
    hung_up_at = time.time()
    told, count, last = {}, -1, time.time()
    while run.observer and not told and time.time() - last < check.ENDED_SECONDS + 1:
        now = counted(run.lab.ns["inet"], CALL)
        if now != count:
            count, last = now, time.time()
        sessions = note_first(run, told, lambda s: s["stage"] == "ended", last)
        time.sleep(POLL_SECONDS)
    reports = {name: clients[name].report() for name in BOTH}
    for client in clients.values():
        client.end()
    if run.observer:
        run.notes.append(first_told("ended", told))
        run.problems += check.each(sessions, reports, lambda s, _: check.ended_in_time(s, last))
        for way in WAYS.values():
            complaints = lambda s, _: check.stood_still(s, way, hung_up_at)
            run.problems += check.each(sessions, reports, complaints)
    return reports


# Calls in which nothing is wrong


def held(who, action, back, deaf):
    """One of them does something for a while, and then takes it back."""

    def run_steps(run):
        clients = begin(run)
        clients[who].tell(action)
        held_at = time.time()
        time.sleep(1)
        before = fresh(clients)
        time.sleep(HELD_SECONDS - 1)
        after = fresh(clients)
        run.problems += check.stopped(before, after, deaf)
        if run.observer:
            complaints = lambda s, _: while_held(s, deaf, held_at)
            run.problems += check.each(run.observer.sessions(), after, complaints)
        clients[who].tell(back)
        run.eventually(lambda: check.flows(after, fresh(clients)))
        time.sleep(3)
        return end(clients)

    return run_steps


def while_held(s, deaf, held_at):
    problems = []
    for way in (WAYS[name] for name in deaf):
        problems += check.stood_still(s, way, held_at) + check.no_rates(s, way)
    return problems


def silent(run):
    """Both are mute, and say nothing where they need not."""
    clients = begin(run)
    for client in clients.values():
        client.tell("mute")
    time.sleep(2)
    before = fresh(clients)
    time.sleep(HELD_SECONDS)
    run.problems += check.sparse(before, fresh(clients), HELD_SECONDS)
    return end(clients)


def tab_closed(who):
    """One closes the page without a word; the other hangs up as soon as the signalling says so."""

    def run_steps(run):
        clients = begin(run)
        last = clients[who].latest()
        clients[who].tell("close")
        time.sleep(BYE_SECONDS)
        other = check.OTHER[who]
        clients[other].hang_up()
        reports = {who: last, other: clients[other].report()}
        for client in clients.values():
            client.end()
        return reports

    return run_steps


def call(run):
    clients = begin(run)
    time.sleep(MEDIA_SECONDS)
    return end(clients)


# Post-checks


def undisturbed(run, reports):
    look(run, reports, lambda s, _: check.undisturbed(s))


def was_blocked(run, reports):
    look(run, reports, lambda s, _: check.was_blocked(s["timeline"]))


def is_impaired(cause, direction, count):
    """count: how many packets gateway A dropped, by its own counter; takes the Lab."""

    def post_check(run, reports):
        def complaints(s, _):
            dropped = count(run.lab)
            return check.impaired(
                s, cause, run.rule, direction, dropped, run.changed_at
            ) + check.lost_here(s, direction, dropped)

        look(run, reports, complaints)
        run.notes.append(f"{count(run.lab)} packets dropped here")

    return post_check


def look(run, reports, complaints):
    if run.observer:
        run.eventually(lambda: check.each(run.observer.sessions(), reports, complaints), 3)


def by_rule(lab):
    return counted(lab.ns["gwa"], changes.LIMITED)


def by_queue(dev):
    """Of all that leaves by that interface."""
    return lambda lab: int(
        re.search(r"dropped (\d+)", lab.ns["gwa"].run("tc", "-s", "qdisc", "show", "dev", dev))[1]
    )


def counted(ns, comment):
    """The packets that met the rule with this comment."""
    return int(re.search(r"counter packets (\d+)", ruleset.find(ns, comment)["text"])[1])


def once_counted(ns, comment, count):
    """Waits until the rule has met more packets than `count`; returns that moment."""
    wait_for(lambda: counted(ns, comment) > count, PATIENCE, f"packets: {comment}", step=0.02)
    return time.time()
