# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The steps of the scenarios with an SFU."""

import time

import check_sfu
from lab import janus, nat, ruleset
from lab.clients import sfu
from lab.procs import PATIENCE, wait_for
from lab.topology import SFU
from watching import POLL_SECONDS, first_told, note_first, watch

CALL_SECONDS = 6
BLOCKED_SECONDS = 5 + 3  # five of silence, and a little more on a busy machine
RECOVERED_SECONDS = 2 + 1
CUT_SECONDS = 6  # at least

CUT, PASSES = "RTP is cut", "RTP passes"
TO_SFU, FROM_SFU = f"ip daddr {SFU}", f"ip saddr {SFU}"
SIDES = {"out": TO_SFU, "in": FROM_SFU}


def call(run):
    browsers = sfu.join(run.lab, run.scenario.sfu)
    time.sleep(CALL_SECONDS)
    return sfu.leave(browsers)


def killed(run):
    """kill -9 of the SFU in mid-call."""
    browsers = sfu.join(run.lab, run.scenario.sfu)
    time.sleep(CALL_SECONDS)
    janus.kill(run.lab)
    killed_at, told = time.time(), {}
    run.lab.event("kill -9 of the SFU")

    def all_gone():
        note_first(run, told, lambda s: s["verdict"] == "failed", killed_at)
        reports = sfu.latest(browsers).values()
        return all(peer["final"] == "failed" for report in reports for peer in report["peers"])

    wait_for(all_gone, PATIENCE, "the browsers to see that the SFU is gone", step=POLL_SECONDS)
    run.notes.append(f"the browsers gave up after {time.time() - killed_at:.1f} s")
    if run.observer:
        run.notes.append(first_told("failed", told))
        run.problems += check_sfu.gone_in_time(run.observer.sessions(), told, killed_at)
    return sfu.leave(browsers)


def cut(direction):
    """Gateway A drops the RTP of one direction in mid-call, and later does so no more."""

    def run_steps(run):
        side = SIDES[direction]
        run.lab.router_rules(f'{side} {nat.RTP} counter comment "{PASSES}"')
        browsers = sfu.join(run.lab, run.scenario.sfu)
        time.sleep(CALL_SECONDS)
        rule, cut_at = drop(run.lab, side), time.time()
        reports = while_cut(run, browsers, direction, rule, cut_at)
        count = passed(run.lab)
        undrop(run.lab, rule)
        wait_for(lambda: passed(run.lab) > count, PATIENCE, "RTP to pass again")
        once_passing(run, browsers, direction, reports)
        return sfu.leave(browsers)

    return run_steps


def drop(lab, side):
    gateway = lab.ns["gwa"]
    words = f'{side} {nat.RTP} counter drop comment "{CUT}"'
    gateway.run("nft", "add", "rule", "inet", "filter", "forward", words)
    lab.event(f"gateway A drops: {words}")
    return ruleset.find(gateway, CUT)


def undrop(lab, rule):
    place = [rule[key] for key in ("family", "table", "chain")]
    lab.ns["gwa"].run("nft", "delete", "rule", *place, "handle", str(rule["handle"]))
    lab.event("gateway A drops no RTP any more")


def while_cut(run, browsers, direction, rule, cut_at):
    """Returns the browsers' last reports of that time."""
    time.sleep(1)  # what was on its way
    first = sfu.fresh(browsers)
    watch(
        run,
        "blocked",
        lambda s: s["verdict"] == "blocked",
        lambda sessions: check_sfu.cut(sessions, first, direction, rule, cut_at),
        cut_at,
        BLOCKED_SECONDS,
    )
    time.sleep(max(0, cut_at + CUT_SECONDS - time.time()))
    last = sfu.fresh(browsers)
    run.problems += check_sfu.stopped(first, last)
    idle = ruleset.idle(ruleset.rules(run.lab.ns["gwa"]))
    run.problems += [f"no packet came to the rule: {text}" for text in idle]
    return last


def once_passing(run, browsers, direction, while_cut):
    passing_at = time.time()
    watch(
        run,
        "recovered",
        lambda s: any(entry["state"] == "recovered" for entry in s["timeline"]),
        lambda sessions: check_sfu.recovered(sessions, while_cut, direction, passing_at),
        passing_at,
        RECOVERED_SECONDS,
    )
    run.eventually(lambda: check_sfu.flows(while_cut, sfu.fresh(browsers)))


def passed(lab):
    text = ruleset.find(lab.ns["inet"], PASSES)["text"].split()
    return int(text[text.index("packets") + 1])
