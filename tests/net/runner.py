# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One scenario from lab up to lab down, and its result."""

from dataclasses import dataclass, field
import json
import os
import shutil
import time

import check
import check_blocks
from lab import ruleset
from lab.conntrack import Conntrack
from lab.core import Lab
from lab.observer import Observer
from lab.recorder import Recorder, truth, write_truth
from steps import ScenarioRun
from stopwatch import Stopwatch

STACK_TOOLS = {
    "chromium": "chromium",
    "pion": "go",
    "aiortc": "/usr/lib/python3/dist-packages/aiortc",
}
STEP_TOOLS = {
    "other_traffic": ("iperf3",),
    "call_then_prometheus": ("prometheus", "promtool"),
    "nat64_asks": ("tayga",),
}


@dataclass
class Options:
    builddir: str
    p2pscope: str = None  # None: no observer
    record: str = None
    keep_logs: str = None
    times: bool = False  # measures the time to the verdict


@dataclass
class Result:
    name: str
    problems: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    skipped: str = None
    seconds: float = 0
    time: object = None  # to the verdict, a stopwatch.Time

    @property
    def word(self):
        return "skip" if self.skipped else "not ok" if self.problems else "ok"

    def line(self):
        if self.skipped:
            return f"skip {self.name}: {self.skipped}"
        remarks = "; ".join([f"{self.seconds:.1f} s", *self.notes])
        if not self.problems:
            return f"ok {self.name} ({remarks})"
        more = f" (and {len(self.problems) - 1} more)" if len(self.problems) > 1 else ""
        details = "".join(f"\n    {p}" for p in self.problems) if more else ""
        return f"not ok {self.name}: {self.problems[0]}{more} ({remarks}){details}"


def missing(scenario):
    """The first tool that the scenario needs and that is not here."""
    stacks = {call.stack for call in (scenario.alice, scenario.bob) if call}
    tools = [STACK_TOOLS[s] for s in sorted(stacks) if s in STACK_TOOLS] + list(
        STEP_TOOLS.get(scenario.steps.__name__, ())
    )
    tools += scenario.tools
    return next((t for t in tools if not (os.path.exists(t) or shutil.which(t))), None)


def run(scenario, options):
    result = Result(scenario.name)
    start = time.monotonic()
    if scenario.needs_observer and not options.p2pscope:
        result.skipped = "needs p2pscope"
    elif tool := missing(scenario):
        result.skipped = f"{tool} is missing"
    else:
        try:
            run_in_lab(scenario, options, result)
        except Exception as e:
            result.problems.append(f"{type(e).__name__}: {' '.join(str(e).split())}")
    result.seconds = time.monotonic() - start
    return result


def run_in_lab(scenario, options, result):
    with Lab(options.builddir, *scenario.nat, net=scenario.net, coturn=scenario.coturn) as lab:
        try:
            observe(lab, scenario, options, result)
        finally:
            if options.keep_logs:
                lab.save_logs(os.path.join(options.keep_logs, scenario.name))


def observe(lab, scenario, options, result):
    start = time.monotonic()
    lab.rules("gwa", forward=scenario.forward, tables=scenario.tables)
    lab.router_rules(*scenario.router)
    if scenario.before:
        scenario.before(lab)
    conntrack = Conntrack(lab)
    recorder = Recorder(lab, options.record, scenario.name) if options.record else None
    watching = (
        Observer(lab, options.p2pscope, scenario.observed)
        if options.p2pscope and scenario.observed
        else None
    )
    if watching:
        watching.start()
    stopwatch = Stopwatch(lab, watching, scenario) if watching and options.times else None
    run = ScenarioRun(lab, scenario, watching, recorder, conntrack, options.p2pscope)
    result.problems, result.notes = run.problems, run.notes
    reports = scenario.steps(run)
    run.problems += scenario.judge.clients(scenario, reports)
    if watching:
        compare_with_observer(run, reports, conntrack)
    if scenario.post_check:
        scenario.post_check(run, reports)
    if stopwatch:
        result.time = stopwatch.stop(run.changed_at)
    if watching:
        run.problems += watching.stop()
    if recorder:
        recorder.stop()
        write_truth(
            options.record,
            scenario.name,
            truth(lab, scenario, reports, conntrack.mappings(), time.monotonic() - start),
        )


def compare_with_observer(run, reports, conntrack):
    """p2pscope gets its time: some verdicts come only when a timer has run out. Right must stay
    right for a second."""
    want = run.scenario.expect
    rule = ruleset.find(run.lab.ns["gwa"], want.rule.comment) if want.rule else None
    deadline = time.monotonic() + want.settle
    right = 0
    while right < 2:
        sessions = check.without(run.observer.sessions(), run.apart)
        made = conntrack.mappings() + [("udp", *sides, None) for sides in run.truth]
        problems = run.scenario.judge.observer(run.scenario, sessions, reports, made)
        problems += check_blocks.sessions(want, rule, sessions)
        right = 0 if problems else right + 1
        if problems and time.monotonic() > deadline:
            break
        time.sleep(1)
    run.problems += problems
    keep(run, sessions)
    gap = check.connect_difference_ms(sessions, reports)
    if gap is not None:
        run.notes.append(f"times.connected {gap:+.0f} ms from the client's")


def keep(run, sessions):
    """Writes what p2pscope reported into the logs."""
    answers = {
        "sessions": {"sessions": sessions},
        "mappings": run.observer.ask("mappings"),
        "nat": run.observer.nat(),
    }
    for name, answer in answers.items():
        with open(os.path.join(run.lab.logs, name + ".json"), "w", encoding="utf-8") as f:
            json.dump(answer, f, indent=1)
    with open(os.path.join(run.lab.logs, "metrics.txt"), "w", encoding="utf-8") as f:
        f.write(run.observer.metrics())
