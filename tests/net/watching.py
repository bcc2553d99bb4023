# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What p2pscope says while a call goes on, and when it first says so."""

import time

POLL_SECONDS = 0.2


def watch(run, word, condition, complaints, since, patience):
    """Asks p2pscope until there are no complaints or time is over; notes how long it took until
    sessions met the condition."""
    if not run.observer:
        return
    told = {}
    while True:
        sessions = note_first(run, told, condition, since)
        problems = complaints(sessions)
        if not problems or time.time() - since > patience:
            break
        time.sleep(POLL_SECONDS)
    run.problems += problems
    run.notes.append(first_told(word, told))


def note_first(run, told, condition, since):
    """Asks p2pscope once; told: {session: seconds until it first met the condition}."""
    sessions = run.observer.sessions() if run.observer else []
    moment = time.time() - since
    for s in sessions:
        if condition(s):
            told.setdefault(s["id"], moment)
    return sessions


def first_told(word, told):
    times = sorted(told.values())
    if not times:
        return f"no session {word}"
    return f"{len(times)} sessions {word} after {times[0]:.1f} to {times[-1]:.1f} s"
