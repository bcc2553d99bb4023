# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Compares the rule that p2pscope names with the gateway's own ruleset, and the ruleset with what
it was before.

As in check.py, every function returns a list of complaints.
"""

from check import differ, show
from lab.ruleset import steady

KEYS = ("family", "table", "chain", "handle")
SHOWN = 5


def sessions(want, rule, answer):
    """`rule` is what the gateway itself says of the one that must be named; None: none may be."""
    return [f"{s['id']}: {p}" for s in answer for p in session(want, rule, s)]


def session(want, rule, s):
    degraded = s["degraded"] and s["degraded"]["rule"]
    by, other = (degraded, s["rule"]) if want.degraded else (s["rule"], degraded)
    problems = named(want, rule, by, s) if rule else differ("rule", None, by)
    return (
        problems
        + differ("the other rule, of the verdict or of its degradation", None, other)
        + missing_evidence(want, s)
    )


def named(want, rule, actual, s):
    if actual is None and want.rule.may_be_unknown:
        return (
            []
            if want.cause != "rule" or "rule" in all_said(s)
            else ["rule: null, and the evidence does not say why"]
        )
    if actual is None:
        return [f"rule: expected {in_short(rule)}, actual null"]
    problems = [p for key in KEYS for p in differ(f"rule.{key}", rule[key], actual[key])]
    return problems + differ("rule.text", steady(rule["text"]), steady(actual["text"]))


def in_short(rule):
    return " ".join(show(rule[key]) for key in (*KEYS, "text"))


def all_said(s):
    return "\n".join(e["what"] for e in s["evidence"])


def missing_evidence(want, s):
    return [
        f"evidence: expected '{words}' in it, actual {all_said(s)!r}"
        for words in want.says
        if words not in all_said(s)
    ]


def same_ruleset(before, after):
    """Both as lines with handles; nothing may have come, gone, or changed its place."""
    problems = [] if before else ["ruleset: expected rules, actual none"]
    gone, new = [line for line in before if line not in after], [
        line for line in after if line not in before
    ]
    problems += [f"ruleset: gone: {line}" for line in gone[:SHOWN]] + [
        f"ruleset: new: {line}" for line in new[:SHOWN]
    ]
    return problems or ([] if before == after else ["ruleset: the same lines in another order"])
